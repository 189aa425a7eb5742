SELECT customer_id, purpose, channel, granted, utc(ts) AS ts, _file, _line, utc(known_at) AS known_at
FROM read_parquet('consents.parquet')
