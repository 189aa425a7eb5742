-- Instalments of mortgages and loans: from the current account, to the loan, with interest added to what is owed.
CREATE OR REPLACE TABLE instalments AS
WITH debts AS (
    SELECT i, 'M' AS which, mortgage_payment AS payment, mortgage_due AS due_day,
        greatest(opened_n, coalesce(mortgage_n, -10000)) AS from_n, left_n, back_n, has_mortgage AS has
        FROM lives
    UNION ALL SELECT i, 'L', loan_payment, loan_due, opened_n, left_n, back_n, has_loan FROM lives
)
SELECT d.i, d.which, d.payment, m.n + d.due_day - 1 AS n, d.i * 1000 + m.m AS id,
    away(m.n + d.due_day - 1, left_n, back_n) AS after_leaving,
    at_hour(day_of_number(m.n + d.due_day - 1), 17, 19, d.i * 1000 + m.m, 'instalment hour') AS ts
FROM debts AS d CROSS JOIN months AS m WHERE has AND m.n + d.due_day - 1 > d.from_n + 20;

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

-- The rate of a mortgage is set anew on each anniversary.
CREATE OR REPLACE TABLE resets AS
SELECT i, k, day_number(began + to_years(k::INTEGER)) AS n
FROM (SELECT i, coalesce(day_of_number(mortgage_n), opened_on) AS began, mortgage_n FROM lives WHERE has_mortgage)
CROSS JOIN range(1, 40) AS r(k)
WHERE day_number(began + to_years(k::INTEGER)) BETWEEN -400 AND getvariable('length') + 30
    AND coalesce(mortgage_n, 0) < getvariable('length');

-- Card bills: what was spent up to the statement day is due some 18 days later; many pay a few days before, few some days
-- late. The squeezed pay the minimum of four statements and all the rest with the fifth, when somebody helps.
CREATE OR REPLACE TABLE bills AS
WITH spent AS (
    SELECT f.i, datediff('month', getvariable('first_day'), f.ts) + CASE WHEN day(f.ts) > v.statement_day THEN 1
        ELSE 0 END AS m,
        -sum(f.amount) AS spent
    FROM flows AS f JOIN lives AS v USING (i) WHERE v.has_card AND f.account_id = account(f.i, 'K') GROUP BY ALL
), dated AS (
    SELECT s.i, s.m, s.spent::BIGINT AS spent, v.tight, v.left_n, v.back_n, s.i * 1000 + s.m AS id,
        day_number(getvariable('first_day') + to_months(s.m::INTEGER)) + v.statement_day - 1 AS statement_n,
        day_number(getvariable('first_day') + to_months((s.m + CASE WHEN v.card_due > v.statement_day THEN 0
            ELSE 1 END)::INTEGER)) + v.card_due - 1 AS due_n
    FROM spent AS s JOIN lives AS v USING (i) WHERE spent > 0
), squeezes AS (
    SELECT i, min(start_n) AS start_n FROM happenings WHERE name = 'squeeze' GROUP BY i
), numbered AS (
    SELECT d.*, CASE WHEN d.statement_n BETWEEN q.start_n + 5 AND q.start_n + 190
        THEN row_number() OVER (PARTITION BY d.i, d.statement_n BETWEEN q.start_n + 5 AND q.start_n + 190 ORDER BY d.m)
        END AS place
    FROM dated AS d LEFT JOIN squeezes AS q USING (i)
), owing AS (
    -- What is carried over shrinks by the minimum and grows by the interest.
    SELECT *, CASE WHEN place <= 4 THEN pow(0.9 * (1 + getvariable('card_interest')), place)
        * sum(CASE WHEN place <= 4 THEN spent / pow(0.9 * (1 + getvariable('card_interest')), place) END) OVER
            (PARTITION BY i ORDER BY m) END AS stands
    FROM numbered
), minimum AS (
    SELECT *, CASE WHEN place <= 4 THEN ceil(stands * getvariable('minimum'))::BIGINT END AS least,
        CASE WHEN place <= 4 THEN floor(stands * (1 - getvariable('minimum')) * getvariable('card_interest'))::BIGINT END
            AS interest
    FROM owing
), paid AS (
    SELECT *, CASE WHEN place <= 4 THEN least
        WHEN place = 5 THEN spent + coalesce(sum(CASE WHEN place <= 4 THEN spent + interest - least END) OVER
            (PARTITION BY i ORDER BY m ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
        ELSE spent END::BIGINT AS owed
    FROM minimum
)
SELECT i, id, m, spent, owed, place, interest, statement_n, due_n, tight,
    CASE WHEN NOT tight AND place IS NULL AND chance(id, 'pays late') < getvariable('late_bill')
        THEN whole(1, 3, id, 'days late') ELSE 0 END AS late
FROM paid WHERE due_n < getvariable('length') + 3;

CREATE OR REPLACE TABLE bill_payments AS
WITH timed AS (
    SELECT *, at_hour(day_of_number(due_n + late - CASE WHEN NOT tight AND late = 0 AND coalesce(place, 9) > 4
        AND chance(id, 'pays early') < 0.55 THEN whole(1, 6, id, 'days early') ELSE 0 END),
        17, 19, id, 'bill hour') AS ts
    FROM bills
)
SELECT t.*, v.customer_id, v.bank, away(day_number(ts), v.left_n, v.back_n) AS after_leaving
FROM timed AS t JOIN lives AS v USING (i);

INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_bank, counterparty_id, own_account, category,
    tag)
SELECT i, account(i, unnest(['C', 'K'])), ts, unnest([-owed, owed]), 'repayment', CASE WHEN day_number(ts) < due_n
    THEN 'app' ELSE 'auto' END,
    NULL, NULL, true, 'card', unnest(['due', NULL])
FROM bill_payments WHERE ts < getvariable('end_day')
UNION ALL
SELECT i, account(i, 'C'), ts - INTERVAL 6 HOUR, owed, 'transfer', 'auto', bank, customer_id, true, NULL, NULL
    FROM bill_payments WHERE after_leaving AND ts < getvariable('end_day')
UNION ALL  -- somebody helps
SELECT i, account(i, 'C'), ts - INTERVAL 30 HOUR, owed, 'transfer', 'auto', pick(getvariable('other_banks_wheel'), i,
    'helper bank'), person(whole(1, 3000, i, 'helper')), false, 'family', NULL
    FROM bill_payments WHERE place = 5 AND ts < getvariable('end_day')
UNION ALL
SELECT i, account(i, 'K'), day_of_number(due_n + 2)::TIMESTAMP + INTERVAL 4 HOUR, -interest, 'interest', 'auto', NULL,
    NULL, false, 'card interest', 'interest'
    FROM bill_payments WHERE interest > 0 AND due_n + 2 < getvariable('length')
UNION ALL
SELECT i, account(i, 'C'), day_of_number(due_n + 1)::TIMESTAMP + INTERVAL 4 HOUR, -5000, 'fee', 'auto', NULL, NULL,
    false, 'late_fee', 'overdue'
    FROM bill_payments WHERE late > 0 AND due_n + 1 < getvariable('length');
