-- What the service's calls change. A persuadable customer who is called in time is kept from the next day on; a sleeping
-- dog begins to leave some days after the call. Everybody else lives as without care.
CREATE OR REPLACE TABLE calls_made AS
SELECT a.i, r.kind, r.name AS rule, r.topics, t.type, a.n
FROM actions AS a JOIN care_rules AS r ON r.name = a.rule JOIN care_types AS t ON t.i = a.i AND t.kind = r.kind
WHERE a.kind = 'call';

CREATE OR REPLACE TABLE lives AS
WITH kept AS (
    SELECT c.i, min(c.n) + 1 AS kept_n FROM calls_made AS c JOIN fates AS f USING (i)
    WHERE c.type = 'persuadable' AND c.n >= f.exposed_n - 10 AND c.n + 1 < f.gone_n GROUP BY c.i
), disturbed AS (
    SELECT c.i, min(c.n) AS called_n FROM calls_made AS c JOIN fates AS f USING (i)
    WHERE c.type = 'sleeping dog' AND c.n >= f.opened_n + 60 AND NOT EXISTS (FROM happenings AS h WHERE h.i = c.i
        AND h.name IN ('bridge', 'elsewhere') AND h.start_n <= c.n AND h.end_n >= c.n - 2)
    GROUP BY c.i
), called AS (
    SELECT f.*, k.kept_n, d.called_n, d.called_n + whole(getvariable('disturbed_least'), getvariable('disturbed_most'),
        i, 'disturbed after') AS goes_n
    FROM fates AS f LEFT JOIN kept AS k USING (i) LEFT JOIN disturbed AS d USING (i)
)
SELECT * REPLACE (
    coalesce(cause, CASE WHEN called_n IS NOT NULL THEN 'disturbed' END) AS cause,
    coalesce(left_n, goes_n) AS left_n, coalesce(gone_n, goes_n + whole(2, 20, i, 'speed')) AS gone_n,
    coalesce(exposed_n, goes_n) AS exposed_n, coalesce(first_out_n, goes_n) AS first_out_n,
    coalesce(unpaid_n, goes_n) AS unpaid_n, coalesce(back_n, kept_n) AS back_n)
FROM called;

-- Who was disturbed has no further adventures.
DELETE FROM happenings WHERE start_n > (SELECT called_n FROM lives AS v WHERE v.i = happenings.i);

-- True while somebody is away: from a day on until they are back, if ever.
CREATE OR REPLACE MACRO away(n, from_n, back_n) AS coalesce(n >= from_n AND n < coalesce(back_n, 1000000), false);

-- Deposits as they come to be: nobody renews after leaving began; what still runs when the rest has gone is broken that day.
CREATE OR REPLACE TABLE deposits AS
SELECT l.i, l.k, l.shelf, l.principal, l.starts, l.matures, l.starts_n, l.matures_n,
    l.i * 1000 + 100 + l.k AS account_id,
    CASE l.shelf WHEN 'V' THEN 0.028 ELSE 0.011 + 0.002 * (term_months // 6) END AS rate,
    least(l.matures_n, CASE WHEN v.back_n IS NULL AND v.gone_n > l.starts_n THEN v.gone_n END) AS ends_n,
    v.back_n IS NULL AND coalesce(v.gone_n < l.matures_n, false) AS broken
FROM ladder AS l JOIN lives AS v USING (i)
WHERE NOT away(l.starts_n, v.first_out_n, v.back_n) AND l.starts_n > v.opened_n
    AND (v.cause IS DISTINCT FROM 'offer' OR l.shelf = 'V' OR l.k <= v.offer_rung
        OR coalesce(l.starts_n >= v.back_n, false));
