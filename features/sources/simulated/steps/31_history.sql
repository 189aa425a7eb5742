CREATE VIEW hand_transactions AS
SELECT i, transaction_id, account_id, printf('C%07d', i) AS customer_id, ts, (amount::DECIMAL(18, 2) / 100)::DECIMAL(18,
    2) AS amount,
    (balance_after::DECIMAL(18, 2) / 100)::DECIMAL(18, 2) AS balance_after, kind, channel, counterparty_id,
        counterparty_bank, own_account, category,
    status, decline_reason, known_at
FROM ledger;

CREATE TABLE hand_app_events AS
SELECT event_id, printf('C%07d', i) AS customer_id, ts, name, detail, known_at FROM events ORDER BY customer_id, ts,
    event_id;

-- A contact as it arrived, and again when it was settled.
CREATE TABLE hand_contacts AS
SELECT contact_id, printf('C%07d', i) AS customer_id, ts, channel, topic AS topic_id, text, kind,
    NULL::TIMESTAMP AS first_response_at,
    NULL::TIMESTAMP AS resolved_at, false AS reopened, NULL::BIGINT AS handle_seconds, agent_id, NULL::BIGINT AS csat,
        NULL::BIGINT AS nps, case_id,
    ts + INTERVAL 1 MINUTE AS known_at
FROM conversations
UNION ALL
SELECT contact_id, printf('C%07d', i), ts, channel, topic, text, kind, first_response_at, resolved_at, reopened,
    handle_seconds, agent_id, csat, nps, case_id,
    greatest(resolved_at, coalesce(first_response_at, resolved_at)) + INTERVAL 10 MINUTE
FROM conversations WHERE resolved_at < getvariable('end_day')
ORDER BY customer_id, ts, contact_id, known_at;

CREATE TABLE hand_managers AS
SELECT printf('RM%04d', m) AS manager_id, pick(getvariable('surnames'), m, 'manager surname')
    || pick(getvariable('given'), m, 'manager given') AS name,
    printf('B%02d', 1 + (m - 1) // getvariable('managers_a_branch')) AS branch_id,
        printf('T%02d', 1 + (m - 1) // getvariable('managers_a_branch')) AS team_id,
    'zh,' || CASE WHEN chance(m, 'speaks english') < 0.4 THEN 'en,'
        ELSE '' END || pick(['wealth', 'bills', 'elder care', 'tax', 'forex'], m, 'skill') AS skills,
    getvariable('manager_minutes') AS daily_minutes,
    CASE WHEN chance(m, 'away') < getvariable('managers_away') THEN getvariable('end_day') - whole(0, 4, m,
        'away from')::INTEGER END AS away_from,
    CASE WHEN chance(m, 'away') < getvariable('managers_away') THEN getvariable('end_day') + whole(1, 9, m,
        'away to')::INTEGER END AS away_to,
    getvariable('first_day')::TIMESTAMP AS known_at
FROM range(1, 1 + greatest(1, getvariable('customers') // getvariable('customers_a_manager'))) AS r(m)
    ORDER BY manager_id;

-- The bank's calendar, a year ahead; topics expected to peak in brackets of their own.
CREATE TABLE hand_calendar AS
WITH span AS (SELECT * FROM days WHERE n BETWEEN 0 AND getvariable('length') + 183),
every AS (
    SELECT day, 'holiday' AS kind, 'transfer_arrival' AS topic_ids FROM span WHERE holiday
    UNION ALL SELECT day, 'make_up_workday', NULL FROM span WHERE make_up
    UNION ALL SELECT paid_on, 'payday', 'salary_arrival' FROM span JOIN paydays ON paydays.name = day(day)
    UNION ALL SELECT day, 'statement', 'bill_amount,bill_higher' FROM span WHERE day(day) IN (5, 15, 25)
    UNION ALL SELECT day, 'due', 'due_date' FROM span WHERE day(day) IN (3, 13, 23)
    UNION ALL SELECT day, 'campaign', 'instalment_cost,credit_limit' FROM span WHERE (month(day), day(day)) IN ((6, 18),
        (11, 11), (12, 12))
    UNION ALL SELECT day, 'release', 'password_device,otp_face' FROM span WHERE month(day) % 3 = 2 AND day(day) = 20
)
SELECT DISTINCT *, getvariable('first_day')::TIMESTAMP AS known_at FROM every WHERE day >= getvariable('first_day')
    ORDER BY day, kind;
