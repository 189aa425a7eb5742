-- What would become of everybody without care. Some have a cause to leave: exposed_n is the day of its first trace, left_n
-- the day on which the money starts to go. Some of them stay after all: from back_n on they live as before.
CREATE OR REPLACE TABLE fates AS
WITH drawn AS (
    SELECT p.*, pick(getvariable('causes_wheel'), i, 'cause') AS drawn_cause,
        60 + floor(chance(i, 'left') * (getvariable('length') + 15))::BIGINT AS drawn_n,
        whole(getvariable('lag_least'), getvariable('lag_most'), i, 'lag') AS lag
    FROM people AS p
), offers AS (
    SELECT i, arg_min(k, chance(i * 100 + k, 'which rung')) AS offer_rung
    FROM ladder WHERE upper AND shelf = 'T' AND matures_n BETWEEN 20 AND getvariable('length') + 30 GROUP BY i
), caused AS (
    SELECT d.*, o.offer_rung,
        CASE WHEN tight THEN NULL
             WHEN upper AND offer_rung IS NOT NULL AND drawn_cause IN ('offer', 'none', 'drift') THEN 'offer'
             WHEN drawn_cause = 'offer' AND paid = 'salary' THEN 'salary'
             WHEN drawn_cause = 'offer' OR (drawn_cause = 'salary' AND (paid <> 'salary' OR retires_n IS NOT NULL))
                 THEN 'drift'
             ELSE drawn_cause END AS wanted
    FROM drawn AS d LEFT JOIN offers AS o USING (i)
), exposed AS (
    -- More are exposed than leave, by as many as stay after all.
    SELECT c.* EXCLUDE (wanted), k.stays AS stay_share, CASE WHEN chance(c.i, 'leaves')
            < getvariable('leave_in_90_days') / (1 - k.stays) * (getvariable('length') + 15) / 90.0
        THEN c.wanted END AS cause
    FROM caused AS c LEFT JOIN causes AS k ON k.name = c.wanted
), dated AS (
    SELECT e.*, CASE WHEN cause = 'offer' THEN l.matures_n + whole(18, 55, e.i, 'after maturity')
                     WHEN cause IS NOT NULL THEN drawn_n END AS wanted_n, l.matures_n AS offered_n
    FROM exposed AS e LEFT JOIN ladder AS l ON l.i = e.i AND l.k = e.offer_rung
), settled AS (
    SELECT * EXCLUDE (cause, wanted_n, drawn_n, drawn_cause),
        CASE WHEN wanted_n > opened_n + 140 THEN cause END AS cause,
        CASE WHEN wanted_n > opened_n + 140 THEN wanted_n END AS left_n
    FROM dated
)
SELECT * EXCLUDE (offered_n, stay_share), left_n + whole(2, 20, i, 'speed') AS gone_n,
    getvariable('kept_least') + (getvariable('kept_most') - getvariable('kept_least')) * chance(i, 'kept') AS kept,
    CASE cause WHEN 'service' THEN left_n - lag WHEN 'salary' THEN left_n - lag WHEN 'offer' THEN offered_n - 7
        WHEN 'drift' THEN left_n - 85 ELSE left_n END AS exposed_n,
    CASE cause WHEN 'drift' THEN left_n - 75 WHEN 'salary' THEN left_n - lag + 8 ELSE left_n END AS first_out_n,
    chance(i, 'closes') < getvariable('save_account_closed') AS closes,
    CASE WHEN cause = 'salary' OR chance(i, 'how') < 0.65 THEN 'own'
         WHEN chance(i, 'how') < 0.85 THEN 'platform' ELSE 'person' END AS how,
    CASE WHEN cause = 'salary' THEN left_n - lag WHEN cause IS NOT NULL THEN left_n END AS unpaid_n,
    CASE WHEN cause IS NOT NULL AND chance(i, 'stays') < stay_share THEN left_n END AS back_n,
    CASE WHEN cause IS NOT NULL THEN 1 - stay_share END AS leave_chance
FROM settled;

-- What a call of each kind does to each customer.
CREATE OR REPLACE TABLE care_types AS
SELECT f.i, k.name AS kind, CASE
    WHEN f.left_n IS NOT NULL AND f.back_n IS NULL
        THEN CASE WHEN chance(f.i, 'persuaded') < coalesce(e.share, 0) THEN 'persuadable' ELSE 'lost cause' END
    WHEN f.left_n IS NULL AND NOT tight AND chance(f.i, 'disturbed') < k.disturbs THEN 'sleeping dog'
    ELSE 'sure thing' END AS type
FROM fates AS f CROSS JOIN care_kinds AS k LEFT JOIN every_kind AS e ON e.cause = f.cause AND e.kind = k.name;
