-- The tables as the bank hands them over. Instants are local; money has two decimals; versions of a row differ in known_at.
CREATE OR REPLACE TABLE hand_customers AS
SELECT customer_id, opened_on, birth_year, segment,
    printf('B%02d', 1 + (manager - 1) // getvariable('managers_a_branch')) AS branch_id,
    CASE WHEN upper OR chance(i, 'managed') < getvariable('managed_mass') THEN printf('RM%04d',
        manager) END AS manager_id,
    'R' || CASE WHEN age > 65 THEN whole(1, 2, i, 'risk') WHEN upper THEN whole(2, 5, i, 'risk')
        ELSE whole(1, 4, i, 'risk') END AS risk_rating,
    language, chance(i, 'staff') < getvariable('staff') AS is_staff,
    opened_on::TIMESTAMP AS known_at
FROM people ORDER BY customer_id;

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
WITH every AS (
    SELECT o.account_id, v.customer_id, o.product, v.opened_on,
        CASE WHEN v.closes AND product IN ('savings', 'wealth') AND gone_n < getvariable('length')
            AND cause IS NOT NULL THEN day_of_number(gone_n) END AS closed_on,
        CASE product WHEN 'credit_card' THEN greatest(10000,
            round(v.income / 100 * 3 / 1000) * 1000) END AS credit_limit,
        CASE product WHEN 'current' THEN 0.0005 WHEN 'savings' THEN 0.0035 WHEN 'wealth' THEN 0.024
            WHEN 'mortgage' THEN 0.0345 WHEN 'loan' THEN 0.052 WHEN 'credit_card' THEN 0.1825 END AS rate,
        NULL::DATE AS matures_on,
        CASE product WHEN 'credit_card' THEN v.card_due WHEN 'mortgage' THEN v.mortgage_due
            WHEN 'loan' THEN v.loan_due END AS due_day,
        CASE product WHEN 'credit_card' THEN v.statement_day END AS statement_day,
        v.opened_on::TIMESTAMP AS known_at, day_of_number(gone_n)::TIMESTAMP + INTERVAL 21 HOUR AS closed_at
    FROM openings AS o JOIN lives AS v USING (i) WHERE o.product <> 'term'
    UNION ALL
    SELECT d.account_id, v.customer_id, 'term', d.starts, CASE WHEN ends_n < getvariable('length')
        THEN day_of_number(ends_n) END, NULL, d.rate, d.matures, NULL, NULL,
        d.starts::TIMESTAMP, ends_at + INTERVAL 5 MINUTE
    FROM deposit_ends AS d JOIN lives AS v USING (i)
)
SELECT account_id, customer_id, product, 'CNY' AS currency, opened_on, NULL::DATE AS closed_on,
    credit_limit::DECIMAL(18, 2) AS credit_limit, rate, matures_on, due_day,
    statement_day, known_at FROM every
UNION ALL
SELECT account_id, customer_id, product, 'CNY', opened_on, closed_on, credit_limit, rate, matures_on, due_day,
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
