-- Who leaves, why, and when: left_n is the day on which the money starts to go, traces begin lag days before.
CREATE OR REPLACE TABLE lives AS
WITH drawn AS (
    SELECT p.*,
        chance(i, 'leaves') < getvariable('leave_in_90_days') * (getvariable('length') + 15) / 90.0 AS leaves,
        60 + floor(chance(i, 'left') * (getvariable('length') + 15))::BIGINT AS drawn_n,
        pick(getvariable('causes_wheel'), i, 'cause') AS drawn_cause,
        whole(getvariable('lag_least'), getvariable('lag_most'), i, 'lag') AS lag
    FROM people AS p
), offers AS (
    SELECT i, arg_min(k, chance(i * 100 + k, 'which rung')) AS offer_rung
    FROM ladder WHERE upper AND matures_n BETWEEN 20 AND getvariable('length') + 30 GROUP BY i
), caused AS (
    SELECT d.*, o.offer_rung,
        CASE WHEN NOT leaves OR tight THEN NULL
             WHEN upper AND offer_rung IS NOT NULL AND drawn_cause IN ('offer', 'none', 'drift') THEN 'offer'
             WHEN drawn_cause = 'offer' AND paid = 'salary' THEN 'salary'
             WHEN drawn_cause = 'offer' OR (drawn_cause = 'salary' AND paid <> 'salary') THEN 'drift'
             ELSE drawn_cause END AS cause
    FROM drawn AS d LEFT JOIN offers AS o USING (i)
), dated AS (
    SELECT c.*, CASE WHEN cause = 'offer' THEN l.matures_n + whole(18, 55, c.i, 'after maturity')
                     WHEN cause IS NOT NULL THEN drawn_n END AS wanted_n
    FROM caused AS c LEFT JOIN ladder AS l ON l.i = c.i AND l.k = c.offer_rung AND c.cause = 'offer'
), settled AS (
    SELECT * EXCLUDE (cause, wanted_n, drawn_n, drawn_cause, leaves),
        CASE WHEN wanted_n > opened_n + 140 THEN cause END AS cause,
        CASE WHEN wanted_n > opened_n + 140 THEN wanted_n END AS left_n
    FROM dated
)
SELECT *, left_n + whole(2, 20, i, 'speed') AS gone_n,
    getvariable('kept_least') + (getvariable('kept_most') - getvariable('kept_least')) * chance(i, 'kept') AS kept,
    CASE cause WHEN 'drift' THEN left_n - 75 WHEN 'salary' THEN left_n - lag + 8 ELSE left_n END AS first_out_n,
    chance(i, 'closes') < getvariable('save_account_closed') AS closes,
    CASE WHEN cause = 'salary' OR chance(i, 'how') < 0.65 THEN 'own'
         WHEN chance(i, 'how') < 0.85 THEN 'platform' ELSE 'person' END AS how,
    CASE WHEN cause = 'salary' THEN left_n - lag WHEN cause IS NOT NULL THEN left_n END AS unpaid_n
FROM settled;

-- Deposits as they come to be: nobody renews after leaving began; what still runs when the rest has gone is broken that day.
CREATE OR REPLACE TABLE deposits AS
SELECT l.i, l.k, l.principal, l.starts, l.matures, l.starts_n, l.matures_n,
    account(l.i, printf('T%02d', l.k + 1)) AS account_id,
    0.011 + 0.002 * (term_months // 6) AS rate,
    least(l.matures_n, CASE WHEN v.gone_n > l.starts_n THEN v.gone_n END) AS ends_n,
    coalesce(v.gone_n < l.matures_n, false) AS broken
FROM ladder AS l JOIN lives AS v USING (i)
WHERE l.starts_n < coalesce(v.first_out_n, 100000)
    AND (v.cause IS DISTINCT FROM 'offer' OR l.k <= v.offer_rung) AND l.starts_n > v.opened_n;
