-- What belongs to the bank as a whole: managers, and its calendar.
CREATE OR REPLACE TABLE hand_managers AS
SELECT printf('RM%04d', m) AS manager_id, pick(getvariable('surnames'), m, 'manager surname')
    || pick(getvariable('given'), m, 'manager given') AS name,
    printf('B%02d', 1 + (m - 1) // getvariable('managers_a_branch')) AS branch_id,
        printf('T%02d', 1 + (m - 1) // getvariable('managers_a_branch')) AS team_id,
    'zh,' || CASE WHEN chance(m, 'speaks english') < 0.4 THEN 'en,'
        ELSE '' END || pick(getvariable('skills_wheel'), m, 'skill') AS skills,
    getvariable('manager_minutes') AS daily_minutes,
    CASE WHEN chance(m, 'away') < getvariable('managers_away') THEN getvariable('end_day') - whole(0, 4, m,
        'away from')::INTEGER END AS away_from,
    CASE WHEN chance(m, 'away') < getvariable('managers_away') THEN getvariable('end_day') + whole(1, 9, m,
        'away to')::INTEGER END AS away_to,
    getvariable('first_day')::TIMESTAMP AS known_at
FROM range(1, 1 + greatest(1, getvariable('customers') // getvariable('customers_a_manager'))) AS r(m)
    ORDER BY manager_id;

-- The bank's calendar, a year ahead; topics expected to peak in brackets of their own.
CREATE OR REPLACE TABLE hand_calendar AS
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

-- Incidents: known when they open, and again when they are fixed.
CREATE OR REPLACE TABLE hand_incidents AS
WITH every AS (
    SELECT name AS incident_id, topic AS topic_id, day_of_number(n)::TIMESTAMP + to_hours(hour) AS opened_at,
        day_of_number(n)::TIMESTAMP + to_hours(hour + hours) AS fixed,
        CASE what WHEN 'logins' THEN 'login_failures_1d >= 1' ELSE 'declines_1d >= 1' END AS affected,
        message_zh || ' / ' || message_en AS message
    FROM incidents WHERE n < getvariable('length')
)
SELECT incident_id, topic_id, opened_at, NULL::TIMESTAMP AS fixed_at, affected, message,
    opened_at + INTERVAL 20 MINUTE AS known_at FROM every
UNION ALL
SELECT incident_id, topic_id, opened_at, fixed, affected, message, fixed + INTERVAL 10 MINUTE FROM every
ORDER BY incident_id, known_at;
