-- Card payments, on the credit card where there is one (mostly), from the current account otherwise.
CREATE OR REPLACE TABLE purchases AS
WITH counted AS (
    SELECT v.i, v.m, v.n, v.length, unnest(range(times(cards * size * exp(0.3 * normal(v.id, 'busy month') - 0.045),
        v.id, 'purchases'))) AS k
    FROM (SELECT l.i, l.cards, m.*, s.size, l.i * 1000 + m.m AS id FROM lives AS l CROSS JOIN months AS m
          JOIN seasons AS s ON s.name = month(m.first)) AS v
), dated AS (
    SELECT i, (i * 1000 + m) * 100 + k AS id, n + whole(0, length - 1, (i * 1000 + m) * 100 + k, 'purchase day') AS n,
        NULL AS tag
    FROM counted
    UNION ALL  -- a trip, a year with a baby, furniture for a new home
    SELECT i, id * 100 + k, start_n + whole(0, greatest(end_n - start_n, 0), id * 100 + k, 'travel day'),
        CASE name WHEN 'travel' THEN 'travel' WHEN 'baby' THEN 'baby' ELSE 'furniture' END
    FROM happenings CROSS JOIN range(70, 82) AS r(k) WHERE name = 'travel' OR (name = 'baby' AND k < 79)
        OR (name = 'move' AND k < 75)
    UNION ALL  -- days of shopping
    SELECT l.i, (l.i * 1000 + m.m) * 100 + 90 + k.k, m.n + s.day - 1, 'shopping'
    FROM lives AS l CROSS JOIN months AS m JOIN shopping_days AS s ON s.month = month(m.first)
    CROSS JOIN range(3) AS k(k) WHERE l.persona <> 'branch' AND chance((l.i * 1000 + m.m) * 10 + k.k, 'shopping') < s.mean
), kept AS (
    SELECT d.*, v.card_budget, v.cards, v.has_card, v.upper, v.income,
        coalesce(d.tag, pick(getvariable('categories_wheel'), id, 'category')) AS category
    FROM dated AS d JOIN lives AS v USING (i)
    WHERE d.n >= greatest(v.opened_n, 0) AND d.n < getvariable('length') AND goes_on(d.n, cause, left_n, gone_n, back_n,
        id, 'purchase goes on')
        AND (d.tag IS NULL OR chance(id, 'missing trace') >= getvariable('missing_trace'))
)
SELECT k.i, k.id, k.n, k.category, CASE WHEN has_card AND chance(id, 'which card') < 0.8 THEN account(i, 'K')
    ELSE account(i, 'C') END AS account_id,
    at_hour(day_of_number(k.n), coalesce(c.first, 9), coalesce(c.last, 22), id, 'purchase hour') AS ts,
    greatest(100, floor(card_budget / cards * coalesce(CASE WHEN tag = 'travel' THEN 0.8 END, size, 0.9)
        * exp(0.7 * normal(id, 'purchase') - 0.245)))::BIGINT AS amount,
    -- half of it in three usual places, the rest anywhere
    printf('M%05d', whole(1, 900, CASE WHEN chance(id, 'usual place') < 0.5
        THEN i * 100 + length(k.category) * 3 + whole(0, 2, id, 'which place') ELSE id * 100 END, 'merchant') * 100
        + length(k.category)) AS merchant,
    pick(['pos', 'app', 'app', 'web'], id, 'card channel') AS channel
FROM kept AS k LEFT JOIN categories AS c ON c.name = k.category;

INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, own_account, category)
SELECT i, account_id, ts, -amount, 'card', channel, merchant, false, category FROM purchases;

-- Some come back; some are taken twice within hours, and most of those come back.
CREATE OR REPLACE TABLE doubles AS
SELECT *, ts + to_seconds(whole(20, 30000, id, 'taken again')) AS again_ts FROM purchases
WHERE chance(id, 'double') < getvariable('duplicates');

INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, own_account, category, tag)
SELECT i, account_id, ts + to_seconds(whole(170000, 900000, id, 'refund wait')), amount, 'refund', 'auto', merchant,
    false, category, 'refund'
FROM purchases
WHERE chance(id, 'refund') < getvariable('refunds')
    AND ts + to_seconds(whole(170000, 900000, id, 'refund wait')) < getvariable('end_day')
UNION ALL
SELECT i, account_id, again_ts, -amount, 'card', channel, merchant, false, category, 'duplicate'
FROM doubles WHERE again_ts < getvariable('end_day')
UNION ALL
SELECT i, account_id, ts + to_seconds(whole(200000, 700000, id, 'double back')), amount, 'refund', 'auto', merchant,
    false, category, 'refund'
FROM doubles WHERE chance(id, 'double refunded') < getvariable('duplicates_refunded')
    AND ts + to_seconds(whole(200000, 700000, id, 'double back')) < getvariable('end_day');

