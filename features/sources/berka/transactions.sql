-- The data give days without a time. A row gets a place in its day, a second after noon each, and is known when the day is
-- over, so that a morning sees the days before it. Within a day the balances tell the order: a row follows the one whose
-- balance it starts from. Where they do not, money in comes before money out, then interest, then fees, then trans_id.
-- Whose account a transfer goes to cannot be told, so own_account is NULL.
WITH signed AS (
    SELECT trans_id::BIGINT AS trans_id, account_id::BIGINT AS account_id, "date"::DATE AS day, operation, k_symbol,
        partner_bank, partner_account, _file, _line,
        (CASE "type" WHEN 'PRIJEM' THEN amount ELSE -amount END)::DECIMAL(18, 2) AS amount,
            balance::DECIMAL(18, 2) AS balance
    FROM read_parquet('berka/trans_partial.parquet')
), chained AS (
    SELECT *, round(balance - amount, 1) AS starts, list(round(balance - amount, 1) ORDER BY trans_id) OVER same AS all_starts,
        list(round(balance, 1) ORDER BY trans_id) OVER same AS all_ends
    FROM signed
    WINDOW same AS (PARTITION BY account_id, day)
), followed AS (
    SELECT *, list_position(all_ends, starts) AS first_back,
        list_position(all_ends, all_starts[list_position(all_ends, starts)]) AS second_back,
        list_position(all_ends, all_starts[list_position(all_ends, all_starts[list_position(all_ends, starts)])])
            AS third_back
    FROM chained
), placed AS (
    SELECT *, row_number() OVER (PARTITION BY account_id, day ORDER BY
            CASE WHEN first_back IS NULL THEN 0 WHEN second_back IS NULL THEN 1 WHEN third_back IS NULL THEN 2
                ELSE 3 END,
            CASE WHEN k_symbol = 'UROK' THEN 2 WHEN k_symbol IN ('SLUZBY', 'SANKC. UROK') THEN 3 WHEN amount > 0 THEN 0
                ELSE 1 END, trans_id) AS place
    FROM followed
), moved AS (
    SELECT p.*, (day + INTERVAL 20 YEAR)::DATE AS on_day, d.client_id::VARCHAR AS customer_id
    FROM placed AS p
    -- A row whose account nobody owns stays, without a customer, so that intake names it.
    LEFT JOIN read_csv('berka/disp.asc.gz', delim = ';') AS d ON TRY_CAST(d.account_id AS BIGINT) = p.account_id AND d.type = 'OWNER'
)
SELECT 'T' || lpad(trans_id::VARCHAR, 7, '0') AS transaction_id, 'A' || account_id::VARCHAR AS account_id, customer_id,
    utc(on_day::TIMESTAMP + INTERVAL 12 HOUR + to_seconds(place)) AS ts, amount, balance AS balance_after,
    CASE WHEN k_symbol IN ('UROK', 'SANKC. UROK') THEN 'interest' WHEN k_symbol = 'SLUZBY' THEN 'fee'
        WHEN k_symbol = 'UVER' THEN 'repayment'
         WHEN k_symbol = 'DUCHOD' THEN 'salary' WHEN operation LIKE 'PREVOD%' THEN 'transfer'
             WHEN operation IN ('VKLAD', 'VYBER', 'VYBER KARTOU') THEN 'cash'
         ELSE 'other' END AS kind,
    CASE WHEN k_symbol IS NOT NULL AND operation IS DISTINCT FROM 'VYBER' OR k_symbol IN ('SLUZBY', 'SANKC. UROK')
        THEN 'auto'
         WHEN operation = 'VYBER KARTOU' THEN 'atm' WHEN operation IN ('VKLAD', 'VYBER') THEN 'branch' END AS channel,
    CASE WHEN partner_account <> '0' THEN partner_account END AS counterparty_id, partner_bank AS counterparty_bank,
        NULL AS own_account,
    CASE k_symbol WHEN 'SIPO' THEN 'household' WHEN 'POJISTNE' THEN 'insurance' WHEN 'DUCHOD' THEN 'pension'
        WHEN 'SANKC. UROK' THEN 'penalty interest'
         WHEN 'SLUZBY' THEN 'statement fee' WHEN 'UVER' THEN 'loan' END AS category,
    'booked' AS status, NULL AS decline_reason, _file, _line, utc((on_day + 1)::TIMESTAMP) AS known_at
FROM moved
