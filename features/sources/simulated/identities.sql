SELECT customer_id, name, phone, id_number, wechat_id, made_up, _file, _line, utc(known_at) AS known_at
FROM read_parquet('identities.parquet')
