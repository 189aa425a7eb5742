-- What the service did so far, from the rows of its database: `outcomes` (a call that reached somebody, with the reasons of its
-- task) and `offers` (pre-answers of each night that a channel would show). Nothing later than a day changes an earlier one.
WITH calls AS (
    SELECT customer_id, 'call' AS kind, rule_id AS rule, CAST(NULL AS VARCHAR) AS topic, day
    FROM outcomes
    QUALIFY row_number() OVER (PARTITION BY task_id, day ORDER BY last_as_of DESC, rank, rule_id, key) = 1
), stretches AS (
    -- The same pre-answer day after day is one stretch; it is shown on its first day and again after the rest.
    SELECT *, as_of - CAST(row_number() OVER (PARTITION BY customer_id, topic_id ORDER BY as_of) AS INTEGER) AS stretch
    FROM offers
), shown AS (
    SELECT customer_id, 'pre_answer' AS kind, CAST(NULL AS VARCHAR) AS rule, topic_id AS topic, as_of AS day
    FROM stretches
    QUALIFY (as_of - min(as_of) OVER (PARTITION BY customer_id, topic_id, stretch)) % $rest_days = 0
)
FROM calls UNION ALL FROM shown ORDER BY day, customer_id, kind, rule, topic
