-- Where each rule of the book should match and where it should not, from what was made to happen. expected: it matches as of
-- some day of [from_n, to_n]; not expected: something near it happened, and it matches as of none of those days.
CREATE OR REPLACE TABLE expected (i BIGINT, rule VARCHAR, from_n BIGINT, to_n BIGINT, cause VARCHAR, expected BOOLEAN);

-- Assets just before and after something: of the current, savings, wealth accounts and deposits.
CREATE OR REPLACE TABLE marks AS
SELECT i, why, min(ts) - INTERVAL 2 HOUR AS before_ts, max(ts) + INTERVAL 1 MINUTE AS after_ts, sum(amount) AS amount,
    min(how) AS how
FROM outs WHERE why <> 'tight' GROUP BY i, why, CASE why WHEN 'leaving' THEN 0 ELSE id END;

CREATE OR REPLACE TABLE weighed AS
WITH sides AS (
    SELECT i, why, before_ts, unnest(['before', 'after']) AS side, unnest([before_ts, after_ts]) AS ts FROM marks
), mine AS (
    SELECT l.account_id, l.ts, l.place, l.balance_after FROM ledger AS l SEMI JOIN marks USING (i)
    WHERE l.status = 'booked' QUALIFY row_number() OVER (PARTITION BY l.account_id, l.ts ORDER BY l.place DESC) = 1
), held AS (
    SELECT s.*, o.account_id, o.product, o.opening, v.opened_n FROM sides AS s JOIN openings AS o USING (i)
    JOIN lives AS v USING (i)
)
SELECT h.i, h.why, h.before_ts, h.side,
    sum(coalesce(m.balance_after, CASE WHEN opened_n > 0 THEN 0 ELSE opening END))
        FILTER (product IN ('current', 'savings', 'term', 'wealth')) AS assets,
    sum(coalesce(m.balance_after, CASE WHEN opened_n > 0 THEN 0 ELSE opening END))
        FILTER (product IN ('current', 'savings')) AS on_demand,
    -sum(coalesce(m.balance_after, opening)) FILTER (product = 'mortgage') AS owed
FROM held AS h ASOF LEFT JOIN mine AS m ON m.account_id = h.account_id AND h.ts >= m.ts
GROUP BY ALL;

CREATE OR REPLACE TABLE falls AS
SELECT m.i, m.why, m.how, day_number(m.before_ts) AS first_n, day_number(m.after_ts) AS last_n, m.amount,
    b.assets AS before, a.assets AS after, b.on_demand, b.owed
FROM marks AS m JOIN weighed AS b ON b.i = m.i AND b.why = m.why AND b.before_ts = m.before_ts AND b.side = 'before'
JOIN weighed AS a ON a.i = m.i AND a.why = m.why AND a.before_ts = m.before_ts AND a.side = 'after';

CREATE OR REPLACE TABLE card_days AS
SELECT i, day_number(ts) AS n, -amount AS amount FROM flows WHERE kind = 'card' AND amount <= -200000;

INSERT INTO expected
SELECT i, 'large_spend', p.n + 1, p.n + 7, p.category, p.category NOT IN ('tax', 'wholesale', 'house')
FROM large_payments AS p JOIN lives AS v USING (i)
WHERE p.n >= 0 AND p.amount >= CASE segment WHEN 'mass' THEN 500000 WHEN 'private' THEN 2000000 ELSE 1000000 END
    AND NOT EXISTS (FROM card_days AS c WHERE c.i = p.i AND c.amount > p.amount AND c.n BETWEEN p.n - 185 AND p.n + 7)
    AND NOT EXISTS (FROM bills AS b WHERE b.i = p.i AND (b.late > 0 OR b.place IS NOT NULL) AND b.due_n BETWEEN p.n - 100 AND p.n + 7)
    AND NOT EXISTS (FROM large_payments AS o WHERE o.i = p.i AND o.id <> p.id AND o.n BETWEEN p.n - 8 AND p.n + 8)
