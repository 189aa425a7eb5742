-- Large movements that are a share of what can be spared: the money of those who leave, and the falls that mean nothing.
-- One row a step: share of the spare money at `at`; it is back (times `back`) at `until`, or never.
CREATE OR REPLACE TABLE steps AS
WITH leaving AS (
    SELECT v.i, v.how, v.first_out_n, v.gone_n, v.back_n, s.*,
        CASE WHEN cause = 'drift' AND s.step < 5 THEN left_n - 75 + s.step * 17
             WHEN cause = 'salary' AND s.step = 0 THEN left_n - lag + 8
             WHEN cause = 'salary' AND s.step = 1 THEN left_n - lag // 2 + 4
             WHEN s.step = 5 THEN gone_n
             ELSE left_n + (gone_n - left_n) * (s.step - 2) // 3 END AS n,
        CASE WHEN cause = 'drift' THEN s.fading WHEN cause = 'salary' THEN s.leaking
            ELSE s.plain END * (1 - v.kept) AS share
    FROM lives AS v CROSS JOIN (VALUES (0, 0.05, 0.06, 0.00), (1, 0.07, 0.08, 0.00), (2, 0.12, 0.16, 0.20),
        (3, 0.16, 0.20, 0.25), (4, 0.22, 0.20, 0.20), (5, 0.38, 0.30, 0.35)) AS s(step, fading, leaking, plain)
    WHERE cause IS NOT NULL
)
-- Who comes back brings everything back that night.
SELECT i, i * 10 + step AS id, 'leaving' AS why, step, share, how, at_hour(day_of_number(n), 9, 20, i * 10 + step,
    'out hour') AS ts,
    day_of_number(first_out_n)::TIMESTAMP AS spare_from, day_of_number(gone_n)::TIMESTAMP AS last_from,
    CASE WHEN back_n < getvariable('length') THEN at_hour(day_of_number(back_n), 0.2, 0.6, i, 'back hour')
        ELSE getvariable('end_day')::TIMESTAMP END AS until,
    CASE WHEN back_n < getvariable('length') THEN 1.0 END AS back
FROM leaving WHERE share > 0 AND n > 0 AND n < coalesce(back_n, 1000000)
UNION ALL
SELECT h.i, h.id * 10 + 7, h.name, 0,
    CASE name WHEN 'bridge' THEN 0.78 + 0.18 * chance(id, 'out share') WHEN 'house' THEN 0.6 + 0.3 * chance(id,
        'out share')
              WHEN 'payoff' THEN 0.25 + 0.3 * chance(id, 'out share') ELSE 0.32 + 0.25 * chance(id, 'out share') END,
    CASE name WHEN 'bridge' THEN pick(['own', 'own', 'house', 'platform'], id, 'out how') WHEN 'elsewhere' THEN 'own'
        WHEN 'payoff' THEN 'mortgage' ELSE 'house' END,
    at_hour(day_of_number(start_n), 9, 20, id, 'out hour'), day_of_number(start_n)::TIMESTAMP, NULL,
    CASE WHEN name IN ('bridge', 'elsewhere') THEN at_hour(day_of_number(end_n), 9, 20, id, 'back hour')
        ELSE getvariable('end_day')::TIMESTAMP END,
    CASE WHEN name IN ('bridge', 'elsewhere') THEN 1 + 0.02 * chance(id, 'back share') END
FROM happenings AS h WHERE name IN ('bridge', 'house', 'payoff', 'elsewhere')
UNION ALL  -- those who live from day to day: nothing on the account until the due day itself
SELECT s.i, s.id * 10 + 8, 'tight', 0, 0.97, 'person', at_hour(day_of_number(s.n - whole(2, 5, s.id, 'tight days')), 19,
    21, s.id, 'out hour'),
    at_hour(day_of_number(s.n - whole(2, 5, s.id, 'tight days')), 19, 21, s.id, 'out hour'), NULL,
    at_hour(day_of_number(s.n), 9, 10, s.id, 'back hour'), 1.0
