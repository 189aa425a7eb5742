-- Amounts without their sign, as multiples of the bank's median: x quantile of transactions, y multiple.
SELECT bank, unnest([n / 50.0 FOR n IN range(1, 50)]) AS x,
    unnest(list_transform(quantile_cont(abs(amount), [n / 50.0 FOR n IN range(1, 50)]), q -> q / median(abs(amount)))) AS y
FROM moves WHERE amount <> 0 GROUP BY bank ORDER BY bank, x
