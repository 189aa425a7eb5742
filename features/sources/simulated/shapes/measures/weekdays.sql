-- x day of the week (1 is Monday), y share of transactions.
SELECT bank, isodow(day) AS x, count(*) / sum(count(*)) OVER (PARTITION BY bank) AS y
FROM moves GROUP BY bank, x ORDER BY bank, x
