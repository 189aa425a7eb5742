-- x number of contacts, y share of the customers with any contact who have at least so many.
WITH each AS (SELECT bank, count(*) AS n FROM contacts WHERE customer IS NOT NULL GROUP BY bank, customer),
steps AS (SELECT unnest([1, 2, 3, 4, 5, 7, 10, 15, 20, 30]) AS x)
SELECT bank, x, avg(CAST(n >= x AS DOUBLE)) AS y FROM each, steps GROUP BY bank, x ORDER BY bank, x
