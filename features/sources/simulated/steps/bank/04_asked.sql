-- What the steps over people are asked for: whom to make, what the service did, and, where people are made again, what was
-- settled when they were made first. All but `chosen` are empty where a bank is made.
CREATE TABLE chosen (i BIGINT);
CREATE TABLE actions (i BIGINT, kind VARCHAR, rule VARCHAR, topic VARCHAR, n BIGINT);
CREATE TABLE known_openings (account_id BIGINT, opening BIGINT);
CREATE TABLE known_moves (i BIGINT, id BIGINT, why VARCHAR, step INTEGER, how VARCHAR, ts TIMESTAMP, until TIMESTAMP,
    back DOUBLE, account_id BIGINT, product VARCHAR, amount BIGINT);

CREATE TABLE known_calls (i BIGINT, id BIGINT, topic VARCHAR, kind VARCHAR, ts TIMESTAMP, why VARCHAR,
    root_ts TIMESTAMP);

-- When each payday is paid in each month.
CREATE TABLE paydays_in AS
SELECT p.name::BIGINT AS payday, m.m, d.paid_on, d.n
FROM paydays AS p CROSS JOIN months AS m JOIN days AS d ON d.n = m.n + least(p.name, m.length) - 1;

CREATE TABLE springs AS SELECT day_number(day) AS n FROM spring_festivals;
CREATE TABLE every_kind AS SELECT c.name AS cause, k.name AS kind, k.disturbs, coalesce(p.share, 0) AS share
FROM causes AS c CROSS JOIN care_kinds AS k LEFT JOIN persuadable AS p ON p.cause = c.name AND p.kind = k.name;
