-- One current account of its owner, one loan account a loan. Cards are debit cards on the current account, permanent orders
-- are promises: neither is an account. No current account is ever closed in the data. A loan that ended without debt
-- (status A) is closed on its last day, as a later version. Instalments of all loans fall on the 12th; they are debits on
-- the current account, the loan's own balance is not in the data.
WITH owned AS (
    SELECT d.client_id AS customer_id, TRY_CAST(a.account_id AS INTEGER) AS account_id, a._file, a._line,
        (try_strptime('19' || a."date", '%Y%m%d') + INTERVAL 20 YEAR)::DATE AS opened_on
    FROM read_csv('berka/account.asc.gz', delim = ';') AS a
    LEFT JOIN read_csv('berka/disp.asc.gz', delim = ';') AS d ON TRY_CAST(d.account_id AS INTEGER) = TRY_CAST(a.account_id AS INTEGER)
        AND d.type = 'OWNER'
), lent AS (
    SELECT 'L' || l.loan_id AS account_id, o.customer_id, l.status, l._file, l._line,
        (try_strptime('19' || l."date", '%Y%m%d') + INTERVAL 20 YEAR)::DATE AS opened_on,
        (try_strptime('19' || l."date", '%Y%m%d') + INTERVAL 20 YEAR + to_months(TRY_CAST(l.duration AS INTEGER)))::DATE
            AS matures_on
    FROM read_csv('berka/loan.asc.gz', delim = ';') AS l LEFT JOIN owned AS o ON o.account_id = TRY_CAST(l.account_id AS INTEGER)
), every AS (
    SELECT 'A' || account_id::VARCHAR AS account_id, customer_id, 'current' AS product, opened_on,
        NULL::DATE AS closed_on, NULL::DATE AS matures_on,
        NULL::INTEGER AS due_day, _file, _line, opened_on AS known_on FROM owned
    UNION ALL
    SELECT account_id, customer_id, 'loan', opened_on, NULL, matures_on, 12, _file, _line, opened_on FROM lent
    UNION ALL
    SELECT account_id, customer_id, 'loan', opened_on, matures_on, matures_on, 12, _file, _line, matures_on FROM lent
    WHERE status = 'A'
)
SELECT account_id, customer_id, product, 'CZK' AS currency, opened_on, closed_on, NULL AS credit_limit, NULL AS rate,
    matures_on, due_day,
    NULL AS statement_day, _file, _line, utc(known_on::TIMESTAMP) AS known_at
FROM every
