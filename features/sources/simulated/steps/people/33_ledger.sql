-- Transactions with ids and balances. A pending transfer that is booked later has two versions; only booked rows move money.
CREATE OR REPLACE TABLE ledger AS
WITH numbered AS (
    SELECT *, account_id || '-' || lpad((row_number() OVER each)::VARCHAR, 5, '0') AS transaction_id
    FROM flows
    WINDOW each AS (PARTITION BY account_id ORDER BY ts, amount, hash(kind, channel, counterparty_id, counterparty_bank,
        category, status,
                                                                      decline_reason, booked_at, tag, own_account))
), versions AS (
    SELECT * EXCLUDE (booked_at), booked_at IS NOT NULL AS later FROM numbered
    UNION ALL BY NAME
    SELECT * EXCLUDE (booked_at, status, ts), booked_at AS ts, 'booked' AS status, false AS later FROM numbered
        WHERE booked_at IS NOT NULL
), clocked AS (
    SELECT *, (hash(transaction_id || status) >> 2)::BIGINT AS id FROM versions
)
SELECT c.*, o.opening_stood + (sum(CASE WHEN status = 'booked' THEN amount ELSE 0 END) OVER
        (PARTITION BY c.account_id ORDER BY ts, transaction_id, status ROWS UNBOUNDED PRECEDING))::BIGINT
            AS balance_after,
    ts + to_seconds(CASE WHEN NOT later AND day_number(ts) < getvariable('length') - 4
        AND chance(id, 'late row') < getvariable('late_row')
        THEN whole(86400, 259200, id, 'how late') ELSE whole(30, 540, id, 'delay') END) AS known_at
FROM clocked AS c JOIN (
    SELECT account_id, CASE WHEN v.opened_n > 0 AND account_id[-1] IN ('C', 'S', 'W') THEN 0
        ELSE opening END AS opening_stood
    FROM openings JOIN lives AS v USING (i)) AS o ON o.account_id = c.account_id;
