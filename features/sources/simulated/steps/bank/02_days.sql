-- Days of the period and around it, counted from the first day; the working days of the holiday calendar.
SET VARIABLE end_day = (getvariable('first_day') + to_months(getvariable('months')))::DATE;
SET VARIABLE length = datediff('day', getvariable('first_day'), getvariable('end_day'));

CREATE OR REPLACE TABLE days AS
WITH every AS (
    SELECT n::BIGINT AS n, (getvariable('first_day') + n::INTEGER)::DATE AS day
    FROM range(-400, getvariable('length') + 400) AS r(n)
), marked AS (
    SELECT n, every.day, h.day IS NOT NULL AS off, w.name IS NOT NULL AS make_up
    FROM every LEFT JOIN holidays AS h ON h.day = every.day LEFT JOIN make_up_workdays AS w ON w.name = every.day
), known AS (
    -- a weekend between two days off belongs to the holidays
    SELECT n, day, make_up, NOT make_up AND (off OR (isodow(day) > 5
        AND bool_or(off) OVER (ORDER BY n ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING)
        AND bool_or(off) OVER (ORDER BY n ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING))) AS holiday
    FROM marked
)
SELECT n, day, holiday, make_up, make_up OR (isodow(day) <= 5 AND NOT holiday) AS working,
    max(CASE WHEN make_up OR (isodow(day) <= 5 AND NOT holiday) THEN day END) OVER (ORDER BY n) AS paid_on
FROM known;

CREATE OR REPLACE TABLE months AS
SELECT m, first, last_day(first) AS last, datediff('day', getvariable('first_day'), first) AS n,
    day(last_day(first)) AS length
FROM (SELECT m::BIGINT AS m, (getvariable('first_day') + to_months(m::INTEGER))::DATE AS first
      FROM range(getvariable('months')) AS r(m));

CREATE OR REPLACE MACRO day_number(day) AS datediff('day', getvariable('first_day'), day::DATE);
CREATE OR REPLACE MACRO day_of_number(n) AS (getvariable('first_day') + n::INTEGER)::DATE;
