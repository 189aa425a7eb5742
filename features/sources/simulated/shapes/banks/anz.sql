INSERT INTO moves
SELECT 'anz', customer_id, CAST(CAST(extraction AS TIMESTAMP) AS DATE), CAST(extraction AS TIMESTAMP),
    CASE WHEN movement = 'credit' THEN CAST(amount AS DOUBLE) ELSE -CAST(amount AS DOUBLE) END
FROM (SELECT * REPLACE (replace(extraction, '+0000', '') AS extraction)
    FROM read_csv('$data/anz_synth_transactions/anz_transactions.csv.gz', all_varchar = true));