FROM (SELECT i, id, n FROM instalments JOIN lives USING (i) WHERE tight AND (which = 'M' OR NOT has_mortgage)
      UNION ALL SELECT i, id, due_n FROM bills JOIN lives USING (i) WHERE lives.tight AND NOT has_mortgage
          AND NOT has_loan) AS s
WHERE s.n >= 8 AND chance(s.id, 'tight month') < 0.8;

-- What can be spared: the least that the account will hold while the money is away.
CREATE OR REPLACE TABLE spare AS
WITH stood AS (
    SELECT DISTINCT i, why, CASE WHEN why = 'leaving' THEN 0 ELSE id END AS spell, spare_from, last_from, until
    FROM steps
), reached AS (
    SELECT s.i, s.why, s.spell, o.account_id, o.product, o.opening,
        arg_max(u.moved, u.place) FILTER (u.ts < s.spare_from) AS moved_before,
        min(u.moved) FILTER (u.ts >= s.spare_from) AS least_moved_after,
        arg_max(u.moved, u.place) FILTER (u.ts < s.last_from) AS moved_at_last,
        min(u.moved) FILTER (u.ts >= s.last_from) AS least_moved_at_last
    FROM stood AS s JOIN openings AS o USING (i) LEFT JOIN usual AS u ON u.account_id = o.account_id AND u.ts <= s.until
    WHERE o.account_id % 1000 = 1 OR (o.account_id % 1000 = 2 AND why <> 'tight') OR (o.account_id % 1000 = 3
        AND why NOT IN ('tight', 'elsewhere'))
    GROUP BY ALL
)
SELECT i, why, spell, account_id, product, greatest(0, opening + least(coalesce(moved_before, 0),
    coalesce(least_moved_after, moved_before, 0)))::BIGINT AS amount,
    -- what has come in while the money was going goes with the last of it
    greatest(0, opening + least(coalesce(moved_at_last, 0), coalesce(least_moved_at_last, moved_at_last, 0)))::BIGINT
        AS amount_at_last
FROM reached;

-- One row a step and account. A savings or wealth account that will be closed is emptied to the last fen.
CREATE OR REPLACE TABLE moves AS
WITH summed AS (
    SELECT *, round(sum(share) OVER (PARTITION BY i, why, spell ORDER BY step), 9) AS upto
    FROM (SELECT *, CASE WHEN why = 'leaving' THEN 0 ELSE id END AS spell FROM steps)
), shared AS (
    SELECT s.*, p.account_id, p.product, p.amount AS spare, v.closes, v.gone_n,
        lag(floor(p.amount * s.upto)::BIGINT, 1, 0) OVER (PARTITION BY p.account_id, s.why, s.spell
            ORDER BY s.step) AS taken,
        CASE WHEN v.closes AND s.why = 'leaving' AND s.step = 5 AND p.product <> 'current'
                THEN greatest(p.amount, p.amount_at_last)
            WHEN s.why = 'leaving' AND s.step = 5 THEN floor(greatest(p.amount, p.amount_at_last) * s.upto)::BIGINT
            ELSE floor(p.amount * s.upto)::BIGINT END AS taken_then
    FROM summed AS s JOIN spare AS p USING (i, why, spell) JOIN lives AS v USING (i)
)
SELECT i, id, why, step::INTEGER AS step, how, ts, until, back, account_id, product, taken_then - taken AS amount
FROM shared WHERE ts < getvariable('end_day') AND taken_then > taken
    AND (i NOT IN (SELECT i FROM known_moves) OR why = 'leaving'
        AND i IN (SELECT i FROM lives WHERE called_n IS NOT NULL))
UNION ALL  -- what went before a call is as it was; a call in time ends it, and brings it back
SELECT * EXCLUDE (kept_n, called_n) REPLACE (CASE WHEN why = 'leaving' AND kept_n < getvariable('length')
        THEN at_hour(day_of_number(kept_n), 0.2, 0.6, i, 'back hour') ELSE until END AS until,
    CASE WHEN why = 'leaving' AND kept_n < getvariable('length') THEN 1.0 ELSE back END AS back)
FROM (SELECT k.*, v.kept_n, v.called_n FROM known_moves AS k JOIN lives AS v USING (i))
WHERE NOT (why = 'leaving' AND coalesce(day_number(ts) >= kept_n, false))
    AND NOT coalesce(day_number(ts) >= called_n, false);

