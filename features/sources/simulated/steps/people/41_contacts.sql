-- Why people get in touch: what just happened to them, complaints of those in pain, a day that makes many ask, and what we
-- made no cause for.
CREATE OR REPLACE TABLE occasions AS
SELECT i, CASE WHEN tag = 'declined' AND decline_reason = 'system_failure' THEN 'incident' ELSE tag END AS name, ts,
    decline_reason FROM flows WHERE tag IN ('pending', 'declined', 'fee', 'due', 'large',
    'refund', 'redeemed', 'inflow', 'duplicate', 'risen', 'fallen', 'overdue', 'interest')
UNION ALL SELECT i, 'bill', ts, NULL FROM flows WHERE tag = 'due' AND category = 'card'
UNION ALL SELECT i, 'larger', ts, NULL FROM flows WHERE tag = 'large'
UNION ALL SELECT i, 'no_salary', p.usual::TIMESTAMP + INTERVAL 12 HOUR, NULL FROM paydays_due AS p JOIN lives USING (i)
    WHERE (missed OR day > usual) AND (NOT away(n, lives.unpaid_n, lives.back_n)
        OR (cause = 'salary' AND n < lives.unpaid_n + 45))
UNION ALL SELECT d.i, unnest(['maturing', 'rates']), d.matures::TIMESTAMP + INTERVAL 12 HOUR, NULL FROM deposits AS d
    WHERE NOT broken
UNION ALL SELECT i, 'locked', ts, NULL FROM logins WHERE fails
UNION ALL SELECT i, CASE why WHEN 'device' THEN 'locked' ELSE 'incident' END, ts, 'login_failure' FROM lockouts
UNION ALL SELECT i, 'payoff', ts, NULL FROM outs WHERE how = 'mortgage'
UNION ALL SELECT i, 'reset', day_of_number(n)::TIMESTAMP + INTERVAL 12 HOUR, NULL FROM resets WHERE n >= -10
UNION ALL SELECT i, 'document', day_of_number(document_n)::TIMESTAMP + INTERVAL 12 HOUR, NULL FROM lives
    WHERE document_n BETWEEN 0 AND getvariable('length') + 60;

