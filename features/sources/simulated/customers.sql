SELECT customer_id, opened_on, birth_year, segment, branch_id, manager_id, risk_rating, language, is_staff,
    document_expires_on, _file,
    _line,
    utc(known_at) AS known_at
FROM read_parquet('customers.parquet')
