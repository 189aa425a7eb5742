-- x days, y share of contacts of known customers that come within so many days of that customer's last one.
WITH since AS (
    SELECT bank, coalesce(epoch(ts - lag(ts) OVER each) / 86400, day - lag(day) OVER each) AS days
    FROM contacts WHERE customer IS NOT NULL WINDOW each AS (PARTITION BY bank, customer ORDER BY day, ts)
), spans AS (SELECT unnest([1, 2, 3, 5, 7, 10, 14, 21, 30]) AS x)
SELECT bank, x, avg(CAST(coalesce(days <= x, false) AS DOUBLE)) AS y FROM since, spans GROUP BY bank, x ORDER BY bank, x
