-- Made up: service and care are granted, marketing by six in ten (by a hash of the client), from the opening day on.
SELECT c.client_id AS customer_id, p.purpose, 'phone' AS channel,
    p.purpose <> 'marketing' OR hash('2026' || c.client_id || ' marketing') % 10 < 6 AS granted,
    utc((try_strptime('19' || a."date", '%Y%m%d') + INTERVAL 20 YEAR)::TIMESTAMP) AS ts, c._file, c._line,
    utc((try_strptime('19' || a."date", '%Y%m%d') + INTERVAL 20 YEAR)::TIMESTAMP) AS known_at
FROM read_csv('berka/client.asc.gz', delim = ';') AS c
LEFT JOIN read_csv('berka/disp.asc.gz', delim = ';') AS d ON TRY_CAST(d.client_id AS INTEGER) = TRY_CAST(c.client_id AS INTEGER)
LEFT JOIN read_csv('berka/account.asc.gz', delim = ';') AS a ON TRY_CAST(a.account_id AS INTEGER) = TRY_CAST(d.account_id AS INTEGER)
CROSS JOIN (VALUES ('service'), ('care'), ('marketing')) AS p(purpose)
