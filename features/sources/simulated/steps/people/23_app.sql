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
            WHEN v.left_n IS NULL THEN 1
            WHEN n >= gone_n THEN getvariable('after_leaving')
            WHEN cause = 'service' AND n >= left_n - lag + 6 THEN 0.2
            WHEN cause = 'drift' AND n >= left_n - 85 THEN greatest(0.2, 1 - 0.9 * (n - left_n + 85) / 85.0)
            WHEN cause = 'salary' AND n >= left_n - lag // 2 THEN 0.65
            ELSE 1 END AS share
    FROM dated AS d JOIN lives AS v USING (i)
    WHERE n >= greatest(v.opened_n, 0)
)
SELECT l.i, l.id, l.n, at_hour(day_of_number(l.n), 7, 23.9, l.id, 'login hour') AS ts,
    chance(l.id, 'login fails') < getvariable('failed_logins') AS fails
FROM lively AS l LEFT JOIN happenings AS q ON q.i = l.i AND q.name = 'quiet' AND l.n BETWEEN q.start_n AND q.end_n
GROUP BY l.i, l.id, l.n, l.share
HAVING chance(l.id, 'login goes on') < l.share * CASE WHEN count(q.i) > 0 THEN 0.13 ELSE 1 END;

CREATE OR REPLACE TABLE events AS
WITH every AS (
    SELECT i, id, ts, CASE WHEN fails THEN 'login_failed' ELSE 'login' END AS name, NULL AS detail FROM logins
    UNION ALL
    SELECT i, id, ts + to_seconds(k * 25), 'login_failed', NULL FROM logins CROSS JOIN range(1, 4) AS r(k) WHERE fails
        AND chance(id, 'fails again') < 0.35
    UNION ALL
    SELECT l.i, l.id, l.ts + to_seconds(whole(20, 200, l.id, 'page at')), p.event, p.name
    FROM logins AS l JOIN pages AS p ON p.name = pick(getvariable('pages_wheel'), l.id, 'page')
    WHERE NOT fails AND chance(l.id, 'turns a page') < 0.22
)
SELECT *, printf('V%07d-%05d', i, row_number() OVER (PARTITION BY i ORDER BY ts, id, name, detail)) AS event_id,
    ts + to_seconds(whole(1, 30, id, 'event delay')) AS known_at
FROM every WHERE ts < getvariable('end_day');
