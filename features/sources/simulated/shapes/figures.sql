-- One number a bank and figure, from the measures (tables of their names): figure, bank, value.
SELECT 'transactions' AS figure, bank, y AS value FROM transactions WHERE x = 0.5
UNION ALL SELECT 'busy', bank, max(y) FILTER (x = 0.9) / nullif(max(y) FILTER (x = 0.1), 0) FROM transactions GROUP BY bank
UNION ALL SELECT 'large_amounts', bank, y FROM amounts WHERE x = 0.9
UNION ALL SELECT 'small_amounts', bank, y FROM amounts WHERE x = 0.1
UNION ALL SELECT 'next_day', bank, y FROM gaps WHERE x = 1
UNION ALL SELECT 'next_week', bank, y FROM gaps WHERE x = 7
UNION ALL SELECT 'weekend', bank, sum(y) FROM weekdays WHERE x >= 6 GROUP BY bank
UNION ALL SELECT 'office_hours', bank, sum(y) FROM hours WHERE x BETWEEN 9 AND 16 GROUP BY bank
UNION ALL SELECT 'night', bank, sum(y) FROM hours WHERE x < 6 GROUP BY bank
UNION ALL SELECT 'contact_weekend', bank, sum(y) FROM contact_weekdays WHERE x >= 6 GROUP BY bank
UNION ALL SELECT 'contact_office_hours', bank, sum(y) FROM contact_hours WHERE x BETWEEN 9 AND 16 GROUP BY bank
UNION ALL SELECT 'contact_peak', bank, max(y) FROM contact_hours GROUP BY bank
UNION ALL SELECT 'repeat_day', bank, y FROM repeats WHERE x = 1
UNION ALL SELECT 'repeat_week', bank, y FROM repeats WHERE x = 7
UNION ALL SELECT 'repeat_month', bank, y FROM repeats WHERE x = 30
UNION ALL SELECT 'first_topic', bank, y FROM topics WHERE x = 1
UNION ALL SELECT 'first_topics', bank, sum(y) FROM topics WHERE x <= 3 GROUP BY bank
UNION ALL SELECT 'topics', bank, count(*) FROM topics GROUP BY bank
UNION ALL SELECT 'callers_again', bank, y FROM callers WHERE x = 2
