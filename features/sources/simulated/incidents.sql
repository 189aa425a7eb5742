-- An incident has two versions: as it was noticed, and as it was fixed.
SELECT incident_id, topic_id, utc(opened_at) AS opened_at, utc(fixed_at) AS fixed_at, affected, message, _file, _line,
    utc(known_at) AS known_at
FROM read_parquet('incidents.parquet')
