-- What came of each customer of `entries` (customer_id, since: the instant from which things count; NULL counts nothing).
SELECT e.customer_id,
    count(c.contact_id) AS contacts,
    count(c.contact_id) FILTER (c.kind = 'complaint') AS complaints
FROM entries AS e LEFT JOIN contacts AS c ON c.customer_id = e.customer_id AND c.ts >= e.since AND c.ts < $until
GROUP BY e.customer_id ORDER BY e.customer_id
