-- Every movement of money goes into `flows`; balances come last. `at` is local time, tag tells the later steps what it was.
CREATE OR REPLACE TABLE flows (
    i BIGINT, account_id BIGINT, ts TIMESTAMP, amount BIGINT, kind VARCHAR, channel VARCHAR, counterparty_id VARCHAR,
    counterparty_bank VARCHAR, own_account BOOLEAN, category VARCHAR, status VARCHAR DEFAULT 'booked',
    decline_reason VARCHAR, booked_at TIMESTAMP, tag VARCHAR
);

-- What is left of a habit on day n: all of it, less while drifting away, next to nothing once gone.
CREATE OR REPLACE MACRO goes_on(n, cause, left_n, gone_n, back_n, id, what) AS CASE
    WHEN left_n IS NULL OR n >= back_n THEN true
    WHEN n >= gone_n THEN chance(id, what) < getvariable('after_leaving')
    WHEN n >= left_n THEN chance(id, what) < 0.4
    WHEN cause = 'drift' AND n >= left_n - 75 THEN chance(id, what) < 1 - 0.6 * (n - left_n + 75) / 75.0
    ELSE true END;

-- What a salary is from a day on, against the first one; with a change of job comes another employer.
CREATE OR REPLACE TABLE salary_levels AS
WITH changed AS (
    SELECT i, id, name, CASE name WHEN 'gap' THEN end_n ELSE start_n END AS from_n FROM happenings
    WHERE name IN ('raise', 'cut', 'gap')
)
SELECT *, lead(from_n, 1, 1000000) OVER (PARTITION BY i ORDER BY from_n, id) AS to_n,
    CASE name WHEN 'raise' THEN 1.25 + 0.25 * chance(id, 'level') WHEN 'cut' THEN 0.75 - 0.15 * chance(id, 'level')
        ELSE 0.88 + 0.5 * chance(id, 'level') END AS size
FROM changed;

-- Salaries and pensions, paid on the last working day up to the payday; a few come late.
CREATE OR REPLACE TABLE paydays_due AS
WITH due AS (
    SELECT v.i, v.income, v.unpaid_n, v.back_n, v.opened_n, d.m, v.i * 1000 + d.m AS id,
        CASE WHEN d.n >= v.retires_n THEN 'pension' ELSE v.paid END AS paid,
        d.paid_on + CASE WHEN chance(v.i * 1000 + d.m, 'late salary') < getvariable('late_salary')
            THEN whole(2, 8, v.i * 1000 + d.m, 'how late')::INTEGER ELSE 0 END AS day, d.paid_on AS usual,
        CASE WHEN d.n >= v.retires_n THEN 0.6 ELSE 1 END AS rest
    FROM lives AS v JOIN paydays_in AS d ON d.payday = v.payday
    WHERE v.paid IN ('salary', 'pension')
), dated AS (
    SELECT due.*, day_number(day) AS n FROM due
    WHERE day_number(day) >= greatest(opened_n, 0) AND day < getvariable('end_day')
)
SELECT d.* EXCLUDE (income), floor(d.income * d.rest * coalesce(s.size, 1))::BIGINT AS income,
    whole(1, 400, CASE s.name WHEN 'gap' THEN s.id ELSE d.i END, 'employer') AS employer,
    away(d.n, d.unpaid_n, d.back_n) OR EXISTS (FROM happenings AS h WHERE h.i = d.i AND h.name IN ('gap', 'job_loss')
        AND d.n BETWEEN h.start_n AND h.end_n) AS missed
FROM dated AS d LEFT JOIN salary_levels AS s ON s.i = d.i AND d.n >= s.from_n AND d.n < s.to_n;

INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, counterparty_bank, own_account, category,
    tag)
SELECT i, account(i, 'C'), at_hour(day, 8.5, 11.5, id, 'salary hour'),
    floor(income * (1 + 0.015 * normal(id, 'salary')))::BIGINT, 'salary', 'auto',
    CASE paid WHEN 'pension' THEN 'PENSION-OFFICE' ELSE printf('E%05d', employer) END, NULL, false,
        paid,
    CASE WHEN day > usual THEN 'late' END
FROM paydays_due WHERE NOT missed
UNION ALL  -- a thirteenth salary, with the last salary before the Spring Festival
SELECT p.i, account(p.i, 'C'), at_hour(p.day, 11.6, 12.5, p.id, 'bonus hour'),
    floor(income * (0.6 + 1.2 * chance(p.id, 'bonus size')))::BIGINT, 'salary', 'auto',
    printf('E%05d', employer), NULL, false, 'bonus', NULL
FROM paydays_due AS p JOIN springs AS s ON p.n BETWEEN s.n - 31 AND s.n - 1
WHERE NOT missed AND paid = 'salary' AND chance(p.i, 'bonus') < getvariable('bonus')
QUALIFY row_number() OVER (PARTITION BY p.i, s.n ORDER BY p.n DESC) = 1;

-- The others live on what customers and clients pay them.
INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, counterparty_bank, own_account, category)
WITH payments AS (
    SELECT v.i, v.income, v.opened_n, v.left_n, v.back_n, m.*,
        unnest(range(2 + times(1.5, v.i * 1000 + m.m, 'payments'))) AS k
    FROM lives AS v CROSS JOIN months AS m WHERE v.paid = 'business'
), dated AS (
    SELECT *, (i * 1000 + m) * 100 + k AS id, n + whole(0, length - 1, (i * 1000 + m) * 100 + k, 'payment day') AS on_n
        FROM payments
)
SELECT i, account(i, 'C'), at_hour(day_of_number(on_n), 9, 18, id, 'payment hour'),
    floor(income / 3.3 * exp(0.5 * normal(id, 'payment') - 0.125))::BIGINT, 'transfer',
    pick(['web', 'app', 'auto'], id, 'payment channel'), person(whole(1, 3000, i * 10 + k % 4, 'client')),
    pick(getvariable('other_banks_wheel'), i * 10 + k % 4, 'client bank'), false, 'business'
FROM dated WHERE on_n >= opened_n AND NOT away(on_n, left_n, back_n);
