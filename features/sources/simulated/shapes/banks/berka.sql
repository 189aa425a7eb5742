-- The months in which every transaction is there; an account counts as a customer. Days have no time.
INSERT INTO moves
SELECT 'berka', CAST(account_id AS VARCHAR), CAST("date" AS DATE), NULL,
    CAST(CASE WHEN "type" = 'PRIJEM' THEN amount ELSE -amount END AS DOUBLE)
FROM read_parquet('$data/berka/trans_partial.parquet') WHERE "date" < DATE '1994-04-01';