UNION ALL
SELECT f.i, 'balance_drop', last_n + 8, last_n + 11, f.why, true FROM falls AS f
WHERE f.why IN ('bridge', 'house', 'leaving') AND last_n - first_n <= 8 AND after <= 0.35 * before
    AND before - after >= 7000000 AND EXISTS (FROM lives AS v WHERE v.i = f.i AND v.cause IS DISTINCT FROM 'drift')
    AND NOT EXISTS (FROM outs AS o WHERE o.i = f.i AND o.why = f.why AND day_number(o.until) BETWEEN last_n AND last_n + 12)
UNION ALL
SELECT i, 'balance_drop', first_n + 1, first_n + 14, 'loan paid down', false FROM falls WHERE why = 'payoff'
UNION ALL
SELECT f.i, 'same_name_outflow', day_number(f.ts) + 1, day_number(f.ts) + 6, f.why, true FROM outs AS f
WHERE f.how = 'own' AND f.amount >= 20000000
UNION ALL
SELECT f.i, 'same_name_outflow', last_n + 1, last_n + 5, f.why, true FROM falls AS f
WHERE f.how = 'own' AND f.why IN ('bridge', 'elsewhere') AND f.amount BETWEEN 5500000 AND 19999999 AND f.amount >= 0.5 * before
UNION ALL
SELECT v.i, 'same_name_outflow', n + 1, n + 6, 'saves a little elsewhere', false FROM lives AS v JOIN paydays_due USING (i)
WHERE saves_elsewhere AND m % 6 = 4 AND NOT missed AND v.income < 20000000
UNION ALL
SELECT i, 'platform_drift', start_n + 62, start_n + 66, 'rush', true FROM happenings WHERE name = 'rush'
UNION ALL
SELECT i, 'platform_drift', n + 1, n + 10, 'habit', false FROM platform_flows WHERE why = 'habit' AND amount > -500000
    AND id % 7 = 0
UNION ALL
SELECT f.i, 'idle_inflow', start_n + 4, start_n + 7, source, true FROM inflows AS f JOIN lives AS v USING (i)
WHERE end_n > start_n + 8 AND f.amount >= CASE segment WHEN 'private' THEN 30000000 ELSE 10000000 END AND v.left_n IS NULL AND f.amount >= 3 * v.income AND v.paid = 'salary'
    AND NOT EXISTS (FROM salary_levels AS s WHERE s.i = f.i)
UNION ALL
SELECT f.i, 'idle_inflow', f.end_n + 2, f.start_n + 7, 'placed at once', false FROM inflows AS f
WHERE f.end_n <= f.start_n + 3 AND f.goes IN ('W', 'spent') AND f.amount * 0.25 > (
    SELECT sum(opening) FROM openings AS o WHERE o.i = f.i AND o.account_id % 1000 <= 2)
UNION ALL
SELECT d.i, 'idle_inflow', matures_n + 4, matures_n + 6, 'own deposit paid out', false FROM deposits AS d
WHERE NOT broken AND principal >= 12000000 AND NOT EXISTS (FROM outs AS o WHERE o.i = d.i
        AND (day_number(o.until) BETWEEN d.matures_n - 10 AND d.matures_n + 10))
    AND NOT EXISTS (FROM happenings AS h WHERE h.i = d.i AND h.name IN ('inflow', 'payoff', 'squeeze')
        AND h.start_n BETWEEN d.matures_n - 200 AND d.matures_n + 20);

-- Income.
INSERT INTO expected
WITH paid AS (
    SELECT p.*, v.cause AS left_for, day_number(usual) AS usual_n, count(*) FILTER (NOT missed) OVER each AS before,
        lag(missed) OVER (PARTITION BY p.i ORDER BY p.m) AS missed_before,
        row_number() OVER (PARTITION BY p.i ORDER BY p.m) AS place
    FROM paydays_due AS p JOIN lives AS v USING (i) WHERE p.paid = 'salary' AND v.retires_n IS NULL
    WINDOW each AS (PARTITION BY p.i ORDER BY p.m ROWS BETWEEN 4 PRECEDING AND 1 PRECEDING)
)
SELECT i, 'salary_stopped', usual_n + 10, usual_n + 24, CASE WHEN left_for = 'salary' THEN 'salary moved away'
    ELSE 'out of work' END, true
