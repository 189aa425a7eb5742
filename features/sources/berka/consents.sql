-- Made up: service and care are granted, marketing by six in ten (by a hash of the client), from the opening day on.
SELECT c.client_id::VARCHAR AS customer_id, p.purpose, 'phone' AS channel,
    p.purpose <> 'marketing' OR hash('2026' || c.client_id::VARCHAR || ' marketing') % 10 < 6 AS granted,
    utc((strptime('19' || a."date"::VARCHAR, '%Y%m%d') + INTERVAL 20 YEAR)::TIMESTAMP) AS ts, c._file, c._line,
    utc((strptime('19' || a."date"::VARCHAR, '%Y%m%d') + INTERVAL 20 YEAR)::TIMESTAMP) AS known_at
FROM read_csv('berka/client.asc.gz', delim = ';') AS c
JOIN read_csv('berka/disp.asc.gz', delim = ';') AS d ON d.client_id::INTEGER = c.client_id::INTEGER
JOIN read_csv('berka/account.asc.gz', delim = ';') AS a ON a.account_id::INTEGER = d.account_id::INTEGER
CROSS JOIN (VALUES ('service'), ('care'), ('marketing')) AS p(purpose)
