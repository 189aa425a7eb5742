-- What was on each account before the period: enough that the usual life never overdraws it.
-- The usual life of each account: `moved` is what all rows so far added up to.
CREATE OR REPLACE TABLE usual AS
SELECT i, account_id, coalesce(booked_at, ts) AS ts, sum(amount) OVER each AS moved, row_number() OVER each AS place
FROM flows WHERE status = 'booked' OR booked_at IS NOT NULL
WINDOW each AS (PARTITION BY account_id ORDER BY coalesce(booked_at, ts), amount, kind ROWS UNBOUNDED PRECEDING);

CREATE OR REPLACE TABLE openings AS
WITH counted AS (
    SELECT h.i, h.account_id, h.product, greatest(wanted, reserve - coalesce(least_moved, 0))::BIGINT AS opening
    FROM holdings AS h
    LEFT JOIN (SELECT account_id, min(moved) AS least_moved FROM usual GROUP BY account_id) AS u USING (account_id)
    UNION ALL
    SELECT i, account(i, 'M'), 'mortgage', CASE WHEN mortgage_n IS NULL
        THEN -mortgage_payment * mortgage_payments(i) ELSE 0 END
    FROM lives WHERE has_mortgage
    UNION ALL
    SELECT i, account(i, 'L'), 'loan', -loan_payment * loan_payments(i) FROM lives WHERE has_loan
    UNION ALL
    SELECT i, account(i, 'K'), 'credit_card', 0 FROM lives WHERE has_card
    UNION ALL
    SELECT i, account_id, CASE shelf WHEN 'V' THEN 'wealth' ELSE 'term' END, CASE WHEN starts_n < 0 THEN principal
        ELSE 0 END
    FROM deposit_ends
)
-- Where somebody is made again with other calls, what was there before stays as it was.
SELECT c.* REPLACE (coalesce(k.opening, c.opening) AS opening)
FROM counted AS c LEFT JOIN known_openings AS k USING (account_id);

-- Who joined in the period brings the opening sum on the day of joining; the others had it, and a first posting tells so.
INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, counterparty_bank, own_account)
SELECT o.i, account_id, at_hour(v.opened_on, 9, 17, o.i, 'first hour'), opening, 'transfer', 'branch', v.customer_id,
    v.bank, true
FROM openings AS o JOIN lives AS v USING (i)
WHERE account_id % 1000 <= 3 AND opening > 0 AND v.opened_n > 0;

INSERT INTO flows (i, account_id, ts, amount, kind, channel, own_account, category)
SELECT i, account_id, getvariable('first_day')::TIMESTAMP + INTERVAL 1 HOUR, greatest(1, principal // 20000),
    'interest', 'auto', false, NULL
FROM deposit_ends WHERE starts_n < 0
UNION ALL
SELECT i, account_id, ends_at + INTERVAL 1 MINUTE, -greatest(1, principal // 20000), 'other', 'auto', true, NULL
FROM deposit_ends WHERE starts_n < 0 AND ends_n < getvariable('length')
UNION ALL  -- a new mortgage is paid out to the seller of the home
SELECT i, account(i, 'M'), at_hour(day_of_number(mortgage_n), 10, 16, i, 'paid out'),
    -mortgage_payment * whole(150, 240, i, 'mortgage owed'), 'other', 'branch', true, 'mortgage paid out'
FROM lives WHERE has_mortgage AND mortgage_n < getvariable('length');