FROM paid WHERE missed AND NOT missed_before AND before >= 4 AND place >= 6
UNION ALL
SELECT i, 'salary_stopped', usual_n + 2, n, 'paid late', false FROM paid
WHERE NOT missed AND n - usual_n BETWEEN 2 AND 4 AND before >= 4
UNION ALL
SELECT s.i, 'salary_change', p.n + 1, p.n + 18, s.name, s.name <> 'gap' FROM salary_levels AS s JOIN paid AS p ON p.i = s.i
    AND p.n >= s.from_n AND NOT p.missed
WHERE s.from_n >= 190 AND (s.name <> 'gap' OR s.size BETWEEN 0.86 AND 1.15)
    AND chance(s.i, 'bonus') >= getvariable('bonus')
    AND (SELECT count(*) FROM salary_levels AS o WHERE o.i = s.i) = 1
    AND NOT EXISTS (FROM paid AS m WHERE m.i = s.i AND m.missed AND s.name <> 'gap')
QUALIFY row_number() OVER (PARTITION BY s.id ORDER BY p.n) = 2
UNION ALL
SELECT i, 'life_stage', n + 1, n + 10, 'first pension', true FROM (
    SELECT p.i, min(p.n) AS n FROM paydays_due AS p JOIN lives AS v USING (i) WHERE p.paid = 'pension'
        AND v.retires_n IS NOT NULL GROUP BY p.i)
UNION ALL
SELECT i, 'life_stage', n + 1, n + 10, CASE WHEN place = 1 THEN 'first tuition' ELSE 'tuition again' END, place = 1 FROM (
    SELECT i, n, new_parent, row_number() OVER (PARTITION BY i ORDER BY n) AS place FROM tuitions) WHERE new_parent
UNION ALL
SELECT i, 'life_stage', n + 1, n + 10, 'first mortgage debit', true FROM (
    SELECT s.i, min(s.n) AS n FROM instalments AS s JOIN lives AS v USING (i) WHERE which = 'M'
        AND mortgage_n IS NOT NULL GROUP BY s.i)
UNION ALL
SELECT i, 'life_stage', n + 1, n + 10, 'hospital', true FROM hospital_bills;

-- What ends, and what it is worth.
INSERT INTO expected
SELECT d.i, 'deposit_maturity', matures_n - 7, matures_n - 1, 'deposit', principal >= 5000000 FROM deposits AS d
WHERE shelf = 'T' AND NOT broken AND starts_n < matures_n - 10
UNION ALL
SELECT i, 'wealth_maturity', matures_n - 5, matures_n - 1, 'product', true FROM deposits WHERE shelf = 'V' AND NOT broken
UNION ALL
SELECT d.i, 'wealth_maturity', d.matures_n + 1, d.matures_n + 3, 'placed again', false
FROM deposits AS d JOIN deposits AS n ON n.i = d.i AND n.shelf = 'V' AND n.k = d.k + 1 AND n.starts_n = d.matures_n
WHERE d.shelf = 'V'
UNION ALL
SELECT i, 'drawdown', n + 1, n + 10, 'market', CASE WHEN risk_rating IN ('R2', 'R3') THEN fell <= -0.06
    ELSE fell <= -0.11 END
FROM (
    -- products that end are not revalued, and make the fall of the whole smaller
    SELECT r.i, r.n, r.risk_rating, r.amount / (w.worth + coalesce(sum(d.principal), 0)) AS fell
    FROM revalued AS r JOIN wealth_held AS w USING (i)
    LEFT JOIN deposits AS d ON d.i = r.i AND d.shelf = 'V' AND r.n BETWEEN d.starts_n AND d.ends_n
    WHERE NOT EXISTS (FROM outs AS o WHERE o.i = r.i AND day_number(o.ts) <= r.n + 11 AND day_number(o.until) >= r.n - 31)
    GROUP BY r.i, r.n, r.risk_rating, r.amount, w.worth)
WHERE risk_rating IN ('R2', 'R3') AND fell <= -0.06 OR risk_rating IN ('R4', 'R5') AND fell <= -0.11
    OR fell BETWEEN -0.02 AND -0.001
