-- The contract has no e-mail among its channels: such a contact has none. One that was resolved was so at once; the bank
-- tells no other moment.
SELECT parse_filename(_file, true) || ':' || lpad(CAST(_line AS VARCHAR), 9, '0') AS contact_id,
    CAST(customer_id AS VARCHAR) AS customer_id, utc(TRY_CAST(ts AS TIMESTAMP)) AS ts,
    nullif(channel, 'email') AS channel, topic AS topic_id,
    CASE topic WHEN 'complaint' THEN 'complaint' ELSE 'question' END AS kind,
    CASE WHEN TRY_CAST(resolved AS BOOLEAN) THEN utc(TRY_CAST(ts AS TIMESTAMP)) END AS resolved_at,
    _file, _line,
    utc(TRY_CAST(ts AS TIMESTAMP)) AS known_at
FROM read_parquet('contacts.parquet')
