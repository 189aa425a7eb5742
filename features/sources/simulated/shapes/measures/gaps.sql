-- Days from one active day of a customer to the next: x days, y share of gaps that are no longer.
WITH active AS (SELECT DISTINCT bank, customer, day FROM moves),
gaps AS (SELECT bank, day - lag(day) OVER (PARTITION BY bank, customer ORDER BY day) AS gap FROM active),
spans AS (SELECT unnest([1, 2, 3, 4, 5, 7, 10, 14, 21, 30]) AS x)
SELECT bank, x, avg(CAST(gap <= x AS DOUBLE)) AS y FROM gaps, spans WHERE gap IS NOT NULL
GROUP BY bank, x ORDER BY bank, x
