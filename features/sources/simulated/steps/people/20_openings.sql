-- What was on each account before the period: enough that the usual life never overdraws it.
CREATE OR REPLACE TABLE holdings AS
SELECT i, account(i, 'C') AS account_id, 'current' AS product, floor(income * months)::BIGINT AS wanted,
    CASE WHEN tight THEN 5000 + whole(0, 30000, i, 'reserve')
        ELSE floor(income * (0.15 + 0.35 * chance(i, 'reserve'))) END::BIGINT AS reserve
FROM lives
UNION ALL
SELECT i, account(i, 'S'), 'savings', floor(income * savings_months * exp(0.6 * normal(i, 'savings')))::BIGINT, 10000
    FROM lives WHERE has_savings
UNION ALL
SELECT i, account(i, 'W'), 'wealth',
    greatest(10, round(wealth * exp(0.5 * normal(i, 'wealth')) / 1000))::BIGINT * 100000, 10000
FROM lives WHERE has_wealth;

-- The usual life of each account: `moved` is what all rows so far added up to.
CREATE OR REPLACE TABLE usual AS
SELECT i, account_id, coalesce(booked_at, ts) AS ts, sum(amount) OVER each AS moved, row_number() OVER each AS place
FROM flows WHERE status = 'booked' OR booked_at IS NOT NULL
WINDOW each AS (PARTITION BY account_id ORDER BY coalesce(booked_at, ts), amount, kind ROWS UNBOUNDED PRECEDING);

CREATE OR REPLACE TABLE openings AS
SELECT h.i, h.account_id, h.product,
    greatest(CASE WHEN h.account_id[-1] = 'C' AND v.tight THEN 0 ELSE wanted END, reserve - coalesce(least_moved,
        0))::BIGINT AS opening
FROM holdings AS h JOIN lives AS v USING (i)
LEFT JOIN (SELECT account_id, min(moved) AS least_moved FROM usual GROUP BY account_id) AS u USING (account_id)
UNION ALL
SELECT i, account(i, 'M'), 'mortgage', -mortgage_payment * whole(60, 200, i, 'mortgage owed') FROM lives
    WHERE has_mortgage
UNION ALL
SELECT i, account(i, 'L'), 'loan', -loan_payment * whole(14, 40, i, 'loan owed') FROM lives WHERE has_loan
UNION ALL
SELECT i, account(i, 'K'), 'credit_card', 0 FROM lives WHERE has_card
UNION ALL
SELECT i, account_id, 'term', CASE WHEN starts_n < 0 THEN principal ELSE 0 END FROM deposit_ends;

-- Who joined in the period brings the opening sum on the day of joining; the others had it, and a first posting tells so.
INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, counterparty_bank, own_account)
SELECT o.i, account_id, at_hour(v.opened_on, 9, 17, o.i, 'first hour'), opening, 'transfer', 'branch', v.customer_id,
    v.bank, true
FROM openings AS o JOIN lives AS v USING (i)
WHERE product IN ('current', 'savings', 'wealth') AND opening > 0 AND v.opened_n > 0;

INSERT INTO flows (i, account_id, ts, amount, kind, channel, own_account)
SELECT i, account_id, getvariable('first_day')::TIMESTAMP + INTERVAL 1 HOUR, greatest(1, principal // 20000),
    'interest', 'auto', false
FROM deposit_ends WHERE starts_n < 0
UNION ALL
SELECT i, account_id, ends_at + INTERVAL 1 MINUTE, -greatest(1, principal // 20000), 'other', 'auto', true
FROM deposit_ends WHERE starts_n < 0 AND ends_n < getvariable('length');
