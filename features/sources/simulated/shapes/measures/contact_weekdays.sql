-- x day of the week (1 is Monday), y share of contacts.
SELECT bank, isodow(day) AS x, count(*) / sum(count(*)) OVER (PARTITION BY bank) AS y
FROM contacts GROUP BY bank, x ORDER BY bank, x
