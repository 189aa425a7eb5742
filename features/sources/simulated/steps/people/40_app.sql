-- Logins and pages. Fewer logins is the first half of leaving for service; it is also what a quiet summer looks like.
CREATE OR REPLACE TABLE logins AS
WITH counted AS (
    SELECT v.i, m.m, m.n AS month_n, m.length,
        unnest(range(times(v.logins * exp(0.25 * normal(v.i * 1000 + m.m, 'login month') - 0.03), v.i * 1000 + m.m,
            'logins'))) AS k
    FROM lives AS v CROSS JOIN months AS m
), dated AS (
    SELECT i, (i * 1000 + m) * 100 + k AS id, month_n + whole(0, length - 1, (i * 1000 + m) * 100 + k,
        'login day') AS n FROM counted
), lively AS (
    SELECT d.*, CASE
            WHEN v.left_n IS NULL OR n >= back_n THEN 1
            WHEN n >= gone_n THEN getvariable('after_leaving')
            WHEN cause = 'service' AND n >= left_n - lag + 6 THEN 0.2
            WHEN cause = 'drift' AND n >= left_n - 85 THEN greatest(0.2, 1 - 0.9 * (n - left_n + 85) / 85.0)
            WHEN cause = 'salary' AND n >= left_n - lag // 2 THEN 0.65
            ELSE 1 END AS share
    FROM dated AS d JOIN lives AS v USING (i)
    WHERE n >= greatest(v.opened_n, 0)
), quieted AS (
    SELECT l.i, l.id, l.n, l.share * CASE WHEN count(q.i) > 0 THEN 0.13 ELSE 1 END AS share
    FROM lively AS l LEFT JOIN happenings AS q ON q.i = l.i AND q.name = 'quiet' AND l.n BETWEEN q.start_n AND q.end_n
    GROUP BY l.i, l.id, l.n, l.share
)
SELECT i, id, n, at_hour(day_of_number(n), 7, 23.9, id, 'login hour') AS ts,
    chance(id, 'login fails') < getvariable('failed_logins') AS fails
FROM quieted WHERE chance(id, 'login goes on') < share;

-- Whom a new telephone or an incident locks out.
CREATE OR REPLACE TABLE lockouts AS
SELECT h.i, h.id, h.start_n AS n, 'device' AS why, whole(2, 6, h.id, 'fails') AS fails,
    at_hour(day_of_number(h.start_n), 8, 22, h.id, 'locked hour') AS ts
FROM happenings AS h JOIN lives AS v USING (i) WHERE h.name = 'device' AND v.logins > 0.5
UNION ALL
SELECT v.i, v.i * 1000 + 900 + c.position, c.n, 'incident', whole(2, 5, v.i * 1000 + c.position, 'fails'),
    day_of_number(c.n)::TIMESTAMP + to_seconds(floor((c.hour + c.hours * 0.85 * chance(v.i * 1000 + c.position,
        'incident moment')) * 3600)::BIGINT)
FROM lives AS v CROSS JOIN incidents AS c
WHERE c.what = 'logins' AND c.n < getvariable('length') AND c.n >= greatest(opened_n, 0) AND persona <> 'branch'
    AND chance(v.i * 1000 + c.position, 'meets incident') < c.share AND NOT away(c.n, left_n, back_n);

CREATE OR REPLACE TABLE events AS
WITH devices AS (
    SELECT i, start_n, lead(start_n, 1, 1000000) OVER each AS to_n, row_number() OVER each + 1 AS number FROM happenings
    WHERE name = 'device' WINDOW each AS (PARTITION BY i ORDER BY start_n)
), every AS (
    SELECT l.i, l.id, l.ts, CASE WHEN fails THEN 'login_failed' ELSE 'login' END AS name,
        printf('D%07d-%d', l.i, coalesce(d.number, 1)) AS detail
    FROM logins AS l LEFT JOIN devices AS d ON d.i = l.i AND l.n >= d.start_n AND l.n < d.to_n
    UNION ALL
    SELECT i, id, ts + to_seconds(k * 25), 'login_failed', NULL FROM logins CROSS JOIN range(1, 4) AS r(k) WHERE fails
        AND chance(id, 'fails again') < 0.35
    UNION ALL
    SELECT l.i, l.id, l.ts + to_seconds(whole(20, 200, l.id, 'page at')), p.event, p.name
    FROM logins AS l JOIN pages AS p ON p.name = pick(getvariable('pages_wheel'), l.id, 'page')
    WHERE NOT fails AND chance(l.id, 'turns a page') < 0.22
    UNION ALL  -- most codes are entered
    SELECT l.i, l.id, l.ts + to_seconds(whole(20, 200, l.id, 'page at') + 40), 'otp_entered', 'login'
    FROM logins AS l WHERE NOT fails AND chance(l.id, 'turns a page') < 0.22
        AND pick(getvariable('pages_wheel'), l.id, 'page') = 'login' AND chance(l.id, 'code entered') < 0.85
    UNION ALL
    SELECT i, id, ts + to_seconds(k * whole(30, 300, id, 'tries again')), unnest(['otp_sent', 'login_failed']), 'login'
    FROM lockouts CROSS JOIN range(6) AS r(k) WHERE k < fails
    UNION ALL  -- a loan is calculated before it is paid down
    SELECT i, id * 10 + k, at_hour(day_of_number(start_n - whole(1, 12, id * 10 + k, 'calculated')), 9, 22, id * 10 + k,
        'calculated hour'), 'calculator', 'prepayment'
    FROM happenings CROSS JOIN range(3) AS r(k) WHERE name = 'payoff'
    UNION ALL  -- wallets and automatic debits come and go
    SELECT i, id, at_hour(day_of_number(start_n), 8, 22, id, 'unbound'),
        pick(['unbind_quick_pay', 'unbind_auto_pay', 'unbind_card'], id, 'what is unbound'),
        pick(getvariable('platforms_wheel'), id, 'unbound from')
    FROM happenings WHERE name IN ('unbind', 'move')
    UNION ALL
    SELECT i, id, at_hour(day_of_number(start_n + 3), 8, 22, id, 'bound'), 'bind_quick_pay',
        pick(getvariable('platforms_wheel'), id, 'unbound from') FROM happenings WHERE name = 'move'
    UNION ALL
    SELECT i, i * 1000 + 990, at_hour(day_of_number(left_n - whole(3, 20, i, 'unbound before')), 8, 22, i, 'unbound'),
        'unbind_quick_pay', pick(getvariable('platforms_wheel'), i, 'unbound from')
    FROM lives WHERE cause IN ('service', 'salary', 'drift') AND chance(i, 'unbinds') < 0.4
        AND NOT coalesce(left_n - whole(3, 20, i, 'unbound before') >= back_n, false)
)
SELECT *, printf('V%07d-%05d', i, row_number() OVER (PARTITION BY i ORDER BY ts, id, name, detail)) AS event_id,
    ts + to_seconds(whole(1, 30, id, 'event delay')) AS known_at
FROM every AS e WHERE ts >= getvariable('first_day') AND ts < getvariable('end_day')
    AND ts >= (SELECT opened_on FROM lives AS v WHERE v.i = e.i);
