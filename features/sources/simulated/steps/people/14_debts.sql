-- Instalments of mortgages and loans: from the current account, to the loan, with interest added to what is owed.
CREATE OR REPLACE TABLE instalments AS
WITH debts AS (
    SELECT i, 'M' AS which, mortgage_payment AS payment, mortgage_due AS due_day, opened_n, left_n, has_mortgage AS has
        FROM lives
    UNION ALL SELECT i, 'L', loan_payment, loan_due, opened_n, left_n, has_loan FROM lives
)
SELECT d.i, d.which, d.payment, m.n + d.due_day - 1 AS n, d.i * 1000 + m.m AS id, coalesce(m.n + d.due_day > left_n,
    false) AS after_leaving,
    at_hour(day_of_number(m.n + d.due_day - 1), 17, 19, d.i * 1000 + m.m, 'instalment hour') AS ts
FROM debts AS d CROSS JOIN months AS m WHERE has AND m.n + d.due_day - 1 > d.opened_n + 20;

INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_bank, counterparty_id, own_account, category,
    tag)
SELECT i, account(i, 'C'), ts, -payment, 'repayment', 'auto', NULL, NULL, true, CASE which WHEN 'M' THEN 'mortgage'
    ELSE 'loan' END, 'due'
FROM instalments
UNION ALL
SELECT i, account(i, which), ts, payment, 'repayment', 'auto', NULL, NULL, true, NULL, NULL FROM instalments
UNION ALL
SELECT i, account(i, which), ts - INTERVAL 14 HOUR, -(payment * 45 // 100), 'interest', 'auto', NULL, NULL, true, NULL,
    NULL FROM instalments
UNION ALL  -- who has left sends just what is due
SELECT s.i, account(s.i, 'C'), s.ts - INTERVAL 6 HOUR, payment, 'transfer', 'auto', v.bank, v.customer_id, true, NULL,
    NULL
FROM instalments AS s JOIN lives AS v USING (i) WHERE after_leaving;

-- Card bills: what was spent up to the statement day is due some 18 days later; many pay a few days before.
CREATE OR REPLACE TABLE bills AS
WITH spent AS (
    SELECT f.i, datediff('month', getvariable('first_day'), f.ts) + CASE WHEN day(f.ts) > v.statement_day THEN 1
        ELSE 0 END AS m,
        -sum(f.amount) AS owed
    FROM flows AS f JOIN lives AS v USING (i) WHERE v.has_card AND f.account_id = account(f.i, 'K') GROUP BY ALL
), dated AS (
    SELECT s.*, v.tight, v.left_n, v.customer_id, v.bank, s.i * 1000 + s.m AS id,
        day_number(getvariable('first_day') + to_months((s.m + CASE WHEN v.card_due > v.statement_day THEN 0
            ELSE 1 END)::INTEGER)) + v.card_due - 1 AS due_n
    FROM spent AS s JOIN lives AS v USING (i) WHERE owed > 0
)
SELECT i, id, owed::BIGINT AS owed, due_n, coalesce(due_n > left_n, false) AS after_leaving, customer_id, bank,
    at_hour(day_of_number(due_n - CASE WHEN NOT tight AND chance(id, 'pays early') < 0.55 THEN whole(1, 6, id,
        'days early') ELSE 0 END),
        17, 19, id, 'bill hour') AS ts
FROM dated WHERE due_n < getvariable('length');

INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_bank, counterparty_id, own_account, category,
    tag)
SELECT i, account(i, unnest(['C', 'K'])), ts, unnest([-owed, owed]), 'repayment', CASE WHEN day_number(ts) < due_n
    THEN 'app' ELSE 'auto' END,
    NULL, NULL, true, 'card', unnest(['due', NULL])
FROM bills
UNION ALL
SELECT i, account(i, 'C'), ts - INTERVAL 6 HOUR, owed, 'transfer', 'auto', bank, customer_id, true, NULL, NULL
    FROM bills WHERE after_leaving;
