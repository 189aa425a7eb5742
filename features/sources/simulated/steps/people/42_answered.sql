-- What pre-answers and calls do to questions. An answer in time keeps those from asking whom it suits; some ask because of
-- it. A service call soothes people in pain.
-- Where people are made again, what they asked before a call changed them stays as it was.
CREATE OR REPLACE TABLE calls AS
WITH turned AS (
    SELECT i, day_of_number(coalesce(kept_n, called_n + 1))::TIMESTAMP AS at_ FROM lives
    WHERE kept_n IS NOT NULL OR called_n IS NOT NULL
)
SELECT c.* FROM calls AS c LEFT JOIN turned AS t USING (i) WHERE t.i IS NULL OR c.ts >= t.at_
UNION ALL
SELECT c.* FROM known_calls AS c JOIN turned AS t USING (i) WHERE c.ts < t.at_;

CREATE OR REPLACE TABLE wished AS FROM calls;

CREATE OR REPLACE TABLE topic_types AS
SELECT l.i, t.name AS topic, CASE WHEN chance(l.i * 100 + t.position, 'pre-answer') < t.avoids THEN 'avoids'
    WHEN chance(l.i * 100 + t.position, 'pre-answer') >= 1 - t.causes THEN 'causes' END AS effect
FROM lives AS l CROSS JOIN topic_effects AS t;

CREATE OR REPLACE TABLE answered AS
SELECT a.i, a.topic, a.n, a.n + getvariable('pre_answer_days') AS until_n FROM actions AS a
JOIN topic_types AS t ON t.i = a.i AND t.topic = a.topic AND t.effect = 'avoids' WHERE a.kind = 'pre_answer'
UNION ALL
SELECT c.i, c.topic, c.n + 1, c.n + 1 + getvariable('call_days') FROM (SELECT i, unnest(topics) AS topic, n FROM calls_made)
    AS c JOIN topic_types AS t ON t.i = c.i AND t.topic = c.topic AND t.effect = 'avoids';

DELETE FROM calls WHERE kind IN ('question', 'request') AND EXISTS (FROM answered AS a WHERE a.i = calls.i
    AND a.topic = calls.topic AND calls.root_ts >= day_of_number(a.n) AND calls.root_ts < day_of_number(a.until_n));
DELETE FROM calls WHERE kind IN ('question', 'request') AND EXISTS (FROM answered AS a WHERE a.i = calls.i
    AND a.topic = calls.topic AND calls.ts >= day_of_number(a.n) AND calls.ts < day_of_number(a.until_n));
DELETE FROM calls WHERE why IN ('pain', 'follow up', 'asks after') AND chance(i, 'soothed') < getvariable('soothed')
    AND EXISTS (FROM calls_made AS c WHERE c.i = calls.i AND c.kind = 'service' AND calls.ts >= day_of_number(c.n + 1)
        AND calls.ts < day_of_number(c.n + 30));

-- Who is made to ask asks once a topic, an hour to a day and a half after the first pre-answer.
INSERT INTO calls
SELECT i, i * 1000 + 600 + length(topic), topic, 'question', ts, 'caused', ts FROM (
    SELECT a.i, a.topic, day_of_number(min(a.n))::TIMESTAMP
        + to_seconds(whole(36000, 126000, a.i * 100 + length(a.topic), 'asks because')) AS ts
    FROM actions AS a JOIN topic_types AS t ON t.i = a.i AND t.topic = a.topic AND t.effect = 'causes'
    WHERE a.kind = 'pre_answer' GROUP BY a.i, a.topic);
