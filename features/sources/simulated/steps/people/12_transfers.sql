-- Rent, transfers to and from people, savings of one's own elsewhere.
INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, counterparty_bank, own_account, category)
SELECT v.i, account(v.i, 'C'), at_hour(day_of_number(m.n + whole(0, 7, v.i, 'rent day')), 9, 21, v.i * 1000 + m.m,
    'rent hour'),
    -(income * 22 // 100), 'transfer', 'app', person(whole(1, 3000, v.i, 'landlord')),
    pick(getvariable('other_banks_wheel'), v.i, 'landlord bank'), false, 'rent'
FROM lives AS v CROSS JOIN months AS m
WHERE rents AND m.n >= opened_n AND coalesce(m.n + 8 < left_n, true);

CREATE OR REPLACE TABLE wires AS
WITH counted AS (
    SELECT v.*, m.m, m.n AS month_n, m.length, sign,
        unnest(range(times(mean, (v.i * 1000 + m.m) * 10 + sign, 'wires'))) AS k
    FROM lives AS v CROSS JOIN months AS m CROSS JOIN (VALUES (-1, getvariable('transfers_out')),
        (1, getvariable('transfers_in'))) AS way(sign, mean)
), dated AS (
    SELECT *, ((i * 1000 + m) * 100 + k) * 10 + sign AS id,
        month_n + whole(0, length - 1, ((i * 1000 + m) * 100 + k) * 10 + sign, 'wire day') AS n
    FROM counted
)
SELECT i, id, n, sign, at_hour(day_of_number(n), 7.5, 23, id, 'wire hour') AS ts,
    sign * greatest(1000, round(income * 0.035 * exp(0.8 * normal(id, 'wire size') - 0.32) / 1000) * 1000)::BIGINT
        AS amount,
    person(whole(1, 3000, i * 10 + whole(0, 5, id, 'which friend'), 'friend')) AS counterparty_id,
    CASE WHEN chance(i * 10 + whole(0, 5, id, 'which friend'), 'same bank') < 0.3 THEN NULL
         ELSE pick(getvariable('other_banks_wheel'), i * 10 + whole(0, 5, id, 'which friend'),
             'friend bank') END AS counterparty_bank
FROM dated WHERE n >= greatest(opened_n, 0) AND goes_on(n, cause, left_n, gone_n, id, 'wire goes on');

-- Some transfers to other banks wait; the booking is a later version of the same transaction, with its own moment.
INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, counterparty_bank, own_account, category,
    status, booked_at, tag)
SELECT i, account(i, 'C'), ts, amount, 'transfer', pick(['app', 'app', 'app', 'web', 'phone'], id, 'wire channel'),
    counterparty_id, counterparty_bank, false, NULL, CASE WHEN waits THEN 'pending' ELSE 'booked' END,
    CASE WHEN waits AND ts + to_seconds(wait) < getvariable('end_day') THEN ts + to_seconds(wait) END, CASE
        WHEN waits THEN 'pending' END
FROM (SELECT *, sign = -1 AND counterparty_bank IS NOT NULL AND chance(id, 'waits') < getvariable('pending') AS waits,
        whole(40000, 250000, id, 'wait') AS wait FROM wires);

INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, counterparty_bank, own_account, category)
SELECT i, account(i, 'C'), at_hour(day + whole(0, 3, id, 'saves elsewhere day')::INTEGER, 12, 22, id,
    'saves elsewhere hour'),
    -(floor(income * (0.05 + 0.10 * chance(id, 'saves elsewhere'))) // 10000)::BIGINT * 10000, 'transfer', 'app',
        customer_id, bank, true, NULL
FROM (SELECT p.*, v.customer_id, v.bank, v.saves_elsewhere, v.left_n FROM paydays_due AS p JOIN lives AS v USING (i))
WHERE saves_elsewhere AND NOT missed AND n < getvariable('length') - 4 AND coalesce(n + 4 < left_n, true)
    AND income >= 200000;

-- Declined attempts: one to three within the hour. They move nothing.
INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, counterparty_bank, own_account, status,
    decline_reason, tag)
WITH drawn AS (
    SELECT v.*, v.i * 1000 + m.m AS id, m.n + whole(0, m.length - 1, v.i * 1000 + m.m, 'decline day') AS n
    FROM lives AS v CROSS JOIN months AS m WHERE chance(v.i * 1000 + m.m, 'decline') < getvariable('declines')
), tries AS (
    SELECT *, unnest(range(1 + times(0.7, id, 'tries'))) AS k FROM drawn
    WHERE n >= greatest(opened_n, 0) AND coalesce(n < gone_n, true)
)
SELECT i, account(i, 'C'), at_hour(day_of_number(n), 8, 22, id, 'decline hour') + to_seconds(k * whole(90, 900, id,
    'try again')),
    -greatest(10000, round(income * 0.3 * exp(0.7 * normal(id, 'decline size')) / 10000) * 10000)::BIGINT, 'transfer',
        'app',
    person(whole(1, 3000, id, 'payee')), pick(getvariable('other_banks_wheel'), id, 'payee bank'), false, 'declined',
    pick(getvariable('decline_reasons_wheel'), id, 'decline reason'), CASE k WHEN 0 THEN 'declined' END
FROM tries;