UNION ALL
SELECT i, 'tier_at_risk', last_n + 62, last_n + 80, f.why, true FROM falls AS f JOIN lives AS v USING (i)
WHERE f.why IN ('leaving', 'house') AND v.line > 0 AND before >= v.line * 110 AND after <= v.line * 50 AND v.back_n IS NULL
UNION ALL
SELECT i, 'tier_at_risk', 200 + i % 60, 200 + i % 60, 'well above', false FROM lives AS v
WHERE line > 0 AND chance(i, 'below tier') >= getvariable('below_tier') AND chance(i, 'above tier') > 0.5
    AND opened_n < 60 AND cause IS NULL AND NOT EXISTS (FROM happenings AS h WHERE h.i = v.i
        AND h.name IN ('bridge', 'house', 'elsewhere', 'payoff'))
UNION ALL
SELECT f.i, 'prepayment_intent', first_n - 1, first_n, 'paid down', true FROM falls AS f
WHERE f.why = 'payoff' AND f.on_demand >= 0.4 * f.owed
UNION ALL
SELECT e.i, 'prepayment_intent', day_number(e.ts) + 1, day_number(e.ts) + 7, 'no loan', false
FROM events AS e JOIN lives AS v USING (i) WHERE e.name = 'calculator' AND NOT has_mortgage AND NOT has_loan
    AND e.id % 3 = 0
UNION ALL
SELECT i, 'repricing', n - 9, n + 4, 'reset', true FROM resets
UNION ALL
SELECT i, 'repricing', 200, 210, 'a loan without reset', false FROM lives WHERE has_loan AND NOT has_mortgage AND i % 3 = 0;

-- Cards, bills, charges.
INSERT INTO expected
WITH measured AS (
    SELECT b.*, v.segment, median(spent) OVER before AS usual, count(*) OVER before AS known,
        row_number() OVER (PARTITION BY i, late > 0 ORDER BY due_n) AS late_place
    FROM bills AS b JOIN lives AS v USING (i) WINDOW before AS (PARTITION BY i ORDER BY m ROWS BETWEEN 5 PRECEDING AND 1 PRECEDING)
)
SELECT i, 'bill_jump', statement_n + 1, statement_n + 7, 'spent more', spent >= 1.6 * usual FROM measured
WHERE known >= 5 AND place IS NULL AND (spent >= 1.6 * usual AND spent - usual >= CASE segment WHEN 'private' THEN 550000 ELSE 120000 END OR spent BETWEEN 0.8 * usual
    AND 1.3 * usual AND id % 9 = 0)
UNION ALL
SELECT i, 'first_overdue', due_n + 1, due_n + late, 'paid late', true FROM measured WHERE late > 0 AND late_place = 1
UNION ALL
SELECT i, 'first_overdue', due_n + 1, due_n + 3, 'paid in time', false FROM measured WHERE late = 0 AND place IS NULL
    AND id % 11 = 0
UNION ALL
SELECT i, 'minimum_streak', due_n + 1, due_n + 20, 'squeeze', place = 3 FROM measured WHERE place IN (1, 3)
UNION ALL
SELECT o.i, 'short_before_due', day_number(o.ts) + 1, day_number(o.until), 'lives from day to day', true
FROM outs AS o JOIN ledger AS l ON l.account_id = account(o.i, 'C') AND l.ts = o.ts AND l.amount = -o.amount
JOIN (SELECT i, day_number(ts) AS n, -sum(amount) AS due FROM flows WHERE tag = 'due' GROUP BY ALL) AS d
    ON d.i = o.i AND d.n = day_number(o.until)
WHERE o.why = 'tight' AND l.balance_after < 0.8 * d.due
UNION ALL
SELECT s.i, 'short_before_due', s.n - 2, s.n, 'has enough', false FROM instalments AS s JOIN lives AS v USING (i)
WHERE NOT tight AND which = 'M' AND s.id % 5 = 0 AND NOT EXISTS (FROM outs AS o WHERE o.i = s.i
    AND s.n BETWEEN day_number(o.ts) - 5 AND day_number(o.until) + 5)