CREATE OR REPLACE TABLE calls AS
WITH draws AS (
    SELECT o.*, (hash(i || name || ts) >> 2)::BIGINT AS id FROM occasions AS o
), led AS (
    SELECT d.i, id, CASE c.topic WHEN '' THEN r.topic ELSE c.topic END AS topic,
        CASE WHEN chance(id, 'complains') < CASE d.name WHEN 'fee' THEN 0.12 WHEN 'declined' THEN 0.12
            WHEN 'duplicate' THEN 0.25 ELSE 0.02 END THEN 'complaint' ELSE 'question' END AS kind,
        d.ts + to_seconds(floor(86400 * (c.first + (c.last - c.first) * chance(id, 'call after')))::BIGINT) AS ts,
        d.name IN ('declined', 'locked', 'pending') AS urgent, 'event' AS why
    FROM draws AS d JOIN caused AS c USING (name) JOIN lives AS v USING (i)
        LEFT JOIN decline_reasons AS r ON r.name = d.decline_reason
    WHERE chance(id, 'calls') < CASE WHEN v.cause = 'offer' AND d.name = 'rates'
        AND day_number(d.ts) BETWEEN left_n - 56 AND left_n THEN 0.9 ELSE c.share END
    UNION ALL
    SELECT d.i, id, CASE d.decline_reason WHEN 'login_failure' THEN 'otp_face' ELSE 'transfer_blocked' END,
        CASE WHEN chance(id, 'complains') < 0.2 THEN 'complaint' ELSE 'question' END,
        d.ts + to_seconds(whole(300, 20000, id, 'call after')), true, 'incident'
    FROM draws AS d WHERE name = 'incident' AND chance(id, 'calls') < getvariable('incident_calls')
    UNION ALL
    SELECT i, id, topic, 'complaint', at_hour(day_of_number(start_n + whole(0, days, id, 'complaint day')), 9, 21, id,
        'complaint hour'), false, 'pain'
    FROM (
        SELECT i, i * 100 + k AS id, left_n - lag AS start_n, 28 AS days, pick(getvariable('complaint_topics_wheel'),
            i * 10 + k // 2, 'pain') AS topic
        FROM lives CROSS JOIN range(3) AS r(k) WHERE cause = 'service' AND (k < 2 OR chance(i, 'third complaint') < 0.6)
        UNION ALL
        SELECT i, id * 100 + k, start_n, 25, pick(getvariable('complaint_topics_wheel'), id * 10 + k // 2, 'pain')
        FROM happenings CROSS JOIN range(3) AS r(k) WHERE name = 'pain'
            AND (k < 1 OR chance(id * 10 + k, 'more complaints') < 0.6)
    )
    UNION ALL
    SELECT v.i, id, pick(getvariable('chatter_topics_wheel'), id, 'chatter topic'),
        CASE WHEN chance(id, 'complains') < 0.06 THEN 'complaint' WHEN chance(id, 'complains') < 0.14 THEN 'request'
             WHEN chance(id, 'complains') < 0.16 THEN 'praise' ELSE 'question' END,
        day_of_number(m.n + whole(0, m.length - 1, id, 'chatter day'))::TIMESTAMP
            + to_seconds(pick(getvariable('hours_wheel'), id, 'chatter hour') * 3600 + whole(0, 3599, id, 'chatter minute')),
        false, 'chatter'
    FROM (SELECT i, gone_n, back_n, i * 1000 + m AS id, m FROM lives CROSS JOIN (SELECT m FROM months)) AS v
    JOIN months AS m USING (m)
    WHERE chance(id, 'chatter') < getvariable('chatter') AND NOT away(m.n, gone_n, back_n)
    UNION ALL  -- a new version of the app, a payday
    SELECT v.i, v.i * 1000 + 700 + d.n % 100, CASE d.what WHEN 'payday' THEN 'salary_arrival'
            ELSE pick(['password_device', 'otp_face'], v.i * 1000 + d.n % 100, 'release topic') END, 'question',
        day_of_number(d.n)::TIMESTAMP + to_seconds(pick(getvariable('hours_wheel'), v.i * 1000 + d.n, 'day hour') * 3600
            + whole(0, 3599, v.i * 1000 + d.n, 'day minute')), true, d.what
    FROM lives AS v JOIN (
        SELECT n, 'release' AS what, NULL AS payday FROM days WHERE month(day) % 3 = 2 AND day(day) = 20
        UNION ALL SELECT p.n, 'payday', d.name FROM paydays AS d JOIN days AS c ON day(c.day) = d.name
            JOIN days AS p ON p.day = c.paid_on) AS d ON d.what = 'release' OR (v.paid = 'salary' AND v.payday = d.payday)
    WHERE d.n BETWEEN greatest(v.opened_n, 0) AND getvariable('length') - 1 AND NOT away(d.n, left_n, back_n)
        AND chance(v.i * 1000 + d.n, 'day asks ' || d.what)
            < CASE d.what WHEN 'release' THEN getvariable('release_calls') ELSE getvariable('payday_calls') END
), awake AS (  -- nobody calls in the small hours; some wait for the next working day
    SELECT l.* REPLACE (CASE WHEN NOT urgent AND NOT d.working AND chance(id, 'waits for Monday')
                < getvariable('weekend_waits') THEN (w.next_working + (ts - ts::DATE))
            WHEN hour(ts) < 7 THEN ts + INTERVAL 8 HOUR ELSE ts END AS ts)
    FROM led AS l LEFT JOIN days AS d ON d.day = l.ts::DATE
    LEFT JOIN (SELECT n, min(day) FILTER (working) OVER (ORDER BY n ROWS BETWEEN 1 FOLLOWING AND 12 FOLLOWING)
        AS next_working FROM days) AS w ON w.n = d.n
)
SELECT i, id, topic, kind, CASE WHEN hour(ts) < 7 THEN ts + INTERVAL 8 HOUR ELSE ts END AS ts, why, root_ts FROM (
    SELECT i, id, topic, kind, ts, why, ts AS root_ts FROM awake
    UNION ALL
    SELECT i, id + 1, topic, kind, ts + to_seconds(whole(30000, 500000, id, 'follows up')), 'follow up', ts FROM awake
        WHERE chance(id, 'follow up') < getvariable('follow_up')
    UNION ALL
    SELECT i, id + 2, 'case_progress', 'question', ts + to_seconds(whole(200000, 900000, id, 'asks after')),
        'asks after', ts
    FROM awake WHERE kind = 'complaint' AND chance(id, 'asks after') < 0.2);
