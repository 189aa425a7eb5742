-- Complaints without a time of day; who they belong to was drawn at random, so repeats say nothing about people.
INSERT INTO contacts
SELECT 'crm', client_id, CAST(strptime(date_received, '%d-%m-%Y') AS DATE), NULL, issue
FROM read_csv('$data/czech_bank_crm/crm_events.csv.gz', all_varchar = true);
