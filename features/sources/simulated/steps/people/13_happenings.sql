-- What happens to people besides: one draw a slot of 60 days, at a phase of their own. Nobody who is leaving has
-- other adventures.
CREATE OR REPLACE TABLE happenings AS
WITH chances AS (
    SELECT name, sum(mass) OVER w - mass AS mass_from, sum(mass) OVER w AS mass_to,
        sum(upper) OVER w - upper AS upper_from, sum(upper) OVER w AS upper_to
    FROM episodes WINDOW w AS (ORDER BY position)
), slots AS (
    SELECT f.*, i * 1000 + s AS id, chance(i * 1000 + s, 'happening') AS drawn,
        (s - 1) * 60 + whole(0, 59, i, 'phase') + whole(0, 15, i * 1000 + s, 'start') AS start_n,
        EXISTS (FROM care_types AS t WHERE t.i = f.i AND t.type = 'sleeping dog') AS disturbable
    FROM fates AS f, range(0, getvariable('length') // 60 + 3) AS r(s)
)
SELECT s.i, s.id, c.name, start_n,
    start_n + CASE c.name WHEN 'bridge' THEN whole(12, 34, id, 'stays') WHEN 'elsewhere' THEN whole(8, 30, id, 'stays')
                          WHEN 'inflow' THEN whole(1, 40, id, 'stays') WHEN 'quiet' THEN whole(45, 75, id, 'stays')
                          WHEN 'gap' THEN whole(50, 64, id, 'stays') WHEN 'pain' THEN 25 WHEN 'travel' THEN 14
                          WHEN 'job_loss' THEN whole(95, 150, id, 'stays') WHEN 'squeeze' THEN 150
                          WHEN 'rush' THEN 62 WHEN 'baby' THEN 300 WHEN 'move' THEN 20 ELSE 0 END AS end_n
FROM slots AS s JOIN chances AS c ON
    CASE WHEN upper THEN drawn >= upper_from AND drawn < upper_to ELSE drawn >= mass_from AND drawn < mass_to END
WHERE start_n >= 5 AND start_n < getvariable('length') AND start_n > opened_n + 40
    AND (left_n IS NULL OR start_n < left_n - 130)
    AND (c.name NOT IN ('gap', 'job_loss', 'raise', 'cut') OR (paid = 'salary' AND retires_n IS NULL))
    AND (c.name <> 'payoff' OR (has_mortgage AND mortgage_n IS NULL))
    AND (c.name <> 'squeeze' OR has_card) AND (c.name <> 'payee' OR age >= 65)
    AND (c.name <> 'baby' OR age BETWEEN 23 AND 42) AND (c.name <> 'rush' OR persona <> 'branch')
    AND (c.name <> 'job_loss' OR start_n < coalesce(left_n, 100000) - 300)
    AND NOT (tight AND c.name IN ('bridge', 'house', 'elsewhere', 'payoff', 'inflow', 'squeeze', 'rush', 'job_loss'))
    AND NOT ((left_n IS NOT NULL OR disturbable) AND c.name IN ('house', 'payoff'))
-- Money that never comes back can be spent only once.
QUALIFY c.name NOT IN ('bridge', 'house', 'elsewhere', 'payoff') OR coalesce(bool_or(c.name IN ('house', 'payoff'))
    OVER (PARTITION BY s.i ORDER BY start_n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), false) = false;
