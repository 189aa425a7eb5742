-- Made up: one manager for every hundred clients of a district, four hours a day for calls. See customers.sql.
SELECT printf('RM%02d-%d', TRY_CAST(c.district_id AS INTEGER), place) AS manager_id,
    'Manager ' || c.district_id::VARCHAR || '-' || place::VARCHAR AS name,
        printf('D%02d', TRY_CAST(c.district_id AS INTEGER)) AS branch_id,
    any_value(d."A3") AS team_id, 'cs' AS skills, 240 AS daily_minutes, NULL AS away_from, NULL AS away_to,
    any_value(d._file ORDER BY d._line) AS _file, min(d._line) AS _line, TIMESTAMP '2013-01-01' AS known_at
FROM (SELECT *, 1 + (row_number() OVER (PARTITION BY TRY_CAST(district_id AS INTEGER) ORDER BY TRY_CAST(client_id AS INTEGER)) - 1) // 100
    AS place
      FROM read_csv('berka/client.asc.gz', delim = ';')) AS c
JOIN read_csv('berka/district.asc.gz', delim = ';') AS d ON TRY_CAST(d."A1" AS INTEGER) = TRY_CAST(c.district_id AS INTEGER)
GROUP BY c.district_id, place
