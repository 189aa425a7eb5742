-- Made up, every one: the data are anonymous. The numbers begin where no telephone and no birth number does.
WITH drawn AS (
    SELECT c.client_id AS customer_id, c._file, c._line, TRY_CAST(substr(lpad(c.birth_number, 6, '0'), 3, 2) AS INTEGER) > 50 AS woman,
        (hash('2026' || c.client_id || ' name') >> 2)::BIGINT AS n,
            (hash('2026' || c.client_id || ' number') >> 2)::BIGINT AS m,
        a."date" AS opened
    FROM read_csv('berka/client.asc.gz', delim = ';') AS c
    LEFT JOIN read_csv('berka/disp.asc.gz', delim = ';') AS d ON TRY_CAST(d.client_id AS INTEGER) = TRY_CAST(c.client_id AS INTEGER)
    LEFT JOIN read_csv('berka/account.asc.gz', delim = ';') AS a ON TRY_CAST(a.account_id AS INTEGER) = TRY_CAST(d.account_id AS INTEGER)
)
SELECT customer_id,
    CASE WHEN woman THEN ['Alena', 'Dana', 'Eva', 'Hana', 'Ivana', 'Jana', 'Lenka', 'Marie', 'Petra',
        'Vera'][1 + n % 10]
         ELSE ['Adam', 'David', 'Emil', 'Ivan', 'Jan', 'Karel', 'Milan', 'Ota', 'Petr', 'Tomas'][1 + n % 10] END
        || ' ' || ['Vzor', 'Priklad', 'Ukazka', 'Zkouska', 'Model', 'Nacrt', 'Pokus', 'Cvik', 'Namet',
            'Obraz'][1 + (n // 10) % 10] AS name,
    '000' || lpad((m % 1000000)::VARCHAR, 6, '0') AS phone, '000000' || lpad(((m // 1000000) % 10000)::VARCHAR, 4,
        '0') AS id_number,
    NULL AS wechat_id, true AS made_up, _file, _line,
    utc((try_strptime('19' || opened::VARCHAR, '%Y%m%d') + INTERVAL 20 YEAR)::TIMESTAMP) AS known_at
FROM drawn
