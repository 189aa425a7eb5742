-- x hour of the day, y share of contacts; banks without a time of day are left out.
WITH counted AS (SELECT bank, hour(ts) AS x, count(*) AS n FROM contacts WHERE ts IS NOT NULL GROUP BY bank, x),
every AS (SELECT bank, unnest(range(24)) AS x FROM (SELECT DISTINCT bank FROM counted))
SELECT bank, x, coalesce(n, 0) / sum(n) OVER (PARTITION BY bank) AS y FROM every LEFT JOIN counted USING (bank, x)
ORDER BY bank, x