-- Large card payments.
CREATE OR REPLACE TABLE large_payments AS
WITH drawn AS (
    SELECT v.i, v.income, v.has_card, v.opened_n, v.left_n, v.back_n, v.tight, v.i * 1000 + m.m AS id,
        m.n + whole(0, m.length - 1, v.i * 1000 + m.m, 'large day') AS n
    FROM lives AS v CROSS JOIN months AS m
    WHERE chance(v.i * 1000 + m.m, 'large') < getvariable('large_spend') * CASE WHEN upper THEN 1.6 ELSE 0.8 END
)
SELECT i, id, n, CASE WHEN has_card AND chance(id, 'which card') < 0.8 THEN account(i, 'K') ELSE account(i, 'C') END
        AS account_id,
    at_hour(day_of_number(n), 10, 21, id, 'large hour') AS ts,
    greatest(500000, floor(income * 0.7 * exp(0.4 * normal(id, 'large size')) / 100) * 100)::BIGINT AS amount,
    pick(getvariable('large_categories_wheel'), id, 'large category') AS category,
    printf('M9%04d', whole(1, 900, id, 'large merchant')) AS merchant
FROM drawn WHERE n >= greatest(opened_n, 0) AND NOT away(n, left_n, back_n) AND NOT tight;

INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, own_account, category, tag)
SELECT i, account_id, ts, -amount, 'card', pick(['pos', 'pos', 'web', 'app'], id, 'large channel'), merchant, false,
    category, 'large'
FROM large_payments;

-- Some large payments on a credit card are paid in twelve parts, with a fee each month.
CREATE OR REPLACE TABLE plans AS
SELECT i, id, account_id, ts, amount FROM large_payments
WHERE account_id % 1000 = 6 AND chance(id, 'in parts') < getvariable('large_instalments');

INSERT INTO flows (i, account_id, ts, amount, kind, channel, own_account, category, tag)
WITH parts AS (
    SELECT *, ts + INTERVAL 1 DAY AS agreed, unnest(range(12)) AS k FROM plans
), dated AS (
    SELECT *, agreed + to_months((k + 1)::INTEGER) AS due FROM parts
)
SELECT i, account_id, ts + INTERVAL 1 DAY, amount, 'other', 'app', true, 'instalment', NULL FROM plans
WHERE ts + INTERVAL 1 DAY < getvariable('end_day')
UNION ALL
SELECT i, account_id, due, -(amount // 12 + CASE k WHEN 11 THEN amount % 12 ELSE 0 END), 'other', 'auto', true,
    'instalment', NULL FROM dated WHERE due < getvariable('end_day')
UNION ALL
SELECT i, account_id, due + INTERVAL 1 MINUTE, -ceil(amount * getvariable('instalment_fee'))::BIGINT, 'fee', 'auto',
    false, 'instalment_fee', CASE k WHEN 0 THEN 'fee' END FROM dated WHERE due + INTERVAL 1 MINUTE < getvariable('end_day');

-- The squeezed fill their card within ten days.
INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, own_account, category, tag)
SELECT h.i, account(h.i, 'K'), at_hour(day_of_number(h.start_n + k), 10, 21, h.id * 10 + k, 'filled hour'),
    -(greatest(1000000, round(v.income * 3 / 100000) * 100000) * (0.085 + 0.01 * chance(h.id * 10 + k, 'filled')))::BIGINT,
    'card', 'app', printf('M9%04d', whole(1, 900, h.id * 10 + k, 'large merchant')), false,
    pick(['electronics', 'furniture', 'travel'], h.id * 10 + k, 'filled with'), 'squeeze'
FROM happenings AS h JOIN lives AS v USING (i) CROSS JOIN range(9) AS r(k)
WHERE h.name = 'squeeze' AND h.start_n + k < getvariable('length');

-- Cash and small fees.
INSERT INTO flows (i, account_id, ts, amount, kind, channel, own_account, category, tag)
WITH drawn AS (
    SELECT v.i, v.income, v.opened_n, v.cause, v.left_n, v.gone_n, v.back_n, m.m,
        unnest(range(times(getvariable('cash') * CASE WHEN age >= 60 THEN 2.5 ELSE 1 END, v.i * 1000 + m.m,
        'cash'))) AS k, m.n AS month_n, m.length
    FROM lives AS v CROSS JOIN months AS m
), dated AS (
    SELECT *, (i * 1000 + m) * 100 + k AS id, month_n + whole(0, length - 1, (i * 1000 + m) * 100 + k, 'cash day') AS n
        FROM drawn
)
SELECT i, account(i, 'C'), at_hour(day_of_number(n), 8, 20, id, 'cash hour'),
    -greatest(1, round(income * 0.05 * exp(0.5 * normal(id, 'cash size')) / 10000))::BIGINT * 10000, 'cash',
    pick(['atm', 'atm', 'branch'], id, 'cash channel'), false, NULL, NULL
FROM dated WHERE n >= greatest(opened_n, 0) AND goes_on(n, cause, left_n, gone_n, back_n, id, 'cash goes on');

INSERT INTO flows (i, account_id, ts, amount, kind, channel, own_account, category, tag)
SELECT v.i, account(v.i, 'C'), at_hour(day_of_number(m.n + whole(0, m.length - 1, id, 'fee day')), 2, 5, id,
    'fee hour'),
    -f.amount * 100, 'fee', 'auto', false, f.name, 'fee'
FROM (SELECT i, opened_n, left_n, back_n, m, i * 1000 + m AS id FROM lives CROSS JOIN (SELECT m FROM months)) AS v
JOIN months AS m USING (m)
JOIN fee_reasons AS f ON f.name = pick(getvariable('fee_reasons_wheel'), id, 'fee reason')
WHERE chance(id, 'fee') < getvariable('fees') AND m.n + whole(0, m.length - 1, id, 'fee day') >= opened_n
    AND NOT away(m.n + whole(0, m.length - 1, id, 'fee day'), left_n, back_n);