UNION ALL
SELECT h.i, 'utilisation_surge', start_n + 9, start_n + 13, 'squeeze', true FROM happenings AS h WHERE name = 'squeeze'
UNION ALL
SELECT v.i, 'utilisation_surge', 170 + i % 200, 172 + i % 200, 'an ordinary month', false FROM lives AS v
WHERE has_card AND i % 3 = 0 AND NOT EXISTS (FROM card_days AS c WHERE c.i = v.i AND c.n BETWEEN 125 + v.i % 200
    AND 175 + v.i % 200)
UNION ALL
SELECT i, 'duplicate_charge', day_number(again_ts) + 1, day_number(again_ts) + 1, category,
    category <> 'transport' AND amount >= 1000 FROM doubles
UNION ALL
SELECT i, 'subscription_price', n + 1, n + 10, CASE WHEN before = 100 THEN 'trial ended' ELSE name END,
    before = 100 OR amount >= before * 1.1 AND amount - before >= 1000
FROM (SELECT *, lag(amount) OVER each AS before, row_number() OVER each AS place FROM subscribed
    WINDOW each AS (PARTITION BY id ORDER BY n)) WHERE before < amount AND (before = 100 OR place >= 5)
UNION ALL
SELECT i, 'first_fee', n + 1, n + 7, category, before IS NULL OR n - before > 366 FROM (
    SELECT i, category, day_number(ts) AS n, lag(day_number(ts)) OVER (PARTITION BY i, category ORDER BY ts) AS before
    FROM flows WHERE kind = 'fee')
WHERE before IS NULL OR n - before > 366 OR n - before BETWEEN 8 AND 300;

-- What was refused, who was locked out, what an incident did.
INSERT INTO expected
SELECT i, 'transfer_blocked', n + 1, n + 1, reason, tries >= 2 AND reason IN ('limit_exceeded', 'account_restricted')
FROM refused WHERE k = 0 AND why <> 'incident'
UNION ALL
SELECT i, 'login_trouble', n + 1, n + 1, why, fails >= 3 FROM lockouts
UNION ALL
SELECT i, 'incident', n + 1, n + 1, 'incident', true FROM refused WHERE k = 0 AND why = 'incident'
UNION ALL
SELECT r.i, 'incident', n + 1, n + 1, 'refused on another day', false FROM refused AS r
WHERE k = 0 AND why = 'usual' AND NOT EXISTS (FROM incidents AS c WHERE c.n BETWEEN r.n - 5 AND r.n + 5)
UNION ALL
SELECT i, 'elder_transfer', n + 1, n + 1, 'new payee', true FROM strange_payees
UNION ALL
SELECT w.i, 'elder_transfer', w.n + 1, w.n + 1, 'a friend', false FROM wires AS w JOIN lives AS v USING (i)
WHERE v.age >= 67 AND w.sign = -1 AND w.id % 13 = 0
UNION ALL
SELECT h.i, 'app_quiet', h.start_n + 30, least(h.end_n, h.start_n + 48), 'quiet', true FROM happenings AS h JOIN lives AS v
    USING (i) WHERE h.name = 'quiet' AND v.logins >= 6.5
UNION ALL
SELECT v.i, 'app_quiet', 150 + i % 200, 152 + i % 200, 'steady', false FROM lives AS v
WHERE v.logins >= 9 AND v.cause IS NULL AND NOT EXISTS (FROM happenings AS h WHERE h.i = v.i AND h.name = 'quiet')
UNION ALL
SELECT i, 'unbinding', day_number(ts) + 1, day_number(ts) + 28, detail, true FROM events WHERE name LIKE 'unbind%'
UNION ALL
SELECT i, 'unbinding', 120 + i % 300, 130 + i % 300, 'nothing removed', false FROM lives AS v
WHERE i % 4 = 0 AND persona = 'app' AND NOT EXISTS (FROM events AS e WHERE e.i = v.i AND e.name LIKE 'unbind%');

