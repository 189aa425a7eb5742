-- The bank tells an age, of 2026. Known from the opening day on. When somebody left is no column of the contract. The casts
-- let the same SELECT read the bank's files as text.
SELECT CAST(customer_id AS VARCHAR) AS customer_id, opened_on, 2026 - TRY_CAST(age AS INTEGER) AS birth_year,
    CASE segment WHEN 'retail' THEN 'mass' WHEN 'young' THEN 'mass' WHEN 'premium' THEN 'affluent' ELSE segment END AS segment,
    _file, _line,
    utc(TRY_CAST(opened_on AS TIMESTAMP)) AS known_at
FROM read_parquet('customers.parquet')
