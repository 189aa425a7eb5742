-- A call centre of February 1999; callers who were not identified are no customers and count for hours and days only.
INSERT INTO contacts
SELECT 'calls', CASE WHEN customer_id <> '0' THEN customer_id END, CAST(ts AS DATE), ts, "type"
FROM (SELECT *, strptime('19' || "date" || ' ' || vru_entry, '%Y%m%d %H:%M:%S') AS ts
    FROM read_csv('$data/anonymous_bank_calls/data_anonymous_bank_february.txt.gz', delim = '\t', all_varchar = true));
