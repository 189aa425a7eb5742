-- Who the customers are. Money is in fen from here on. opened_n is the number of the day after they joined, the first with
-- any life on the account (negative: before the period).
CREATE OR REPLACE TABLE people AS
WITH drawn AS (
    SELECT i, pick(getvariable('segments_wheel'), i, 'segment') AS segment,
        pick(getvariable('personas_wheel'), i, 'persona') AS persona,
        CASE WHEN chance(i, 'new') < getvariable('opened_in_period') THEN whole(3, getvariable('length') * 8 // 10, i,
            'opened')
             ELSE -30 - floor(3650 * pow(chance(i, 'opened'), 1.5))::BIGINT END AS opened_n,
        22 + floor(60 * pow(chance(i, 'age'), 1.4))::BIGINT AS age,
        whole(1, greatest(1, getvariable('customers') // getvariable('customers_a_manager')), i, 'manager') AS manager
    FROM chosen
), known AS (
    SELECT d.*, s.* EXCLUDE (name, position, weight, income, spread, months, logins, cards, savings_share, term_share,
                             wealth_share, card_share, mortgage_share, loan_share),
        segment <> 'mass' AS upper, round(s.income * exp(s.spread * normal(i, 'income')) / 10)::BIGINT * 1000 AS income,
        CASE WHEN segment = 'business' THEN 'business'
             WHEN age >= 60 THEN CASE WHEN chance(i, 'paid') < 0.9 THEN 'pension' ELSE 'business' END
             WHEN chance(i, 'paid') < getvariable('salaried') THEN 'salary' ELSE 'business' END AS paid,
        pick(getvariable('paydays_wheel'), i, 'payday') AS payday,
        s.months * exp(0.5 * normal(i, 'months')) AS months, p.subscriptions, p.platform,
        s.logins * p.logins * exp(0.6 * normal(i, 'logins')) * CASE WHEN age >= 65 THEN 0.4 ELSE 1 END AS logins,
        s.cards * exp(0.4 * normal(i, 'cards')) AS cards,
        chance(i, 'savings') < s.savings_share AS has_savings, chance(i, 'term') < s.term_share AS has_term,
        chance(i, 'wealth') < s.wealth_share AS has_wealth, age < 75 AND chance(i, 'card') < s.card_share AS has_card,
        age < 60 AND chance(i, 'mortgage') < s.mortgage_share AS has_mortgage,
        age < 65 AND chance(i, 'loan') < s.loan_share AS has_loan
    FROM drawn AS d JOIN segments AS s ON s.name = d.segment JOIN personas AS p ON p.name = d.persona
), owing AS (
    SELECT *, NOT upper AND NOT has_savings AND (has_mortgage OR has_loan OR has_card)
            AND chance(i, 'tight') < getvariable('tight') AS tight,
        NOT has_mortgage AND age < 45 AND chance(i, 'rents') < 0.5 AS rents,
        chance(i, 'elsewhere') < getvariable('saves_elsewhere') AS saves_elsewhere,
        floor(income * (0.20 + 0.12 * chance(i, 'instalment')))::BIGINT AS mortgage_payment,
        floor(income * (0.06 + 0.08 * chance(i, 'loan payment')))::BIGINT AS loan_payment,
        CASE WHEN has_mortgage AND chance(i, 'new mortgage') < getvariable('mortgage_new')
            THEN greatest(opened_n, 0) + whole(30, 200, i, 'mortgage begins') END AS mortgage_n,
        CASE WHEN paid = 'salary' AND age = 59 AND chance(i, 'retires') < getvariable('retires')
            THEN whole(150, getvariable('length') * 9 // 10, i, 'retired') END AS retires_n,
        age BETWEEN 28 AND 48 AND chance(i, 'parent') < getvariable('parents') AS parent,
        chance(i, 'new parent') < getvariable('parents_new') AS new_parent,
        whole(-30, 3650, i, 'document') AS document_n
    FROM known
)
SELECT *, printf('C%07d', i) AS customer_id,
    CASE WHEN chance(i, 'language') < getvariable('english') THEN 'en' ELSE 'zh' END AS language,
    year(getvariable('first_day')) - age AS birth_year, day_of_number(opened_n - 1) AS opened_on,
    'R' || CASE WHEN age > 65 THEN whole(1, 2, i, 'risk') WHEN upper THEN whole(2, 5, i, 'risk')
        ELSE whole(1, 4, i, 'risk') END AS risk_rating,
    CASE WHEN chance(i, 'document renewed') < getvariable('document_renewed')
        THEN document_n - whole(-5, 50, i, 'renewed before') END AS renewed_n,
    has_savings AND chance(i, 'saver') < 0.6 AS saver,
    greatest(floor(income * 0.12), floor(income * (0.80 - CASE WHEN rents THEN 0.22 ELSE 0 END
        - CASE WHEN saves_elsewhere THEN 0.10 ELSE 0 END - CASE WHEN has_savings THEN 0.06 ELSE 0 END))
        - CASE WHEN has_mortgage THEN mortgage_payment ELSE 0 END
        - CASE WHEN has_loan THEN loan_payment ELSE 0 END)::BIGINT AS card_budget,
    whole(1, 28, i, 'statement') AS statement_day, (whole(1, 28, i, 'statement') + 18) % 28 + 1 AS card_due,
    whole(1, 28, i, 'mortgage due') AS mortgage_due, whole(1, 28, i, 'loan due') AS loan_due,
    pick(getvariable('other_banks_wheel'), i, 'bank') AS bank
FROM owing;
