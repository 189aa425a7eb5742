-- Every movement of money goes into `flows`; balances come last. `at` is local time, tag tells the later steps what it was.
CREATE OR REPLACE TABLE flows (
    i BIGINT, account_id VARCHAR, ts TIMESTAMP, amount BIGINT, kind VARCHAR, channel VARCHAR, counterparty_id VARCHAR,
    counterparty_bank VARCHAR, own_account BOOLEAN, category VARCHAR, status VARCHAR DEFAULT 'booked',
        decline_reason VARCHAR,
    booked_at TIMESTAMP, tag VARCHAR
);

-- What is left of a habit on day n: all of it, less while drifting away, next to nothing once gone.
CREATE OR REPLACE MACRO goes_on(n, cause, left_n, gone_n, id, what) AS CASE
    WHEN left_n IS NULL THEN true
    WHEN n >= gone_n THEN chance(id, what) < getvariable('after_leaving')
    WHEN n >= left_n THEN chance(id, what) < 0.4
    WHEN cause = 'drift' AND n >= left_n - 75 THEN chance(id, what) < 1 - 0.6 * (n - left_n + 75) / 75.0
    ELSE true END;

-- Salaries and pensions, paid on the last working day up to the payday; a few come late.
CREATE OR REPLACE TABLE paydays_due AS
WITH due AS (
    SELECT v.i, v.income, v.paid, v.unpaid_n, v.opened_n, m.m, v.i * 1000 + m.m AS id,
        d.paid_on + CASE WHEN chance(v.i * 1000 + m.m, 'late salary') < getvariable('late_salary')
            THEN whole(2, 8, v.i * 1000 + m.m, 'how late')::INTEGER ELSE 0 END AS day, d.paid_on AS usual
    FROM lives AS v CROSS JOIN months AS m JOIN days AS d ON d.n = m.n + least(v.payday, m.length) - 1
    WHERE v.paid IN ('salary', 'pension')
)
SELECT due.*, day_number(day) AS n,
    coalesce(day_number(day) >= unpaid_n, false) OR EXISTS (
        FROM happenings AS h WHERE h.i = due.i AND h.name = 'gap' AND day_number(day) BETWEEN h.start_n AND h.end_n)
            AS missed
FROM due WHERE day_number(day) >= greatest(opened_n, 0) AND day < getvariable('end_day');

INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, counterparty_bank, own_account, category,
    tag)
SELECT i, account(i, 'C'), at_hour(day, 8.5, 11.5, id, 'salary hour'),
    floor(income * (1 + 0.015 * normal(id, 'salary')))::BIGINT, 'salary', 'auto',
    CASE paid WHEN 'pension' THEN 'PENSION-OFFICE' ELSE printf('E%05d', whole(1, 400, i, 'employer')) END, NULL, false,
        paid,
    CASE WHEN day > usual THEN 'late' END
FROM paydays_due WHERE NOT missed
UNION ALL  -- a thirteenth salary in January
SELECT i, account(i, 'C'), at_hour(day, 11.6, 12.5, id, 'bonus hour'),
    floor(income * (0.6 + 1.2 * chance(id, 'bonus size')))::BIGINT, 'salary', 'auto',
    printf('E%05d', whole(1, 400, i, 'employer')), NULL, false, 'bonus', NULL
FROM paydays_due WHERE NOT missed AND paid = 'salary' AND month(day) = 1 AND chance(i, 'bonus') < getvariable('bonus');

-- The others live on what customers and clients pay them.
INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, counterparty_bank, own_account, category)
WITH payments AS (
    SELECT v.*, m.*, unnest(range(2 + times(1.5, v.i * 1000 + m.m, 'payments'))) AS k
    FROM lives AS v CROSS JOIN months AS m WHERE v.paid = 'business'
), dated AS (
    SELECT *, (i * 1000 + m) * 100 + k AS id, n + whole(0, length - 1, (i * 1000 + m) * 100 + k, 'payment day') AS on_n
        FROM payments
)
SELECT i, account(i, 'C'), at_hour(day_of_number(on_n), 9, 18, id, 'payment hour'),
    floor(income / 3.3 * exp(0.5 * normal(id, 'payment') - 0.125))::BIGINT, 'transfer',
    pick(['web', 'app', 'auto'], id, 'payment channel'), person(whole(1, 3000, i * 10 + k % 4, 'client')),
    pick(getvariable('other_banks_wheel'), i * 10 + k % 4, 'client bank'), false, 'business'
FROM dated WHERE on_n >= opened_n AND coalesce(on_n < left_n, true);
