SELECT event_id, customer_id, utc(ts) AS ts, name, detail, _file, _line, utc(known_at) AS known_at
FROM read_parquet('app_events.parquet')
