-- Days of the period and around it, counted from the first day; the working days of the holiday calendar.
SET VARIABLE end_day = (getvariable('first_day') + to_months(getvariable('months')))::DATE;
SET VARIABLE length = datediff('day', getvariable('first_day'), getvariable('end_day'));

CREATE TABLE days AS
WITH every AS (
    SELECT n::BIGINT AS n, (getvariable('first_day') + n::INTEGER)::DATE AS day
    FROM range(-400, getvariable('length') + 400) AS r(n)
), known AS (
    SELECT n, day,
        EXISTS (FROM holidays AS h WHERE day BETWEEN h.first AND h.last) AS holiday,
        EXISTS (FROM make_up_workdays AS w WHERE w.name = day) AS make_up
    FROM every
)
SELECT n, day, holiday, make_up, make_up OR (isodow(day) <= 5 AND NOT holiday) AS working,
    max(CASE WHEN make_up OR (isodow(day) <= 5 AND NOT holiday) THEN day END) OVER (ORDER BY n) AS paid_on
FROM known;

CREATE TABLE months AS
SELECT m, first, last_day(first) AS last, datediff('day', getvariable('first_day'), first) AS n,
    day(last_day(first)) AS length
FROM (SELECT m::BIGINT AS m, (getvariable('first_day') + to_months(m::INTEGER))::DATE AS first
      FROM range(getvariable('months')) AS r(m));

CREATE MACRO day_number(day) AS datediff('day', getvariable('first_day'), day::DATE);
CREATE MACRO day_of_number(n) AS (getvariable('first_day') + n::INTEGER)::DATE;
