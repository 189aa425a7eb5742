-- What happens to people besides: one draw a slot of 60 days, at a phase of their own. Nobody who is leaving has
-- other adventures.
CREATE OR REPLACE TABLE happenings AS
WITH chances AS (
    SELECT name, sum(mass) OVER w - mass AS mass_from, sum(mass) OVER w AS mass_to,
        sum(upper) OVER w - upper AS upper_from, sum(upper) OVER w AS upper_to
    FROM episodes WINDOW w AS (ORDER BY position)
), slots AS (
    SELECT v.*, i * 1000 + s AS id, (s - 1) * 60 + whole(0, 59, i, 'phase') + whole(0, 15, i * 1000 + s,
        'start') AS start_n
    FROM lives AS v, range(0, getvariable('length') // 60 + 3) AS r(s)
)
SELECT s.i, s.id, c.name, start_n,
    start_n + CASE c.name WHEN 'bridge' THEN whole(12, 34, id, 'stays') WHEN 'elsewhere' THEN whole(8, 30, id, 'stays')
                          WHEN 'inflow' THEN whole(5, 40, id, 'stays') WHEN 'quiet' THEN whole(45, 75, id, 'stays')
                          WHEN 'gap' THEN whole(50, 64, id, 'stays') WHEN 'pain' THEN 25 WHEN 'travel' THEN 14
                          ELSE 0 END AS end_n
FROM slots AS s JOIN chances AS c ON
    CASE WHEN upper THEN chance(id, 'happening') >= upper_from AND chance(id, 'happening') < upper_to
         ELSE chance(id, 'happening') >= mass_from AND chance(id, 'happening') < mass_to END
WHERE start_n >= 5 AND start_n < getvariable('length') AND start_n > opened_n + 40
    AND (left_n IS NULL OR start_n < left_n - 130)
    AND (c.name <> 'gap' OR paid = 'salary') AND (c.name <> 'payoff' OR has_mortgage)
    AND NOT (tight AND c.name IN ('bridge', 'house', 'elsewhere', 'payoff', 'inflow'))
    AND NOT (left_n IS NOT NULL AND c.name IN ('house', 'payoff'))
-- Money that never comes back can be spent only once.
QUALIFY c.name NOT IN ('bridge', 'house', 'elsewhere', 'payoff') OR coalesce(bool_or(c.name IN ('house', 'payoff'))
    OVER (PARTITION BY s.i ORDER BY start_n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), false) = false;
