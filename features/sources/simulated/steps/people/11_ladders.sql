-- Ladders of what matures: term deposits (shelf T) and wealth products with an end (shelf V), one account a rung, renewed
-- on the day it matures until one is not.
CREATE OR REPLACE TABLE ladder AS
WITH holders AS (
    SELECT i, upper, opened_n, 'T' AS shelf, 0 AS first_k,
        pick(getvariable('term_months_wheel'), i, 'term length') AS term_months,
        greatest(10000, round(term * exp(0.55 * normal(i, 'principal')) / 10000) * 10000)::BIGINT * 100 AS principal
    FROM people WHERE has_term
    UNION ALL
    SELECT i, upper, opened_n, 'V', 50, [3, 3, 6][whole(1, 3, i, 'product length')],
        greatest(10000, round(wealth * 0.5 * exp(0.5 * normal(i, 'product')) / 10000) * 10000)::BIGINT * 100
    FROM people WHERE has_wealth AND chance(i, 'ends') < getvariable('ends_share')
), started AS (
    SELECT *, i * 2 + CASE shelf WHEN 'V' THEN 1 ELSE 0 END AS id FROM holders
), joined AS (
    SELECT *, coalesce(CASE
        WHEN opened_n > -60 THEN greatest(opened_n, 0) + whole(5, 60, id, 'first term')
        WHEN chance(id, 'joins term') < getvariable('joins_term')
            THEN whole(20, getvariable('length') * 8 // 10, id, 'first term') END,
        -whole(1, term_months * 30, id, 'first term')) AS first_n
    FROM started
), rungs AS (
    SELECT *, unnest(range(0, 2 + (getvariable('length') - first_n) // (term_months * 30)))::BIGINT AS rung FROM joined
), dated AS (
    SELECT i, upper, shelf, (first_k + rung) AS k, principal, term_months,
        (day_of_number(first_n) + to_months((rung * term_months)::INTEGER))::DATE AS starts,
        (day_of_number(first_n) + to_months(((rung + 1) * term_months)::INTEGER))::DATE AS matures,
        chance(id * 100 + rung, 'not renewed') < getvariable('term_not_renewed') AS stays_out
    FROM rungs
)
SELECT *, day_number(starts) AS starts_n, day_number(matures) AS matures_n
FROM dated
QUALIFY coalesce(bool_or(stays_out) OVER (PARTITION BY i, shelf ORDER BY k
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), false) = false
    AND day_number(starts) < getvariable('length');
