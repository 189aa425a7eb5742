-- x rank of a topic by its contacts, y share of contacts.
SELECT bank, row_number() OVER (PARTITION BY bank ORDER BY count(*) DESC, topic) AS x,
    count(*) / sum(count(*)) OVER (PARTITION BY bank) AS y
FROM contacts GROUP BY bank, topic ORDER BY bank, x
