-- The delivery of `forecare simulate`; of each row the newest version. Customers of the bank, not only those who got in touch.
INSERT INTO moves
SELECT 'made', customer_id, CAST(ts AS DATE), ts, CAST(amount AS DOUBLE)
FROM (FROM read_parquet('$data/transactions/*.parquet')
    QUALIFY row_number() OVER (PARTITION BY transaction_id ORDER BY known_at DESC) = 1)
WHERE status = 'booked';
INSERT INTO contacts
SELECT 'made', customer_id, CAST(ts AS DATE), ts, topic_id
FROM (FROM read_parquet('$data/contacts.parquet')
    QUALIFY row_number() OVER (PARTITION BY contact_id ORDER BY known_at DESC) = 1);
