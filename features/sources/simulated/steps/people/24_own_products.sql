-- Money that stays in the house: savings, wealth products, deposits; and interest.
INSERT INTO flows (i, account_id, ts, amount, kind, channel, own_account, category)
WITH saved AS (
    SELECT p.i, p.id, p.day, p.n, (floor(p.income * 0.06 * exp(0.4 * normal(p.id, 'saved'))) // 10000)::BIGINT * 10000
        AS amount
    FROM paydays_due AS p JOIN lives AS v USING (i)
    WHERE saver AND NOT missed AND NOT away(p.n, first_out_n, v.back_n)
)
SELECT i, account(i, unnest(['C', 'S'])), at_hour(day, 13, 20, id, 'saved hour'), unnest([-amount, amount]), 'transfer',
    'app', true, 'own product'
FROM saved WHERE amount > 0;

-- Orders and changes of value are shares of what a wealth account is meant to hold.
CREATE OR REPLACE TABLE wealth_held AS SELECT i, wanted AS worth FROM holdings WHERE product = 'wealth';

INSERT INTO flows (i, account_id, ts, amount, kind, channel, own_account, category, tag)
WITH drawn AS (
    SELECT v.i, v.opened_n, v.first_out_n, v.back_n, w.worth, v.i * 1000 + m.m AS id,
        m.n + whole(1, m.length - 1, v.i * 1000 + m.m, 'wealth day') AS n
    FROM lives AS v JOIN wealth_held AS w USING (i) CROSS JOIN months AS m
    WHERE chance(v.i * 1000 + m.m, 'wealth order') < 0.09
), ordered AS (
    SELECT *, (CASE WHEN chance(id, 'redeems') < 0.5 THEN -1 ELSE 1 END
        * greatest(1, round(worth * (0.03 + 0.09 * chance(id, 'wealth size')) / 100000)))::BIGINT * 100000 AS amount
    FROM drawn WHERE n > opened_n + 10 AND NOT away(n, first_out_n, back_n)
)
SELECT i, account(i, unnest(['C', 'W'])), at_hour(day_of_number(n), 9, 15, id, 'wealth hour'),
    unnest([-amount, amount]), 'wealth', 'app', true,
    'own product', unnest([CASE WHEN amount < 0 THEN 'redeemed' END, NULL])
FROM ordered;

-- The market: a change of value is booked as interest, upward or downward, on the evening of its day.
CREATE OR REPLACE TABLE revalued AS
SELECT v.i, m.n, m.change * b.beta AS change, v.risk_rating,
    CASE WHEN m.change < 0 THEN -1 ELSE 1 END * floor(w.worth * abs(m.change) * b.beta)::BIGINT AS amount
FROM lives AS v JOIN wealth_held AS w USING (i) JOIN betas AS b ON b.name = v.risk_rating CROSS JOIN market AS m
WHERE m.n < getvariable('length') AND m.n > opened_n AND NOT away(m.n, first_out_n, back_n);

INSERT INTO flows (i, account_id, ts, amount, kind, channel, own_account, category, tag)
SELECT i, account(i, 'W'), day_of_number(n)::TIMESTAMP + INTERVAL 20 HOUR, amount, 'interest', 'auto', true, 'valuation',
    CASE WHEN change < -0.04 THEN 'fallen' END
FROM revalued WHERE amount <> 0;

-- Term deposits: in on the day they start, out with interest on the day they end (less interest where broken).
-- The legs of broken ones on the current account come with the leaving itself.
CREATE OR REPLACE TABLE deposit_ends AS
SELECT d.*, at_hour(day_of_number(starts_n), 9, 11, d.i * 100 + k, 'deposit hour') + INTERVAL 1 HOUR AS starts_at,
    day_of_number(ends_n)::TIMESTAMP + INTERVAL 3 HOUR AS ends_at,
    CASE WHEN broken THEN 0 ELSE floor(principal * rate * (matures_n - starts_n) / 365)::BIGINT END AS interest
FROM deposits AS d;

INSERT INTO flows (i, account_id, ts, amount, kind, channel, own_account, category, tag)
SELECT i, unnest([account(i, 'C'), account_id]), starts_at, unnest([-principal, principal]), 'wealth', 'app', true,
    'own product', NULL
FROM deposit_ends WHERE starts_n >= 0
UNION ALL
SELECT i, account_id, ends_at - INTERVAL 1 MINUTE, interest, 'interest', 'auto', true, 'own product', NULL
FROM deposit_ends WHERE ends_n < getvariable('length') AND interest > 0
UNION ALL
SELECT i, account_id, ends_at, -(principal + interest), 'wealth', 'auto', true, 'own product', NULL
FROM deposit_ends WHERE ends_n < getvariable('length')
UNION ALL
SELECT i, account(i, 'C'), ends_at, principal + interest, 'wealth', 'auto', true, 'own product', 'matured'
FROM deposit_ends WHERE ends_n < getvariable('length') AND NOT broken;

-- Interest on the 21st of March, June, September, December on current and savings, and a first posting on the first
-- day of the year, which also tells what was on the account.
INSERT INTO flows (i, account_id, ts, amount, kind, channel, own_account)
SELECT v.i, account(v.i, a.which), days.day::TIMESTAMP + INTERVAL 2 HOUR + to_seconds(v.i % 3600),
    greatest(1, floor(income * a.size * months * 0.0005 * exp(0.2 * normal(v.i * 1000 + days.n, 'interest'))))::BIGINT,
        'interest', 'auto', true
FROM lives AS v CROSS JOIN (VALUES ('C', 1.0), ('S', 3.0), ('W', 0.5)) AS a(which, size) CROSS JOIN days
WHERE (days.n = 0 OR (day(days.day) = 21 AND month(days.day) % 3 = 0 AND a.which <> 'W'))
    AND days.n BETWEEN 0 AND getvariable('length') - 1 AND days.n > v.opened_n
    AND NOT away(days.n, first_out_n, back_n)
    AND (a.which = 'C' OR (a.which = 'S' AND has_savings) OR (a.which = 'W' AND has_wealth));

-- Large sums that arrive, and are placed some weeks later where there is a product for them (or spent).
CREATE OR REPLACE TABLE inflows AS
SELECT h.*, pick(['bonus', 'house sold', 'inheritance', 'business'], h.id, 'inflow source') AS source,
    greatest(10000000, floor(v.income * (3 + 3 * chance(h.id, 'inflow')) / 100000) * 100000)::BIGINT AS amount,
    CASE WHEN chance(h.id, 'spent') < 0.15 THEN 'spent' WHEN has_wealth THEN 'W' WHEN has_savings THEN 'S'
        ELSE 'stays' END AS goes
FROM happenings AS h JOIN lives AS v USING (i) WHERE h.name = 'inflow';

INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, counterparty_bank, own_account, category,
    tag)
