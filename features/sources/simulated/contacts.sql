-- A contact has two versions: as it arrived, and as it was settled.
SELECT contact_id, customer_id, utc(ts) AS ts, channel, topic_id, text, kind,
    utc(first_response_at) AS first_response_at,
    utc(resolved_at) AS resolved_at, reopened, handle_seconds, agent_id, csat, nps, case_id, _file, _line,
        utc(known_at) AS known_at
FROM read_parquet('contacts.parquet')
