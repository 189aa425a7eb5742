-- Made up: one manager for every hundred clients of a district, four hours a day for calls. See customers.sql.
SELECT printf('RM%02d-%d', c.district_id::INTEGER, place) AS manager_id,
    'Manager ' || c.district_id::VARCHAR || '-' || place::VARCHAR AS name,
        printf('D%02d', c.district_id::INTEGER) AS branch_id,
    any_value(d."A3") AS team_id, 'cs' AS skills, 240 AS daily_minutes, NULL AS away_from, NULL AS away_to,
    any_value(d._file ORDER BY d._line) AS _file, min(d._line) AS _line, TIMESTAMP '2013-01-01' AS known_at
FROM (SELECT *, 1 + (row_number() OVER (PARTITION BY district_id::INTEGER ORDER BY client_id::INTEGER) - 1) // 100
    AS place
      FROM read_csv('berka/client.asc.gz', delim = ';')) AS c
JOIN read_csv('berka/district.asc.gz', delim = ';') AS d ON d."A1"::INTEGER = c.district_id::INTEGER
GROUP BY c.district_id, place
