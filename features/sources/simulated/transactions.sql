-- What is owed (credit card, loan, mortgage) is a negative balance. A pending transfer is booked by a later version.
SELECT transaction_id, account_id, customer_id, utc(ts) AS ts, amount, balance_after, kind, channel, counterparty_id,
    counterparty_bank,
    own_account, category, status, decline_reason, _file, _line, utc(known_at) AS known_at
FROM read_parquet('transactions/*.parquet')
