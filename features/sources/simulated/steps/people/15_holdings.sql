-- What people mean to hold. The assets of most affluent and private customers reach the line of their tier. Nothing here
-- depends on calls.
CREATE OR REPLACE TABLE holdings AS
WITH own AS (
    SELECT v.i, v.line, CASE WHEN v.tight THEN 0 ELSE floor(income * months) END::BIGINT AS current,
        CASE WHEN has_savings THEN floor(income * savings_months * exp(0.6 * normal(v.i, 'savings')))::BIGINT END AS savings,
        CASE WHEN has_wealth THEN greatest(10, round(v.wealth * exp(0.5 * normal(v.i, 'wealth')) / 1000))::BIGINT * 100000
            END AS wealth, coalesce(d.principal, 0) AS placed,
        CASE WHEN v.tight THEN 5000 + whole(0, 30000, v.i, 'reserve')
            ELSE floor(income * (0.15 + 0.35 * chance(v.i, 'reserve'))) END::BIGINT AS reserve
    FROM lives AS v LEFT JOIN (SELECT i, sum(principal) AS principal FROM deposits WHERE starts_n < 0 GROUP BY i) AS d USING (i)
), raised AS (
    SELECT *, CASE WHEN line > 0 AND chance(i, 'below tier') >= getvariable('below_tier')
        THEN greatest(1, (line * 100 * (1.08 + 0.6 * chance(i, 'above tier')) - placed)
            / (current + coalesce(savings, 0) + coalesce(wealth, 0))) ELSE 1 END AS factor
    FROM own
)
SELECT i, account(i, 'C') AS account_id, 'current' AS product, floor(current * factor)::BIGINT AS wanted, reserve
FROM raised
UNION ALL
SELECT i, account(i, 'S'), 'savings', floor(savings * factor)::BIGINT, 10000 FROM raised WHERE savings IS NOT NULL
UNION ALL
SELECT i, account(i, 'W'), 'wealth', floor(wealth * factor / 100000)::BIGINT * 100000, 10000 FROM raised
WHERE wealth IS NOT NULL;
