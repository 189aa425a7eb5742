-- A closed account is a second version of its row, known from the closing on.
SELECT account_id, customer_id, product, currency, opened_on, closed_on, credit_limit, rate, matures_on, due_day,
    statement_day, _file, _line,
    utc(known_at) AS known_at
FROM read_parquet('accounts.parquet')
