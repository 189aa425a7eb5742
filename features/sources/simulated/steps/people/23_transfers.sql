-- Rent, transfers to and from people, platforms, savings of one's own elsewhere. Who moves has another landlord.
INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, counterparty_bank, own_account, category)
WITH rents AS (
    SELECT v.i, v.income, v.left_n, v.back_n, v.opened_n, m.m, m.n, coalesce(h.id, v.i) AS home, h.id IS NOT NULL AS moved
    FROM lives AS v CROSS JOIN months AS m
    LEFT JOIN (SELECT i, id, start_n, lead(start_n, 1, 1000000) OVER (PARTITION BY i ORDER BY start_n) AS to_n
        FROM happenings WHERE name = 'move') AS h ON h.i = v.i AND m.n > h.start_n AND m.n <= h.to_n
    WHERE rents
)
SELECT i, account(i, 'C'), at_hour(day_of_number(n + whole(0, 7, home, 'rent day')), 9, 21, i * 1000 + m, 'rent hour'),
    -(income * (22 + CASE WHEN moved THEN whole(-4, 5, home, 'rent') ELSE 0 END) // 100), 'transfer', 'app',
    person(whole(1, 3000, home, 'landlord')), pick(getvariable('other_banks_wheel'), home, 'landlord bank'), false, 'rent'
FROM rents WHERE n >= opened_n AND NOT away(n + whole(0, 7, home, 'rent day'), left_n, back_n);

CREATE OR REPLACE TABLE wires AS
WITH counted AS (
    SELECT v.i, v.income, v.opened_n, v.cause, v.left_n, v.gone_n, v.back_n, m.m, m.n AS month_n, m.length, sign,
        unnest(range(times(mean, (v.i * 1000 + m.m) * 10 + sign, 'wires'))) AS k
    FROM lives AS v CROSS JOIN months AS m CROSS JOIN (VALUES (-1, getvariable('transfers_out')),
        (1, getvariable('transfers_in'))) AS way(sign, mean)
), dated AS (
    SELECT *, ((i * 1000 + m) * 100 + k) * 10 + sign AS id,
        month_n + whole(0, length - 1, ((i * 1000 + m) * 100 + k) * 10 + sign, 'wire day') AS n
    FROM counted
), friends AS (
    SELECT *, i * 10 + whole(0, 5, id, 'which friend') AS friend FROM dated
    WHERE n >= greatest(opened_n, 0) AND goes_on(n, cause, left_n, gone_n, back_n, id, 'wire goes on')
)
SELECT i, id, n, sign, at_hour(day_of_number(n), 7.5, 23, id, 'wire hour') AS ts,
    sign * greatest(1000, round(income * 0.035 * exp(0.8 * normal(id, 'wire size') - 0.32) / 1000) * 1000)::BIGINT
        AS amount,
    person(whole(1, 3000, friend, 'friend')) AS counterparty_id,
    CASE WHEN chance(friend, 'same bank') < 0.3 THEN NULL ELSE pick(getvariable('other_banks_wheel'), friend,
        'friend bank') END AS counterparty_bank
FROM friends;

-- Some transfers to other banks wait; the booking is a later version of the same transaction, with its own moment.
INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, counterparty_bank, own_account, category,
    status, booked_at, tag)
SELECT i, account(i, 'C'), ts, amount, 'transfer', pick(['app', 'app', 'app', 'web', 'phone'], id, 'wire channel'),
    counterparty_id, counterparty_bank, false, NULL, CASE WHEN waits THEN 'pending' ELSE 'booked' END,
    CASE WHEN waits AND ts + to_seconds(wait) < getvariable('end_day') THEN ts + to_seconds(wait) END, CASE
        WHEN waits THEN 'pending' END
FROM (SELECT *, sign = -1 AND counterparty_bank IS NOT NULL AND chance(id, 'waits') < getvariable('pending') AS waits,
        whole(40000, 250000, id, 'wait') AS wait FROM wires);

