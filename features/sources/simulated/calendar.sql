SELECT day, kind, topic_ids, _file, _line, utc(known_at) AS known_at
FROM read_parquet('calendar.parquet')