WITH placed AS (
    SELECT i, id, goes, end_n, amount * 85 // 100 AS amount FROM inflows WHERE goes <> 'stays'
        AND end_n < getvariable('length')
)
SELECT i, account(i, 'C'), at_hour(day_of_number(start_n), 9, 17, id, 'inflow hour'), amount, 'transfer', 'auto',
    person(whole(3001, 3900, id, 'payer')), pick(getvariable('other_banks_wheel'), id, 'payer bank'), false,
    source, 'inflow'
FROM inflows
UNION ALL
SELECT i, account(i, 'C'), at_hour(day_of_number(end_n), 10, 16, id, 'placed hour'), -amount, CASE goes
    WHEN 'W' THEN 'wealth' ELSE 'transfer' END,
    'app', CASE goes WHEN 'spent' THEN person(whole(3901, 3999, id, 'payee')) END,
    CASE goes WHEN 'spent' THEN pick(getvariable('other_banks_wheel'), id, 'payee bank') END, goes <> 'spent',
    CASE goes WHEN 'spent' THEN 'house' ELSE 'own product' END, NULL
FROM placed
UNION ALL
SELECT i, account(i, goes), at_hour(day_of_number(end_n), 10, 16, id, 'placed hour'), amount, CASE goes
    WHEN 'W' THEN 'wealth' ELSE 'transfer' END,
    'app', NULL, NULL, true, 'own product', NULL
FROM placed WHERE goes <> 'spent';

-- Most who pay a loan down bring their savings from elsewhere home for it.
INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, counterparty_bank, own_account, tag)
SELECT h.i, account(h.i, 'C'), at_hour(day_of_number(h.start_n - whole(3, 12, h.id, 'brought home')), 9, 17, h.id,
    'brought home'), mortgage_payment * mortgage_payments(h.i) * 45 // 100, 'transfer', 'app', v.customer_id,
    v.bank, true, 'brought home'
FROM happenings AS h JOIN lives AS v USING (i) WHERE h.name = 'payoff' AND chance(h.id, 'brings home') < 0.6
    AND h.start_n > 13;
