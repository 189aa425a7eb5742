-- Chance: a number in [0, 1) that depends on the seed, an id and what it is drawn for, and on nothing else.
CREATE OR REPLACE MACRO chance(id, what) AS
    (hash(xor(hash(id::BIGINT), hash(what || getvariable('seed')))) >> 11)::DOUBLE / 9007199254740992.0;
CREATE OR REPLACE MACRO normal(id, what) AS
    sqrt(-2 * ln(1e-12 + chance(id, what || ' r'))) * cos(2 * pi() * chance(id, what || ' a'));
CREATE OR REPLACE MACRO whole(least_, most_, id, what) AS (least_ + floor(chance(id, what) * (most_ - least_ + 1)))::BIGINT;
CREATE OR REPLACE MACRO pick(wheel, id, what) AS wheel[1 + floor(chance(id, what) * len(wheel))::BIGINT];
-- How many, when it is `mean` on average.
CREATE OR REPLACE MACRO times(mean, id, what) AS floor(mean + chance(id, what))::BIGINT;
-- A moment of a day (local time) between two hours.
CREATE OR REPLACE MACRO at_hour(day, first_, last_, id, what) AS
    day::TIMESTAMP + to_seconds(floor((first_ + (last_ - first_) * chance(id, what)) * 3600)::BIGINT);
-- An account is a number while we count: the customer's, and which of theirs (current, savings, wealth, mortgage, loan,
-- credit card; from 100 on term deposits, from 150 on wealth products that end). It gets its name when handed over.
CREATE OR REPLACE MACRO account(i, which) AS i * 1000 + CASE which WHEN 'C' THEN 1 WHEN 'S' THEN 2 WHEN 'W' THEN 3
    WHEN 'M' THEN 4 WHEN 'L' THEN 5 WHEN 'K' THEN 6 END;
CREATE OR REPLACE MACRO account_name(a) AS printf('A%07d', a // 1000) || CASE
    WHEN a % 1000 <= 6 THEN 'CSWMLK'[a % 1000] WHEN a % 1000 < 150 THEN printf('T%02d', a % 1000 - 99)
    ELSE printf('V%02d', a % 1000 - 149) END;
-- What is owed when we begin to look, in payments: more than is paid off while we do.
CREATE OR REPLACE MACRO mortgage_payments(i) AS whole(greatest(60, getvariable('months') + 5),
    greatest(200, 2 * getvariable('months')), i, 'mortgage owed');
CREATE OR REPLACE MACRO loan_payments(i) AS whole(greatest(14, getvariable('months') * 3 // 5 + 1),
    greatest(40, 2 * getvariable('months')), i, 'loan owed');
CREATE OR REPLACE MACRO person(n) AS printf('P%06d', n);
