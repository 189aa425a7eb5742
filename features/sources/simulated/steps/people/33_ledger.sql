-- Transactions with ids and balances. A pending transfer that is booked later has two versions; only booked rows move money.
-- Sorting is done on narrow rows; the wide ones join by their place in `flows`.
CREATE OR REPLACE TABLE places AS
SELECT at_, account_id, row_number() OVER (PARTITION BY account_id ORDER BY ts, amount, tie) AS place
FROM (SELECT rowid AS at_, account_id, ts, amount, hash(kind, category, counterparty_id, tag, status, channel) AS tie
    FROM flows);

CREATE OR REPLACE TABLE standings AS
WITH versions AS (
    SELECT p.at_, p.account_id, p.place, f.ts, status = 'booked' AS booked, f.amount, booked_at IS NOT NULL AS later
    FROM places AS p JOIN flows AS f ON f.rowid = p.at_
    UNION ALL
    SELECT p.at_, p.account_id, p.place, f.booked_at, true, f.amount, false
    FROM places AS p JOIN flows AS f ON f.rowid = p.at_ WHERE f.booked_at IS NOT NULL
), stood AS (
    SELECT account_id, CASE WHEN v.opened_n > 0 AND account_id % 1000 <= 3 THEN 0 ELSE opening END AS opening_stood
    FROM openings JOIN lives AS v USING (i)
)
SELECT s.at_, s.ts, s.place, s.booked, s.later, o.opening_stood + (sum(CASE WHEN booked THEN amount ELSE 0 END) OVER
    (PARTITION BY account_id ORDER BY ts, place, booked ROWS UNBOUNDED PRECEDING))::BIGINT AS balance_after
FROM versions AS s JOIN stood AS o USING (account_id);

CREATE OR REPLACE TABLE ledger AS
SELECT f.i, f.account_id, account_name(f.account_id) AS account_name, s.place, s.ts, f.amount, f.kind, f.channel,
    f.counterparty_id, f.counterparty_bank, f.own_account, f.category,
    CASE WHEN s.booked THEN 'booked' ELSE f.status END AS status, f.decline_reason, s.balance_after,
    s.ts + to_seconds(CASE WHEN NOT s.later AND s.ts < getvariable('end_day') - 4
        AND chance(f.account_id * 100000 + s.place, 'late row') < getvariable('late_row')
        THEN whole(86400, 259200, f.account_id * 100000 + s.place, 'how late')
        ELSE whole(30, 540, f.account_id * 100000 + s.place + s.booked::BIGINT, 'delay') END) AS known_at
FROM standings AS s JOIN flows AS f ON f.rowid = s.at_;
