-- A contact as it arrived, and again when it was settled.
CREATE OR REPLACE TABLE hand_contacts AS
SELECT contact_id, printf('C%07d', i) AS customer_id, ts, channel, topic AS topic_id, text, kind,
    NULL::TIMESTAMP AS first_response_at,
    NULL::TIMESTAMP AS resolved_at, false AS reopened, NULL::BIGINT AS handle_seconds, agent_id, NULL::BIGINT AS csat,
        NULL::BIGINT AS nps, case_id,
    ts + INTERVAL 1 MINUTE AS known_at
FROM conversations
UNION ALL
SELECT contact_id, printf('C%07d', i), ts, channel, topic, text, kind, first_response_at, resolved_at, reopened,
    handle_seconds, agent_id, csat, nps, case_id,
    greatest(resolved_at, coalesce(first_response_at, resolved_at)) + INTERVAL 10 MINUTE
FROM conversations WHERE resolved_at < getvariable('end_day')
ORDER BY customer_id, ts, contact_id, known_at;
