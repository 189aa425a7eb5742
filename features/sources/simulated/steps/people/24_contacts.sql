-- Why people get in touch: what just happened to them, complaints of those in pain, and what we made no cause for.
CREATE OR REPLACE TABLE occasions AS
SELECT i, tag AS name, ts, decline_reason FROM flows WHERE tag IN ('pending', 'declined', 'fee', 'due', 'large',
    'refund', 'redeemed', 'inflow')
UNION ALL SELECT i, 'bill', ts, NULL FROM flows WHERE tag = 'due' AND category = 'card'
UNION ALL SELECT i, 'larger', ts, NULL FROM flows WHERE tag = 'large'
UNION ALL SELECT i, 'no_salary', p.usual::TIMESTAMP + INTERVAL 12 HOUR, NULL FROM paydays_due AS p JOIN lives USING (i)
    WHERE (missed OR day > usual) AND (cause IS NULL OR n < lives.unpaid_n
        OR (cause = 'salary' AND n < lives.unpaid_n + 45))
UNION ALL SELECT d.i, unnest(['maturing', 'rates']), d.matures::TIMESTAMP + INTERVAL 12 HOUR, NULL FROM deposits AS d
    WHERE NOT broken
UNION ALL SELECT i, 'locked', ts, NULL FROM logins WHERE fails
UNION ALL SELECT i, 'payoff', ts, NULL FROM outs WHERE how = 'mortgage';

CREATE OR REPLACE TABLE calls AS
WITH draws AS (
    SELECT o.*, (hash(i || name || ts) >> 2)::BIGINT AS id FROM occasions AS o
), led AS (
    SELECT d.i, id, CASE c.topic WHEN '' THEN r.topic ELSE c.topic END AS topic,
        CASE WHEN chance(id, 'complains') < CASE d.name WHEN 'fee' THEN 0.12 WHEN 'declined' THEN 0.12
            ELSE 0.02 END THEN 'complaint' ELSE 'question' END AS kind,
        d.ts + to_seconds(floor(86400 * (c.first + (c.last - c.first) * chance(id, 'call after')))::BIGINT) AS ts
    FROM draws AS d JOIN caused AS c USING (name) JOIN lives AS v USING (i)
        LEFT JOIN decline_reasons AS r ON r.name = d.decline_reason
    WHERE chance(id, 'calls') < CASE WHEN v.cause = 'offer' AND d.name = 'rates'
        AND day_number(d.ts) BETWEEN left_n - 56 AND left_n THEN 0.9 ELSE c.share END
    UNION ALL
    SELECT i, id, topic, 'complaint', at_hour(day_of_number(start_n + whole(0, days, id, 'complaint day')), 9, 21, id,
        'complaint hour')
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
        at_hour(day_of_number(m.n + whole(0, m.length - 1, id, 'chatter day')), 8, 22, id, 'chatter hour')
    FROM (SELECT *, i * 1000 + m AS id FROM lives CROSS JOIN (SELECT m FROM months)) AS v JOIN months AS m USING (m)
    WHERE chance(id, 'chatter') < getvariable('chatter') AND coalesce(m.n < gone_n, true)
), awake AS (  -- nobody calls in the small hours
    SELECT i, id, topic, kind, CASE WHEN hour(ts) < 7 THEN ts + INTERVAL 8 HOUR ELSE ts END AS ts FROM led
)
SELECT * FROM awake
UNION ALL
SELECT i, id + 1, topic, kind, ts + to_seconds(whole(30000, 500000, id, 'follows up')) FROM awake
    WHERE chance(id, 'follow up') < getvariable('follow_up')
UNION ALL
SELECT i, id + 2, 'case_progress', 'question', ts + to_seconds(whole(200000, 900000, id, 'asks after')) FROM awake
WHERE kind = 'complaint' AND chance(id, 'asks after') < 0.2;

CREATE OR REPLACE TABLE conversations AS
WITH known AS (
    SELECT c.*, v.language, v.age, printf('S%07d-%03d', c.i, row_number() OVER (PARTITION BY c.i ORDER BY c.ts, topic,
        c.kind, c.id)) AS contact_id,
        CASE WHEN age >= 65 AND chance(c.id, 'by phone') < 0.6 THEN 'phone'
            ELSE pick(getvariable('contact_channels_wheel'), c.id, 'contact channel') END AS channel
    FROM calls AS c JOIN lives AS v USING (i)
    WHERE c.ts >= v.opened_on AND c.ts >= getvariable('first_day') AND c.ts < getvariable('end_day')
), handled AS (
    SELECT *, kind = 'complaint' AND chance(id, 'no callback') < getvariable('complaint_no_callback') AS forgotten,
        kind = 'complaint' AND chance(id, 'reopened') < getvariable('complaint_reopened') AS reopened,
        chance(id, 'unresolved') < getvariable('unresolved') AS unresolved,
        CASE WHEN kind = 'complaint' THEN whole(3600, 172800, id, 'response') WHEN channel IN ('phone', 'branch')
            THEN whole(10, 240, id, 'response')
             ELSE whole(60, 14400, id, 'response') END AS response,
        CASE WHEN kind = 'complaint' THEN whole(86400, 691200, id, 'resolution') ELSE whole(180, 100000, id,
            'resolution') END AS resolution
    FROM known
)
SELECT h.*, CASE WHEN NOT forgotten THEN ts + to_seconds(response) END AS first_response_at,
    CASE WHEN NOT unresolved THEN ts + to_seconds(response + resolution) END AS resolved_at,
    whole(60, 1500, id, 'handle') AS handle_seconds, printf('AG%03d', whole(1, 60, id, 'agent')) AS agent_id,
    CASE WHEN kind IN ('complaint', 'request') THEN 'K' || contact_id END AS case_id,
    CASE WHEN chance(id, 'rates us') < 0.3 THEN CASE kind WHEN 'complaint' THEN whole(1, 4, id, 'csat')
        WHEN 'praise' THEN 5 ELSE whole(2, 5, id, 'csat') END END AS csat,
    CASE WHEN chance(id, 'recommends') < 0.1 THEN whole(CASE kind WHEN 'complaint' THEN 0 ELSE 5 END, CASE kind
        WHEN 'complaint' THEN 7 ELSE 10 END, id, 'nps') END AS nps,
    CASE WHEN language = 'en' AND chance(id, 'english text') < getvariable('english_text')
         THEN pick(CASE kind WHEN 'complaint' THEN getvariable('angry_en') ELSE getvariable('openings_en') END, id,
             'opening') || t.en || pick(getvariable('closings_en'), id, 'closing')
         ELSE pick(CASE kind WHEN 'complaint' THEN getvariable('angry_zh') ELSE getvariable('openings_zh') END, id,
             'opening') || t.zh || pick(getvariable('closings_zh'), id, 'closing') END AS text
FROM handled AS h JOIN topics AS t ON t.name = h.topic;
