-- Transactions in 30 days of each customer, from the first one to the bank's last day: x customers' quantile, y how many.
WITH ends AS (SELECT bank, max(day) AS last FROM moves GROUP BY bank),
rates AS (
    SELECT bank, customer, 30.0 * count(*) / (any_value(last) - min(day) + 1) AS rate
    FROM moves JOIN ends USING (bank) GROUP BY bank, customer HAVING any_value(last) - min(day) >= 29
)
SELECT bank, unnest([n / 50.0 FOR n IN range(1, 50)]) AS x,
    unnest(quantile_cont(rate, [n / 50.0 FOR n IN range(1, 50)])) AS y
FROM rates GROUP BY bank ORDER BY bank, x
