-- Card payments, on the credit card where there is one (mostly), from the current account otherwise.
CREATE OR REPLACE TABLE purchases AS
WITH counted AS (
    SELECT v.i, v.m, v.n, v.length, unnest(range(times(cards * exp(0.3 * normal(v.id, 'busy month') - 0.045), v.id,
        'purchases'))) AS k
    FROM (SELECT l.i, l.cards, m.*, l.i * 1000 + m.m AS id FROM lives AS l CROSS JOIN months AS m) AS v
), dated AS (
    SELECT i, (i * 1000 + m) * 100 + k AS id, n + whole(0, length - 1, (i * 1000 + m) * 100 + k, 'purchase day') AS n,
        'usual' AS tag
    FROM counted
    UNION ALL
    SELECT i, id * 100 + k, start_n + whole(0, 14, id * 100 + k, 'travel day'), 'trip'
    FROM happenings CROSS JOIN range(70, 82) AS r(k) WHERE name = 'travel'
), kept AS (
    SELECT d.*, v.card_budget, v.cards, v.has_card, v.upper, v.income,
        CASE d.tag WHEN 'trip' THEN 'travel' ELSE pick(getvariable('categories_wheel'), id, 'category') END AS category
    FROM dated AS d JOIN lives AS v USING (i)
    WHERE d.n >= greatest(v.opened_n, 0) AND d.n < getvariable('length') AND goes_on(d.n, cause, left_n, gone_n, id,
        'purchase goes on')
)
SELECT k.i, k.id, k.n, k.category, CASE WHEN has_card AND chance(id, 'which card') < 0.8 THEN account(i, 'K')
    ELSE account(i, 'C') END AS account_id,
    at_hour(day_of_number(k.n), c.first, c.last, id, 'purchase hour') AS ts,
    greatest(100, floor(card_budget / cards * CASE tag WHEN 'trip' THEN 0.8
        ELSE size END * exp(0.7 * normal(id, 'purchase') - 0.245)))::BIGINT AS amount
FROM kept AS k JOIN categories AS c ON c.name = k.category;

INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, own_account, category)
SELECT i, account_id, ts, -amount, 'card', pick(['pos', 'app', 'app', 'web'], id, 'card channel'),
    printf('M%05d', whole(1, 40, i * 20 + length(category), 'merchant') * 100 + length(category)), false, category
FROM purchases;

INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, own_account, category, tag)
SELECT i, account_id, ts + to_seconds(whole(170000, 900000, id, 'refund wait')), amount, 'refund', 'auto',
    printf('M%05d', whole(1, 40, i * 20 + length(category), 'merchant') * 100 + length(category)), false, category,
        'refund'
FROM purchases
WHERE chance(id, 'refund') < getvariable('refunds')
    AND ts + to_seconds(whole(170000, 900000, id, 'refund wait')) < getvariable('end_day');

-- Large card payments.
INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, own_account, category, tag)
WITH drawn AS (
    SELECT v.*, v.i * 1000 + m.m AS id, m.n + whole(0, m.length - 1, v.i * 1000 + m.m, 'large day') AS n
    FROM lives AS v CROSS JOIN months AS m
    WHERE chance(v.i * 1000 + m.m, 'large') < getvariable('large_spend') * CASE WHEN upper THEN 1.6 ELSE 0.8 END
)
SELECT i, CASE WHEN has_card AND chance(id, 'which card') < 0.8 THEN account(i, 'K') ELSE account(i, 'C') END,
    at_hour(day_of_number(n), 10, 21, id, 'large hour'),
    -greatest(500000, floor(income * 0.7 * exp(0.4 * normal(id, 'large size')) / 100) * 100)::BIGINT, 'card',
    pick(['pos', 'pos', 'web', 'app'], id, 'large channel'), printf('M9%04d', whole(1, 900, id, 'large merchant')),
        false,
    pick(getvariable('large_categories_wheel'), id, 'large category'), 'large'
FROM drawn WHERE n >= greatest(opened_n, 0) AND coalesce(n < left_n, true) AND NOT tight;

-- Cash and small fees.
INSERT INTO flows (i, account_id, ts, amount, kind, channel, own_account, category, tag)
WITH drawn AS (
    SELECT v.*, m.m, unnest(range(times(getvariable('cash') * CASE WHEN age >= 60 THEN 2.5 ELSE 1 END, v.i * 1000 + m.m,
        'cash'))) AS k, m.n AS month_n, m.length
    FROM lives AS v CROSS JOIN months AS m
), dated AS (
    SELECT *, (i * 1000 + m) * 100 + k AS id, month_n + whole(0, length - 1, (i * 1000 + m) * 100 + k, 'cash day') AS n
        FROM drawn
)
SELECT i, account(i, 'C'), at_hour(day_of_number(n), 8, 20, id, 'cash hour'),
    -greatest(1, round(income * 0.05 * exp(0.5 * normal(id, 'cash size')) / 10000))::BIGINT * 10000, 'cash',
    pick(['atm', 'atm', 'branch'], id, 'cash channel'), false, NULL, NULL
FROM dated WHERE n >= greatest(opened_n, 0) AND goes_on(n, cause, left_n, gone_n, id, 'cash goes on');

INSERT INTO flows (i, account_id, ts, amount, kind, channel, own_account, category, tag)
SELECT v.i, account(v.i, 'C'), at_hour(day_of_number(m.n + whole(0, m.length - 1, id, 'fee day')), 2, 5, id,
    'fee hour'),
    -f.amount * 100, 'fee', 'auto', false, f.name, 'fee'
FROM (SELECT *, i * 1000 + m AS id FROM lives CROSS JOIN (SELECT m FROM months)) AS v JOIN months AS m USING (m)
JOIN fee_reasons AS f ON f.name = pick(getvariable('fee_reasons_wheel'), id, 'fee reason')
WHERE chance(id, 'fee') < getvariable('fees') AND m.n + whole(0, m.length - 1, id, 'fee day') >= opened_n
    AND coalesce(m.n + 31 < left_n, true);
