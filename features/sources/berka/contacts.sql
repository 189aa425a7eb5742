-- Complaints of a consumer bureau, mapped to our topics. Those that came by telephone take hour, handling time and agent
-- from the call log. A contact is known when its day is over; what came of it when the day of the answer is over (a later
-- version, unless that is the same day). Whether relief was granted is known then only: it makes a question a complaint.
-- Channels: Web is app, Email is chat, Referral, Postal mail and Fax are branch.
WITH topics(issue, topic_id, disputed) AS (VALUES
    ('Account opening, closing, or management', 'application_status', false), ('Deposits and withdrawals',
        'transfer_arrival', false),
    ('Problems caused by my funds being low', 'fee_reason', false), ('Billing disputes', 'unknown_charge', true),
    ('Making/receiving payments, sending money', 'transfer_blocked', false), ('Using a debit or ATM card',
        'transfer_blocked', false),
    ('Other', NULL, false), ('Identity theft / Fraud / Embezzlement', 'unknown_charge', true),
        ('Closing/Cancelling account', 'application_status', false),
    ('APR or interest rate', 'instalment_cost', false), ('Customer service / Customer relations', 'case_progress',
        true), ('Other fee', 'fee_reason', true),
    ('Transaction issue', 'unknown_charge', false), ('Late fee', 'fee_reason', true),
        ('Credit card protection / Debt protection', 'auto_debit', true),
    ('Delinquent account', 'due_date', false), ('Rewards', 'refund_arrival', false),
        ('Credit reporting', 'case_progress', true),
    ('Billing statement', 'bill_amount', false), ('Credit line increase/decrease', 'credit_limit', false),
        ('Payoff process', 'prepay_loan', false),
    ('Credit determination', 'application_status', false), ('Advertising and marketing', NULL, true),
        ('Balance transfer', 'transfer_arrival', false),
    ('Collection debt dispute', 'due_date', true), ('Unsolicited issuance of credit card', 'unknown_charge', true),
        ('Collection practices', 'due_date', true),
    ('Forbearance / Workout plans', 'due_date', false), ('Privacy', NULL, true), ('Bankruptcy', 'due_date', false),
        ('Arbitration', 'case_progress', true),
    ('Cash advance', 'credit_limit', false), ('Cash advance fee', 'fee_reason', true), ('Application processing delay',
        'application_status', true),
    ('Balance transfer fee', 'fee_reason', true), ('Sale of account', NULL, false), ('Convenience checks', NULL, false),
        ('Overlimit fee', 'fee_reason', true)
), received AS (
    SELECT e.complaint_id, e.client_id AS customer_id, e.issue, e.submitted_via,
        e.company_response_to_consumer AS response, e.timely_response, e._file, e._line,
        try_strptime(e.date_received, '%d-%m-%Y')::DATE AS day, try_strptime(e.date_sent_to_company, '%d-%m-%Y')::DATE AS sent,
        l.server, TRY_CAST(TRY_CAST(l.service_seconds AS DOUBLE) AS INTEGER) AS handle_seconds,
            try_strptime(l.ser_start, '%Y-%m-%d %H:%M:%S') AS picked_up
    FROM read_csv('czech_bank_crm/crm_events.csv.gz') AS e
    LEFT JOIN read_csv('czech_bank_crm/crm_call_center_logs.csv.gz') AS l ON l.complaint_id = e.complaint_id
), mapped AS (
    SELECT r.* REPLACE (greatest(sent, day) AS sent), t.topic_id, coalesce(t.disputed, true) AS disputed,
        day::TIMESTAMP + CASE WHEN picked_up IS NULL THEN INTERVAL 12 HOUR ELSE picked_up - date_trunc('day',
            picked_up) END AS at_time
    FROM received AS r LEFT JOIN topics AS t USING (issue)
), versions AS (
    SELECT *, false AS answered, day + 1 AS known_on FROM mapped WHERE sent > day OR response = 'In progress'
    UNION ALL
    SELECT *, true, sent + 1 FROM mapped WHERE response <> 'In progress'
)
SELECT complaint_id AS contact_id, customer_id, utc(at_time) AS ts,
    CASE submitted_via WHEN 'Phone' THEN 'phone' WHEN 'Web' THEN 'app' WHEN 'Email' THEN 'chat'
        ELSE 'branch' END AS channel,
    topic_id, issue AS text, CASE WHEN disputed OR (answered AND response LIKE '%with%relief') THEN 'complaint'
        ELSE 'question' END AS kind,
    CASE WHEN answered AND timely_response = 'Yes' THEN utc(greatest(at_time, sent::TIMESTAMP + INTERVAL 12 HOUR)) END
        AS first_response_at,
    CASE WHEN answered THEN utc(greatest(at_time, sent::TIMESTAMP + INTERVAL 12 HOUR)) END AS resolved_at,
        NULL AS reopened,
    handle_seconds, server AS agent_id, NULL AS csat, NULL AS nps, complaint_id AS case_id, _file, _line,
        utc(known_on::TIMESTAMP) AS known_at
FROM versions