-- Red envelopes around the Spring Festival, to the young and from the old.
INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, own_account, category)
WITH gifts AS (
    SELECT v.i, v.age, v.opened_n, v.left_n, v.back_n, s.n + whole(-2, 4, (v.i * 100 + k) * 100 + s.n % 97, 'gift day')
        AS n, (v.i * 100 + k) * 1000 + s.n AS id, k
    FROM lives AS v CROSS JOIN springs AS s CROSS JOIN range(3) AS r(k)
    WHERE chance(v.i, 'gives') < getvariable('red_envelopes') AND persona <> 'branch'
)
SELECT i, account(i, 'C'), at_hour(day_of_number(n), 8, 23, id, 'gift hour'),
    CASE WHEN age < 30 AND chance(id, 'gift way') < 0.6 THEN 1 ELSE -1 END * 2000 * whole(4, 40, id, 'gift')::BIGINT,
    'transfer', 'app', person(whole(1, 3000, i * 10 + k, 'friend')), false, 'red envelope'
FROM gifts WHERE n BETWEEN greatest(opened_n, 0) AND getvariable('length') - 1 AND NOT away(n, left_n, back_n);

-- Wallets, brokers and funds: a habit of small sums for some, a rush of large ones for a few.
CREATE OR REPLACE TABLE platform_flows AS
WITH habit AS (
    SELECT v.i, v.i * 1000 + m.m AS id, m.n + whole(0, m.length - 1, v.i * 1000 + m.m, 'platform day') AS n,
        CASE WHEN chance(v.i * 1000 + m.m, 'platform back') < 0.2 THEN 1 ELSE -1 END
            * greatest(10000, round(income * 0.03 * exp(0.6 * normal(v.i * 1000 + m.m, 'platform')) / 10000) * 10000)::BIGINT
            AS amount, 'habit' AS why
    FROM lives AS v CROSS JOIN months AS m
    WHERE chance(v.i, 'has platform') < platform * 1.6 AND chance(v.i * 1000 + m.m, 'this month') < 0.6
        AND m.n >= opened_n AND NOT away(m.n + whole(0, m.length - 1, v.i * 1000 + m.m, 'platform day'), left_n, back_n)
        AND NOT tight
), rush AS (
    SELECT h.i, h.id * 10 + k, h.start_n + 5 + k * 14,
        -greatest(1200000, round(v.income * (0.9 + 0.6 * chance(h.id * 10 + k, 'rush')) / 10000) * 10000)::BIGINT, 'rush'
    FROM happenings AS h JOIN lives AS v USING (i) CROSS JOIN range(5) AS r(k) WHERE h.name = 'rush'
)
SELECT *, pick(getvariable('platforms_wheel'), i, 'platform') AS platform FROM (FROM habit UNION ALL FROM rush)
WHERE n BETWEEN 0 AND getvariable('length') - 1;

INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, counterparty_bank, own_account, category,
    tag)
SELECT f.i, account(f.i, 'C'), at_hour(day_of_number(f.n), 8, 23, f.id, 'platform hour'), f.amount, 'transfer', 'app',
    f.platform, f.platform, false, p.category, why
FROM platform_flows AS f JOIN platforms AS p ON p.name = f.platform;

INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, counterparty_bank, own_account, category)
SELECT i, account(i, 'C'), at_hour(day + whole(0, 3, id, 'saves elsewhere day')::INTEGER, 12, 22, id,
    'saves elsewhere hour'),
    -(floor(income * (0.05 + 0.10 * chance(i, 'saves elsewhere share'))) // 10000)::BIGINT * 10000, 'transfer', 'app',
        customer_id, bank, true, NULL
FROM (SELECT p.*, v.customer_id, v.bank, v.saves_elsewhere, v.left_n FROM paydays_due AS p JOIN lives AS v USING (i))
WHERE saves_elsewhere AND NOT missed AND n < getvariable('length') - 4 AND NOT away(n + whole(0, 3, id, 'saves elsewhere day'), left_n, back_n)
    AND income >= 200000;

-- An elder pays somebody never paid before; some of it is a fraud, most a grandchild's flat.
CREATE OR REPLACE TABLE strange_payees AS
SELECT h.i, h.id, h.start_n AS n, at_hour(day_of_number(h.start_n), 9, 17, h.id, 'payee hour') AS ts,
    greatest(2000000, round(v.income * (3 + 4 * chance(h.id, 'payee size')) / 100000) * 100000)::BIGINT AS amount
FROM happenings AS h JOIN lives AS v USING (i) WHERE h.name = 'payee';

INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, counterparty_bank, own_account, tag)
SELECT i, account(i, 'C'), ts, -amount, 'transfer', pick(['app', 'branch', 'phone'], id, 'payee channel'),
    'Q' || lpad(id::VARCHAR, 11, '0'), pick(getvariable('other_banks_wheel'), id, 'payee bank'), false, 'payee'