INSERT INTO flows (i, account_id, ts, amount, kind, channel, own_account, category)
SELECT i, unnest([account_id, account(i, 'C')]), ts - INTERVAL 40 MINUTE, unnest([-amount, amount]),
    CASE product WHEN 'wealth' THEN 'wealth' ELSE 'transfer' END, 'app', true, 'own product'
FROM moves WHERE product <> 'current'
UNION ALL  -- and back where it came from
SELECT i, unnest([account(i, 'C'), account_id]), until + INTERVAL 1 MINUTE, unnest([-amount, amount]),
    CASE product WHEN 'wealth' THEN 'wealth' ELSE 'transfer' END, 'app', true, 'own product'
FROM moves WHERE product <> 'current' AND back IS NOT NULL AND until < getvariable('end_day') - INTERVAL 1 MINUTE
UNION ALL
SELECT i, account(i, 'C'), ends_at, principal, 'wealth', 'app', true, 'own product' FROM deposit_ends WHERE broken
    AND ends_n < getvariable('length');

CREATE OR REPLACE TABLE outs AS
WITH broken AS (
    SELECT i, 5 AS step, sum(principal) AS amount FROM deposit_ends WHERE broken AND ends_n < getvariable('length')
        GROUP BY i
), summed AS (
    SELECT i, id, why, step, how, ts, until, back, sum(amount)::BIGINT AS amount FROM moves GROUP BY ALL
)
SELECT s.* EXCLUDE (amount), v.customer_id, v.bank,
    CASE WHEN s.how = 'mortgage' THEN least(s.amount, -o.opening * 4 // 10)
         ELSE s.amount + coalesce(CASE WHEN why = 'leaving' THEN b.amount END, 0) END::BIGINT AS amount
FROM summed AS s JOIN lives AS v USING (i)
LEFT JOIN broken AS b ON b.i = s.i AND b.step = s.step
LEFT JOIN openings AS o ON o.account_id = account(s.i, 'M');

INSERT INTO flows (i, account_id, ts, amount, kind, channel, counterparty_id, counterparty_bank, own_account, category,
    tag)
SELECT i, account(i, 'C'), ts, -amount, CASE how WHEN 'mortgage' THEN 'repayment' ELSE 'transfer' END, 'app',
    CASE how WHEN 'own' THEN customer_id WHEN 'platform' THEN pick(getvariable('platforms_wheel'), i, 'platform')
             WHEN 'mortgage' THEN NULL ELSE person(whole(3901, 3999, CASE why WHEN 'tight' THEN id ELSE i END, 'house')) END,
    CASE how WHEN 'own' THEN bank WHEN 'platform' THEN pick(getvariable('platforms_wheel'), i, 'platform')
             WHEN 'mortgage' THEN NULL ELSE pick(getvariable('other_banks_wheel'), i, 'house') END,
    how IN ('own', 'mortgage'), CASE how WHEN 'platform' THEN 'platform' WHEN 'house' THEN 'house'
        WHEN 'mortgage' THEN 'mortgage' END, why
FROM outs
UNION ALL
SELECT i, account(i, 'M'), ts, amount, 'repayment', 'app', NULL, NULL, true, NULL, NULL FROM outs WHERE how = 'mortgage'
UNION ALL
SELECT i, account(i, 'C'), until, floor(amount * back)::BIGINT, 'transfer', 'auto',
    CASE how WHEN 'own' THEN customer_id WHEN 'platform' THEN pick(getvariable('platforms_wheel'), i, 'platform')
        ELSE person(whole(3901, 3999, CASE why WHEN 'tight' THEN id + 1 ELSE i END, 'house')) END,
    CASE how WHEN 'own' THEN bank WHEN 'platform' THEN pick(getvariable('platforms_wheel'), i, 'platform')
        ELSE pick(getvariable('other_banks_wheel'), i, 'house') END,
    how = 'own', CASE how WHEN 'platform' THEN 'platform' WHEN 'house' THEN 'house' END, NULL
FROM outs WHERE back IS NOT NULL AND until < getvariable('end_day');
