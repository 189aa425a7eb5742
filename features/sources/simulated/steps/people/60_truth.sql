-- What is true of everybody, which no bank knows: causes with their dates, what care would do, what happened in their lives.
CREATE OR REPLACE TABLE truth_customers AS
SELECT customer_id, segment, persona, paid AS income_from, CASE WHEN has_mortgage THEN 'mortgage' WHEN rents THEN 'rent'
        ELSE 'own' END AS housing, tight, saver, saves_elsewhere, parent, cause, day_of_number(exposed_n) AS exposed_on,
    leave_chance, day_of_number(left_n) AS leaves_on, day_of_number(gone_n) AS gone_on, day_of_number(back_n) AS back_on,
    left_n IS NOT NULL AND back_n IS NULL AS leaves, how
FROM fates ORDER BY customer_id;

-- For each kind of care: the type, the day of leaving without it, and with a call (persuadable: never; a sleeping dog: so
-- many days after the call).
CREATE OR REPLACE TABLE truth_care AS
SELECT f.customer_id, t.kind, t.type, CASE WHEN back_n IS NULL THEN day_of_number(left_n) END AS leaves_without_on,
    CASE WHEN t.type = 'lost cause' THEN day_of_number(left_n) END AS leaves_with_on,
    CASE WHEN t.type = 'persuadable' THEN day_of_number(exposed_n - 10) END AS call_from_on,
    CASE WHEN t.type = 'persuadable' THEN day_of_number(gone_n - 2) END AS call_until_on,
    CASE WHEN t.type = 'sleeping dog' THEN whole(getvariable('disturbed_least'), getvariable('disturbed_most'), f.i,
        'disturbed after') END AS leaves_days_after_call
FROM care_types AS t JOIN fates AS f USING (i) ORDER BY customer_id, kind;

CREATE OR REPLACE TABLE truth_events AS
SELECT printf('C%07d', i) AS customer_id, name, day_of_number(start_n) AS starts_on, day_of_number(end_n) AS ends_on FROM (
    SELECT i, name, start_n, end_n FROM happenings
    UNION ALL SELECT i, 'retirement', retires_n, retires_n FROM lives WHERE retires_n < getvariable('length')
    UNION ALL SELECT i, 'home bought', mortgage_n, mortgage_n FROM lives WHERE mortgage_n < getvariable('length')
    UNION ALL SELECT i, 'inheritance', start_n, start_n FROM inflows WHERE source = 'inheritance'
    UNION ALL SELECT i, 'service failure', exposed_n, exposed_n + 28 FROM lives WHERE cause = 'service'
    UNION ALL SELECT i, 'better offer', exposed_n, left_n FROM lives WHERE cause = 'offer'
    UNION ALL SELECT i, 'salary moved away', exposed_n, left_n FROM lives WHERE cause = 'salary'
    UNION ALL SELECT i, 'slow drift', exposed_n, left_n FROM lives WHERE cause = 'drift')
ORDER BY customer_id, starts_on, name;

CREATE OR REPLACE TABLE truth_topics AS
SELECT printf('C%07d', i) AS customer_id, topic, effect FROM topic_types WHERE effect IS NOT NULL
ORDER BY customer_id, topic;

CREATE OR REPLACE TABLE truth_contacts AS
SELECT contact_id, printf('C%07d', i) AS customer_id, why AS cause FROM conversations ORDER BY contact_id;

-- What the days are made from: see day.py.
CREATE OR REPLACE TABLE truth_openings AS SELECT account_id, opening FROM openings ORDER BY account_id;
CREATE OR REPLACE TABLE truth_moves AS
SELECT i, id, why, step, how, ts, until, back, account_id, product, amount FROM moves ORDER BY i, ts, account_id;
CREATE OR REPLACE TABLE truth_calls AS SELECT * FROM wished ORDER BY i, ts, id;