FROM strange_payees;

-- Declined attempts. They move nothing.
CREATE OR REPLACE TABLE refused AS
WITH drawn AS (
    SELECT v.i, v.income, v.i * 1000 + m.m AS id, m.n + whole(0, m.length - 1, v.i * 1000 + m.m, 'decline day') AS n,
        1 + times(0.7, v.i * 1000 + m.m, 'tries') AS tries, 'usual' AS why,
        pick(getvariable('decline_reasons_wheel'), v.i * 1000 + m.m, 'decline reason') AS reason,
        at_hour(day_of_number(m.n + whole(0, m.length - 1, v.i * 1000 + m.m, 'decline day')), 8, 22, v.i * 1000 + m.m,
            'decline hour') AS ts
    FROM lives AS v CROSS JOIN months AS m
    WHERE chance(v.i * 1000 + m.m, 'decline') < getvariable('declines') AND m.n >= opened_n
        AND NOT away(m.n + whole(0, m.length - 1, v.i * 1000 + m.m, 'decline day'), gone_n, back_n)
    UNION ALL
    SELECT v.i, v.income, h.id, h.start_n, whole(2, 4, h.id, 'tries'), 'blocked',
        CASE WHEN chance(h.id, 'why blocked') < 0.6 THEN 'limit_exceeded' ELSE 'account_restricted' END,
        at_hour(day_of_number(h.start_n), 9, 20, h.id, 'decline hour')
    FROM happenings AS h JOIN lives AS v USING (i) WHERE h.name = 'blocked'
    UNION ALL  -- whom an incident meets
    SELECT v.i, v.income, v.i * 1000 + 900 + c.position, c.n, 1 + times(0.5, v.i * 1000 + c.position, 'tries'),
        'incident', 'system_failure',
        day_of_number(c.n)::TIMESTAMP + to_seconds(floor((c.hour + c.hours * 0.85 * chance(v.i * 1000 + c.position,
            'incident moment')) * 3600)::BIGINT)
    FROM lives AS v CROSS JOIN incidents AS c
    WHERE c.what <> 'logins' AND c.n < getvariable('length') AND c.n >= greatest(opened_n, 0)
        AND chance(v.i * 1000 + c.position, 'meets incident') < c.share AND NOT away(c.n, left_n, back_n)
        AND (c.what = 'cards' OR persona <> 'branch')
), tried AS (
    SELECT *, unnest(range(tries)) AS k FROM drawn WHERE n >= 0
)
SELECT i, id, n, k, tries, why, reason, ts + to_seconds(k * whole(90, 700, id, 'try again')) AS ts,
    greatest(10000, round(income * 0.3 * exp(0.7 * normal(id, 'decline size')) / 10000) * 10000)::BIGINT AS amount
FROM tried;

INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, counterparty_bank, own_account, status,
    decline_reason, tag)
SELECT i, account(i, 'C'), ts, -amount, 'transfer', 'app', person(whole(1, 3000, id, 'payee')),
    pick(getvariable('other_banks_wheel'), id, 'payee bank'), false, 'declined', reason, CASE k WHEN 0 THEN 'declined' END
FROM refused WHERE ts < getvariable('end_day');
