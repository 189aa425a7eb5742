CREATE OR REPLACE VIEW hand_transactions AS
SELECT i, transaction_id, account_id, printf('C%07d', i) AS customer_id, ts, (amount::DECIMAL(18, 2) / 100)::DECIMAL(18,
    2) AS amount,
    (balance_after::DECIMAL(18, 2) / 100)::DECIMAL(18, 2) AS balance_after, kind, channel, counterparty_id,
        counterparty_bank, own_account, category,
    status, decline_reason, known_at
FROM ledger;

CREATE OR REPLACE TABLE hand_app_events AS
SELECT event_id, printf('C%07d', i) AS customer_id, ts, name, detail, known_at FROM events ORDER BY customer_id, ts,
    event_id;

-- A contact as it arrived, and again when it was settled.
CREATE OR REPLACE TABLE hand_contacts AS
SELECT contact_id, printf('C%07d', i) AS customer_id, ts, channel, topic AS topic_id, text, kind,
    NULL::TIMESTAMP AS first_response_at,
    NULL::TIMESTAMP AS resolved_at, false AS reopened, NULL::BIGINT AS handle_seconds, agent_id, NULL::BIGINT AS csat,
        NULL::BIGINT AS nps, case_id,
    ts + INTERVAL 1 MINUTE AS known_at
FROM conversations
UNION ALL
SELECT contact_id, printf('C%07d', i), ts, channel, topic, text, kind, first_response_at, resolved_at, reopened,
    handle_seconds, agent_id, csat, nps, case_id,
    greatest(resolved_at, coalesce(first_response_at, resolved_at)) + INTERVAL 10 MINUTE
FROM conversations WHERE resolved_at < getvariable('end_day')
ORDER BY customer_id, ts, contact_id, known_at;
