-- The tables as the bank hands them over. Instants are local; money has two decimals; versions of a row differ in known_at.
-- Who renews an identity document, and whom the bank then knows with another day of its end, has a second version.
CREATE OR REPLACE TABLE hand_customers AS
WITH every AS (
    SELECT customer_id, opened_on, birth_year, segment,
        printf('B%02d', 1 + (manager - 1) // getvariable('managers_a_branch')) AS branch_id,
        CASE WHEN upper OR chance(i, 'managed') < getvariable('managed_mass') THEN printf('RM%04d',
            manager) END AS manager_id,
        risk_rating, language, chance(i, 'staff') < getvariable('staff') AS is_staff, document_n, renewed_n,
        opened_on::TIMESTAMP AS known_at
    FROM people
)
SELECT * EXCLUDE (document_n, renewed_n, known_at), day_of_number(document_n) AS document_expires_on, known_at FROM every
UNION ALL
SELECT * EXCLUDE (document_n, renewed_n, known_at), day_of_number(document_n + 3652),
    day_of_number(renewed_n)::TIMESTAMP + INTERVAL 15 HOUR
FROM every WHERE renewed_n >= 0 AND renewed_n < getvariable('length') AND day_of_number(renewed_n) > opened_on
ORDER BY customer_id, known_at;

-- Nobody's: numbers begin where no telephone and no region does.
CREATE OR REPLACE TABLE hand_identities AS
SELECT p.customer_id,
    CASE WHEN p.language = 'en' THEN pick(getvariable('given_en'), i, 'given') || ' '
        || pick(getvariable('surnames_en'), i, 'surname')
         ELSE pick(getvariable('surnames'), i, 'surname') || pick(getvariable('given'), i, 'given') END AS name,
    '100' || lpad(whole(0, 99999999, i, 'phone')::VARCHAR, 8, '0') AS phone,
    printf('000000%d%02d%02d%04d', birth_year, whole(1, 12, i, 'birth month'), whole(1, 28, i, 'birth day'),
        whole(0, 9999, i, 'number')) AS id_number,
    printf('made_%07d', i) AS wechat_id, true AS made_up, p.opened_on::TIMESTAMP AS known_at
FROM people AS p ORDER BY customer_id;

CREATE OR REPLACE TABLE hand_accounts AS
WITH plain AS (
    SELECT o.account_id, v.customer_id, o.product, CASE WHEN account_id % 1000 = 4 AND v.mortgage_n IS NOT NULL
            THEN day_of_number(v.mortgage_n) ELSE v.opened_on END AS opened_on,
        CASE WHEN v.closes AND account_id % 1000 IN (2, 3) AND gone_n < getvariable('length')
            AND cause IS NOT NULL AND back_n IS NULL THEN day_of_number(gone_n) END AS closed_on,
        CASE product WHEN 'credit_card' THEN greatest(10000,
            round(v.income / 100 * 3 / 1000) * 1000) END AS credit_limit,
        CASE product WHEN 'current' THEN 0.0005 WHEN 'savings' THEN 0.0035 WHEN 'wealth' THEN 0.024
            WHEN 'mortgage' THEN 0.0345 WHEN 'loan' THEN 0.052 WHEN 'credit_card' THEN 0.1825 END AS rate,
        NULL::DATE AS matures_on,
        CASE product WHEN 'credit_card' THEN v.card_due WHEN 'mortgage' THEN v.mortgage_due
            WHEN 'loan' THEN v.loan_due END AS due_day,
        CASE product WHEN 'credit_card' THEN v.statement_day END AS statement_day,
        day_of_number(gone_n)::TIMESTAMP + INTERVAL 21 HOUR AS closed_at
    FROM openings AS o JOIN lives AS v USING (i) WHERE account_id % 1000 <= 6
        AND (account_id % 1000 <> 4 OR coalesce(v.mortgage_n, 0) < getvariable('length'))
), every AS (
    SELECT *, opened_on::TIMESTAMP AS known_at FROM plain
    UNION ALL
    SELECT p.* REPLACE (p.rate - 0.001 * row_number() OVER (PARTITION BY r.i ORDER BY r.n) AS rate),
        day_of_number(r.n)::TIMESTAMP + INTERVAL 6 HOUR
    FROM resets AS r JOIN plain AS p ON p.account_id = account(r.i, 'M') WHERE r.n BETWEEN 0 AND getvariable('length') - 1
    UNION ALL
    SELECT d.account_id, v.customer_id, CASE shelf WHEN 'V' THEN 'wealth' ELSE 'term' END, d.starts,
        CASE WHEN ends_n < getvariable('length') THEN day_of_number(ends_n) END, NULL, d.rate, d.matures, NULL, NULL,
        ends_at + INTERVAL 5 MINUTE, d.starts::TIMESTAMP
    FROM deposit_ends AS d JOIN lives AS v USING (i)
)
SELECT account_name(account_id) AS account_id, customer_id, product, 'CNY' AS currency, opened_on, NULL::DATE AS closed_on,
    credit_limit::DECIMAL(18, 2) AS credit_limit, rate, matures_on, due_day,
    statement_day, known_at FROM every
UNION ALL
SELECT account_name(account_id), customer_id, product, 'CNY', opened_on, closed_on, credit_limit, rate, matures_on, due_day,
    statement_day, closed_at FROM every
WHERE closed_on IS NOT NULL
ORDER BY account_id, known_at;

-- Consents as given on the first day; a withdrawal is a later version.
CREATE OR REPLACE TABLE hand_consents AS
WITH purposes AS (
    SELECT p.i, p.customer_id, p.opened_on, p.opened_n, c.purpose, c.channel, c.share, c.withdrawn,
        (hash(p.i || purpose || channel) >> 2)::BIGINT AS id
    FROM people AS p CROSS JOIN (VALUES ('service', 'phone', getvariable('service_consent'), NULL),
        ('care', 'phone', getvariable('care_consent'), getvariable('care_withdrawn')),
        ('marketing', 'phone', getvariable('marketing_consent'), getvariable('marketing_withdrawn')),
            ('marketing', 'wechat', getvariable('marketing_consent'), NULL),
        ('profiling', 'app', getvariable('care_consent'), NULL)) AS c(purpose, channel, share, withdrawn)
), given AS (
    SELECT *, chance(id, 'granted') < share AS granted, opened_on::TIMESTAMP + INTERVAL 10 HOUR AS ts FROM purposes
)
SELECT customer_id, purpose, channel, granted, ts, ts AS known_at FROM given
UNION ALL
SELECT customer_id, purpose, channel, false, withdrawn_at, withdrawn_at FROM (
    SELECT *, at_hour(day_of_number(whole(greatest(opened_n, 0) + 1, getvariable('length') - 1, id, 'withdrawn day')),
        9, 20, id, 'withdrawn hour') AS withdrawn_at
    FROM given WHERE granted AND withdrawn IS NOT NULL AND chance(id, 'withdrawn') < withdrawn
        AND opened_n < getvariable('length') - 5)
ORDER BY customer_id, purpose, channel, known_at;
