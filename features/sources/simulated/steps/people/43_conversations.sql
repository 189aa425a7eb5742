-- Contacts as the bank keeps them: channel, words, and how they were settled.
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
        chance(id, 'unresolved') < getvariable('unresolved') * 0.1 AS unresolved,
        CASE WHEN kind = 'complaint' THEN whole(3600, 172800, id, 'response') WHEN channel IN ('phone', 'branch')
            THEN whole(10, 240, id, 'response')
             ELSE whole(60, 14400, id, 'response') END AS response,
        CASE WHEN chance(id, 'unresolved') < getvariable('unresolved') THEN whole(2160000, 6900000, id, 'resolution')
            WHEN kind IN ('complaint', 'request') AND chance(id, 'slow') < getvariable('slow')
                THEN whole(1209600, 2419200, id, 'resolution')
            WHEN kind = 'complaint' THEN whole(86400, 691200, id, 'resolution')
            ELSE whole(180, 100000, id, 'resolution') END AS resolution
    FROM known
), worded AS (
    SELECT h.*, language = 'en' AND chance(id, 'english text') < getvariable('english_text') AS english, t.zh, t.en
    FROM handled AS h JOIN topics AS t ON t.name = h.topic
), said AS (
    SELECT * EXCLUDE (zh, en), CASE WHEN english
         THEN pick(CASE kind WHEN 'complaint' THEN getvariable('angry_en') WHEN 'praise' THEN getvariable('praise_en')
             ELSE getvariable('openings_en') END, id, 'opening') || pick(en, id, 'core')
             || CASE WHEN why = 'follow up' THEN pick(getvariable('again_en'), id, 'again') ELSE '' END
             || pick(getvariable('closings_en'), id, 'closing')
         ELSE pick(CASE kind WHEN 'complaint' THEN getvariable('angry_zh') WHEN 'praise' THEN getvariable('praise_zh')
             ELSE getvariable('openings_zh') END, id, 'opening') || pick(zh, id, 'core')
             || CASE WHEN why = 'follow up' THEN pick(getvariable('again_zh'), id, 'again') ELSE '' END
             || pick(getvariable('closings_zh'), id, 'closing') END AS meant,
        whole(2, 9, id, 'slip at')::INTEGER AS slip
    FROM worded
)
SELECT * EXCLUDE (meant, slip), CASE WHEN NOT forgotten THEN ts + to_seconds(response) END AS first_response_at,
    CASE WHEN NOT unresolved THEN ts + to_seconds(response + resolution) END AS resolved_at,
    whole(60, 1500, id, 'handle') AS handle_seconds, printf('AG%03d', whole(1, 60, id, 'agent')) AS agent_id,
    CASE WHEN kind IN ('complaint', 'request') THEN 'K' || contact_id END AS case_id,
    CASE WHEN chance(id, 'rates us') < 0.3 THEN CASE kind WHEN 'complaint' THEN whole(1, 4, id, 'csat')
        WHEN 'praise' THEN 5 ELSE whole(CASE WHEN why = 'follow up' THEN 1 ELSE 2 END, 5, id, 'csat') END END AS csat,
    CASE WHEN chance(id, 'recommends') < 0.1 THEN whole(CASE kind WHEN 'complaint' THEN 0 ELSE 5 END, CASE kind
        WHEN 'complaint' THEN 7 ELSE 10 END, id, 'nps') END AS nps,
    -- a slip of the finger: a sign left out, written twice, or two of them swapped
    CASE WHEN chance(id, 'slips') >= getvariable('typing_noise') OR length(meant) < slip + 2 THEN meant
        WHEN chance(id, 'slips') < getvariable('typing_noise') * 0.4 THEN meant[1:slip - 1] || meant[slip + 1:]
        WHEN chance(id, 'slips') < getvariable('typing_noise') * 0.7 THEN meant[1:slip] || meant[slip:]
        ELSE meant[1:slip - 1] || meant[slip + 1] || meant[slip] || meant[slip + 2:] END AS text
FROM said;
