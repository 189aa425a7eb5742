-- What comes every month or year without being asked for: subscriptions, utilities, tuition; and bills of a hospital.
CREATE OR REPLACE TABLE subscribed AS
WITH held AS (
    SELECT v.i, v.has_card, v.cause, v.left_n, v.gone_n, v.back_n, v.i * 10 + k AS id,
        CASE WHEN chance(v.i * 10 + k, 'new subscription') < 0.25
            THEN whole(greatest(v.opened_n, 0), getvariable('length'), v.i * 10 + k, 'subscribed')
            ELSE greatest(v.opened_n, 0) - 400 END AS from_n, v.opened_n,
        pick(getvariable('subscriptions_wheel'), v.i * 10 + k, 'which subscription') AS name, k
    FROM lives AS v CROSS JOIN range(3) AS r(k)
    WHERE chance(v.i * 10 + k, 'subscribes') < v.subscriptions / 3
    QUALIFY row_number() OVER (PARTITION BY v.i, name ORDER BY k) = 1
), charged AS (
    SELECT h.*, m.n + whole(0, 27, h.id, 'charged on') AS n, m.m FROM held AS h CROSS JOIN months AS m
)
SELECT c.i, c.id, c.name, c.n, c.n >= s.rise_n AS risen,
    -- the first month of a new subscription costs one yuan
    CASE WHEN c.n < c.from_n + 31 AND c.from_n >= 0 THEN 100
        WHEN c.n >= s.rise_n THEN greatest(s.least, s.price * (1 + s.rise)) * 100
        ELSE s.price * 100 END::BIGINT AS amount,
    CASE WHEN c.has_card AND chance(c.id, 'which card') < 0.6 THEN account(c.i, 'K') ELSE account(c.i, 'C') END
        AS account_id
FROM charged AS c JOIN subscriptions AS s USING (name)
WHERE c.n >= greatest(c.opened_n, 0) AND c.n >= c.from_n AND goes_on(c.n, cause, left_n, gone_n, back_n, c.id,
    'subscription goes on');

INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, own_account, category, tag)
SELECT i, account_id, at_hour(day_of_number(n), 6, 9, id, 'charged hour'), -amount, 'card', 'auto', name, false,
    'subscription', CASE WHEN amount > before AND amount >= before * 1.1 AND (amount - before >= 1000 OR before = 100)
        THEN 'risen' END
FROM (SELECT *, lag(amount) OVER (PARTITION BY id ORDER BY n) AS before FROM subscribed);

INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, own_account, category)
SELECT v.i, account(v.i, 'C'), at_hour(day_of_number(m.n + whole(9, 24, v.i, 'utilities day')), 5, 8, v.i * 1000 + m.m,
    'utilities hour'),
    -(8000 + floor(16000 * chance(v.i, 'utilities') * CASE WHEN month(m.first) IN (1, 2, 7, 8, 12) THEN 1.6 ELSE 1 END
        * (0.9 + 0.2 * chance(v.i * 1000 + m.m, 'utilities'))))::BIGINT, 'other', 'auto',
    'UTILITY-' || whole(1, 9, v.i, 'utility'), false, 'utilities'
FROM lives AS v CROSS JOIN months AS m
WHERE chance(v.i, 'has utilities') < getvariable('utilities') AND NOT tight AND m.n >= opened_n
    AND NOT away(m.n + whole(9, 24, v.i, 'utilities day'), left_n, back_n);

-- Tuition in February and September; some pay the first one while we watch.
CREATE OR REPLACE TABLE tuitions AS
SELECT v.i, v.i * 1000 + m.m AS id, m.n + whole(0, 14, v.i * 1000 + m.m, 'tuition day') AS n,
    greatest(400000, round(income * (0.3 + 0.5 * chance(v.i, 'tuition')) / 10000) * 10000)::BIGINT AS amount, new_parent,
    has_card
FROM lives AS v CROSS JOIN months AS m
WHERE parent AND NOT tight AND month(m.first) IN (2, 9) AND m.n >= opened_n
    AND (NOT new_parent OR m.n >= whole(120, 420, v.i, 'first tuition'))
    AND NOT away(m.n + whole(0, 14, v.i * 1000 + m.m, 'tuition day'), left_n, back_n);

INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, own_account, category, tag)
SELECT i, account(i, 'C'), at_hour(day_of_number(n), 9, 20, id, 'tuition hour'), -amount, 'card', 'app',
    printf('SCHOOL-%03d', whole(1, 200, i, 'school')), false, 'tuition', 'tuition'
FROM tuitions WHERE n < getvariable('length');

CREATE OR REPLACE TABLE hospital_bills AS
SELECT h.i, h.id, h.name, h.start_n AS n,
    (greatest(800000, round(v.income * (0.8 + 1.2 * chance(h.id, 'hospital')) / 1000) * 1000))::BIGINT AS amount
FROM happenings AS h JOIN lives AS v USING (i)
WHERE h.name IN ('illness', 'baby') AND NOT tight AND chance(h.id, 'missing trace') >= getvariable('missing_trace');

INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, own_account, category, tag)
SELECT i, account(i, 'C'), at_hour(day_of_number(n), 8, 18, id, 'hospital hour'), -amount, 'card', 'pos',
    printf('HOSPITAL-%02d', whole(1, 60, id, 'hospital')), false, 'health', 'hospital'
FROM hospital_bills;
