-- Every client, known from the day their account was opened. Nothing in the data says segment: affluent is who holds a
-- gold card, from the day of its issue (a later version of the row), mass are the others. Clients of a district are
-- dealt to made-up managers of about a hundred clients each.
WITH dealt AS (
    SELECT c.client_id AS customer_id, 1900 + 20 + TRY_CAST(left(lpad(c.birth_number, 6, '0'), 2) AS INTEGER) AS birth_year,
        TRY_CAST(c.district_id AS INTEGER) AS district, c._file, c._line,
        1 + (row_number() OVER (PARTITION BY TRY_CAST(c.district_id AS INTEGER) ORDER BY TRY_CAST(c.client_id AS INTEGER)) - 1) // 100 AS place,
        TRY_CAST(d.account_id AS INTEGER) AS account_id, TRY_CAST(d.disp_id AS INTEGER) AS disp_id
    FROM read_csv('berka/client.asc.gz', delim = ';') AS c
    LEFT JOIN read_csv('berka/disp.asc.gz', delim = ';') AS d ON TRY_CAST(d.client_id AS INTEGER) = TRY_CAST(c.client_id AS INTEGER)
), opened AS (
    SELECT p.*, (try_strptime('19' || a."date", '%Y%m%d') + INTERVAL 20 YEAR)::DATE AS opened_on
    FROM dealt AS p LEFT JOIN read_csv('berka/account.asc.gz', delim = ';') AS a ON TRY_CAST(a.account_id AS INTEGER) = p.account_id
), golden AS (
    SELECT TRY_CAST(disp_id AS INTEGER) AS disp_id, (try_strptime('19' || left(issued, 6), '%Y%m%d') + INTERVAL 20 YEAR)::DATE
        AS issued_on
    FROM read_csv('berka/card.asc.gz', delim = ';') WHERE type = 'gold'
), versions AS (
    SELECT *, 'mass' AS segment, opened_on AS known_on FROM opened
    UNION ALL BY NAME
    SELECT o.*, 'affluent' AS segment, g.issued_on AS known_on FROM opened AS o JOIN golden AS g USING (disp_id)
)
SELECT customer_id, opened_on, birth_year, segment, printf('D%02d', district) AS branch_id,
    printf('RM%02d-%d', district, place) AS manager_id,
    NULL AS risk_rating, 'cs' AS language, false AS is_staff, _file, _line, utc(known_on::TIMESTAMP) AS known_at
FROM versions
