-- The bank hands over no accounts: they are those that transactions name, each opened with its customer. The place of an
-- account is the first row that names it.
WITH named AS (
    SELECT account_id, customer_id, min({'_file': _file, '_line': _line}) AS place
    FROM read_parquet('tx/*.parquet')
    GROUP BY ALL
)
SELECT CAST(n.account_id AS VARCHAR) AS account_id, CAST(n.customer_id AS VARCHAR) AS customer_id, 'current' AS product,
    'CNY' AS currency, c.opened_on,
    n.place._file AS _file, n.place._line AS _line,
    utc(TRY_CAST(c.opened_on AS TIMESTAMP)) AS known_at
FROM named AS n
LEFT JOIN read_parquet('customers.parquet') AS c USING (customer_id)
