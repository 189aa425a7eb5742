-- Ladders of term deposits: one account a deposit, renewed on the day it matures until one is not.
CREATE OR REPLACE TABLE ladder AS
WITH holders AS (
    SELECT i, upper, pick(getvariable('term_months_wheel'), i, 'term length') AS term_months,
        greatest(10000, round(term * exp(0.55 * normal(i, 'principal')) / 10000) * 10000)::BIGINT * 100 AS principal,
        CASE WHEN opened_n > -60 THEN greatest(opened_n, 0) + whole(5, 60, i, 'first term')
             WHEN chance(i, 'joins term') < getvariable('joins_term') THEN whole(20, getvariable('length') * 8 // 10, i,
                 'first term')
             END AS later_n
    FROM people WHERE has_term
), started AS (
    SELECT *, coalesce(later_n, -whole(1, term_months * 30, i, 'first term')) AS first_n FROM holders
), rungs AS (
    SELECT *, unnest(range(0, 2 + (getvariable('length') - first_n) // (term_months * 30)))::BIGINT AS k FROM started
), dated AS (
    SELECT i, upper, k, principal, term_months,
        (day_of_number(first_n) + to_months((k * term_months)::INTEGER))::DATE AS starts,
        (day_of_number(first_n) + to_months(((k + 1) * term_months)::INTEGER))::DATE AS matures,
        chance(i * 100 + k, 'not renewed') < getvariable('term_not_renewed') AS stays_out
    FROM rungs
)
SELECT *, day_number(starts) AS starts_n, day_number(matures) AS matures_n
FROM dated
QUALIFY coalesce(bool_or(stays_out) OVER (PARTITION BY i ORDER BY k ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
    false) = false
    AND day_number(starts) < getvariable('length');
