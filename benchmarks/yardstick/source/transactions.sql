-- The bank numbers nothing: a row is known by its file and line, so that rows of one instant keep the file's order. Rent and
-- direct debits are the contract's `other`; which way a transfer went is the sign of its amount. Amounts are binary
-- fractions here; intake takes them as the two decimals that they were written with, and sets any other aside.
SELECT parse_filename(_file, true) || ':' || lpad(CAST(_line AS VARCHAR), 9, '0') AS transaction_id,
    CAST(account_id AS VARCHAR) AS account_id, CAST(customer_id AS VARCHAR) AS customer_id,
    utc(TRY_CAST(ts AS TIMESTAMP)) AS ts, amount, balance_after,
    CASE type WHEN 'transfer_out' THEN 'transfer' WHEN 'transfer_in' THEN 'transfer' WHEN 'rent' THEN 'other'
        WHEN 'direct_debit' THEN 'other' ELSE type END AS kind,
    CASE channel WHEN 'mobile' THEN 'app' WHEN 'batch' THEN 'auto' ELSE channel END AS channel,
    CAST(counterparty AS VARCHAR) AS counterparty_id, own_transfer AS own_account, CAST(mcc AS VARCHAR) AS category,
    'booked' AS status,
    _file, _line,
    utc(TRY_CAST(ts AS TIMESTAMP)) AS known_at
FROM read_parquet('tx/*.parquet')