-- Service.
INSERT INTO expected
WITH settled AS (
    SELECT *, day_number(ts) AS n, day_number(resolved_at) AS resolved_n,
        lag(ts) OVER (PARTITION BY i, topic ORDER BY ts) AS same_before, lag(ts) OVER (PARTITION BY i ORDER BY ts) AS any_before
    FROM conversations
)
SELECT i, 'complaint_no_callback', resolved_n + 5, least(resolved_n + 12, n + 28), topic, forgotten OR reopened
FROM settled WHERE kind = 'complaint' AND resolved_n IS NOT NULL
UNION ALL
SELECT i, 'repeat_contact', n + 1, day_number(same_before) + 7, topic, true FROM settled
WHERE kind <> 'praise' AND n - day_number(same_before) <= 5
UNION ALL
SELECT i, 'repeat_contact', n + 1, n + 3, 'another topic', false FROM settled
WHERE n - day_number(any_before) <= 5 AND (same_before IS NULL OR n - day_number(same_before) > 40)
UNION ALL
SELECT i, 'low_score', resolved_n + 1, least(resolved_n + 3, n + 6), topic, csat <= 2 OR coalesce(nps <= 6, false) FROM settled
WHERE csat IS NOT NULL AND resolved_n IS NOT NULL AND (csat <= 2 OR coalesce(nps, 9) >= 9) AND csat <> 3
UNION ALL
SELECT i, 'silent_case', n + 13, least(n + 30, coalesce(resolved_n, n + 30)), topic, true
FROM settled WHERE case_id IS NOT NULL AND (resolved_n IS NULL OR resolved_n >= n + 14)
UNION ALL
SELECT i, 'silent_case', resolved_n + 1, resolved_n + 2, 'settled in time', false FROM settled AS s
WHERE case_id IS NOT NULL AND resolved_n <= n + 5 AND NOT EXISTS (FROM settled AS o WHERE o.i = s.i
    AND o.case_id IS NOT NULL AND o.n < s.resolved_n + 2 AND (o.reopened OR coalesce(o.resolved_n > s.resolved_n, true)))
UNION ALL
SELECT s.i, 'fixed_for_you', c.n + 1, c.n + 20, s.topic, s.topic = c.topic FROM settled AS s JOIN incidents AS c
    ON s.n BETWEEN c.n - 60 AND c.n - 1 WHERE s.kind = 'complaint' AND (s.topic = c.topic OR s.id % 4 = 0)
UNION ALL
SELECT i, 'document_expiry', document_n - 60, coalesce(least(renewed_n, document_n), document_n) - 1, 'document', true
FROM lives
UNION ALL
SELECT i, 'document_expiry', renewed_n + 1, document_n, 'renewed', false FROM lives WHERE renewed_n < document_n - 2
UNION ALL
SELECT i, 'churn_risk', exposed_n + 25, left_n, cause, true FROM lives WHERE cause IN ('service', 'salary', 'offer', 'drift')
UNION ALL
SELECT i, 'churn_risk', left_n - 40, left_n - 1, 'no trace', false FROM lives WHERE cause = 'none';

-- What lies outside the period, or before sixty days are known of the customer, is not told; nor is a near thing beside a
-- real one.
CREATE OR REPLACE TABLE truth_rules AS
WITH told AS (
    SELECT DISTINCT e.* FROM expected AS e JOIN lives AS v USING (i)
    WHERE from_n <= to_n AND to_n < getvariable('length') AND from_n >= greatest(v.opened_n, 0) + 60
        AND (rule NOT IN ('life_stage', 'repricing') OR from_n >= v.opened_n + 320)
)
SELECT printf('C%07d', i) AS customer_id, rule, day_of_number(from_n) AS from_on, day_of_number(to_n) AS to_on, cause, expected
FROM told AS t WHERE expected OR NOT EXISTS (FROM told AS o WHERE o.expected AND o.i = t.i AND o.rule = t.rule
    -- what was placed again or renewed comes right after what was not yet
    AND o.from_n <= t.to_n + CASE WHEN t.rule IN ('wealth_maturity', 'document_expiry') THEN 0 ELSE 45 END
    AND o.to_n >= t.from_n - CASE WHEN t.rule IN ('wealth_maturity', 'document_expiry') THEN 0 ELSE 45 END)
ORDER BY customer_id, rule, from_on, to_on, cause;
