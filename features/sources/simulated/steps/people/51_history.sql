-- Sorted as it is handed over: by month, customer and time.
CREATE OR REPLACE VIEW hand_transactions AS
SELECT date_trunc('month', ts)::DATE AS month, account_name || '-' || lpad(place::VARCHAR, 5, '0') AS transaction_id,
    account_name AS account_id, printf('C%07d', i) AS customer_id, ts, (amount / 100)::DECIMAL(18, 2) AS amount,
    (balance_after / 100)::DECIMAL(18, 2) AS balance_after, kind, channel, counterparty_id, counterparty_bank, own_account,
    category, status, decline_reason, known_at
FROM ledger ORDER BY month, i, ts, account_id, place, known_at;

CREATE OR REPLACE TABLE hand_app_events AS
SELECT event_id, printf('C%07d', i) AS customer_id, ts, name, detail, known_at FROM events ORDER BY customer_id, ts,
    event_id;
