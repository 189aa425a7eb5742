-- Whom a call kept may lack what a leaver did not need any more: they bring it from their other bank that night.
CREATE OR REPLACE TABLE shortfalls AS
WITH kept AS (
    SELECT v.i, v.kept_n, v.customer_id, v.bank FROM lives AS v WHERE kept_n < getvariable('length')
), running AS (
    SELECT f.i, f.account_id, sum(f.amount) OVER (PARTITION BY f.account_id ORDER BY coalesce(booked_at, ts), amount, kind
        ROWS UNBOUNDED PRECEDING) AS moved
    FROM flows AS f JOIN kept USING (i)
    WHERE (status = 'booked' OR booked_at IS NOT NULL) AND account_id % 1000 <= 3
)
SELECT k.*, r.account_id, 10000 - least(10000, r.least_moved + CASE WHEN v.opened_n > 0 THEN 0 ELSE o.opening END)::BIGINT
    AS lacking
FROM (SELECT i, account_id, min(moved) AS least_moved FROM running GROUP BY i, account_id) AS r
JOIN kept AS k USING (i) JOIN lives AS v USING (i) JOIN openings AS o USING (account_id);

INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, counterparty_bank, own_account, category)
SELECT i, account(i, 'C'), day_of_number(kept_n)::TIMESTAMP + INTERVAL 5 MINUTE, sum(lacking)::BIGINT, 'transfer', 'auto',
    customer_id, bank, true, NULL
FROM shortfalls GROUP BY i, kept_n, customer_id, bank HAVING sum(lacking) > 10000
UNION ALL
SELECT i, unnest([account(i, 'C'), account_id]), day_of_number(kept_n)::TIMESTAMP + INTERVAL 8 MINUTE,
    unnest([-lacking, lacking]), CASE account_id % 1000 WHEN 3 THEN 'wealth' ELSE 'transfer' END, 'auto', NULL, NULL, true,
    'own product'
FROM shortfalls WHERE account_id % 1000 <> 1 AND lacking > 10000;
