"""Every signal of the catalogue has what every signal must have; one that lacks it fails here by name."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from features.build import build_signals
from features.catalogue import read_catalogue
from features.database import connect, metadata
from features.intake import intake
from features.rows import ROWS
from features.settings import read_settings
from features.sources import simulated
from features.sources.simulated.simulate import simulate
from features.warehouse import Warehouse

CATALOGUE = read_catalogue()
DAY = date(2026, 6, 1)
LONG, YEAR = (
    190,
    365,
)  # days; what looks further back than LONG costs a second reading, so few do, and none beyond a year
PROMISED = {
    "activity": """transactions_7d transactions_30d transactions_90d transactions_180d active_days_30d active_days_90d
        active_days_180d days_since_transaction days_since_card days_since_cash days_since_transfer
        transaction_gap_mean_90d transaction_gap_std_90d transactions_ratio_30_90 share_app_90d
        share_branch_90d share_atm_90d share_auto_90d counterparties_30d counterparties_90d new_payees_7d
        categories_30d categories_90d pending_transfers_1d declines_1d declines_7d declines_for_limit_1d
        new_transfer_payees_1d own_failures_2d own_failure_on""",
    "balance": """assets assets_demand current_balance savings_balance assets_mean_7d assets_mean_30d assets_mean_60d
        assets_mean_90d assets_mean_30d_before_7d assets_mean_30d_before_30d assets_peak_180d assets_min_90d
        assets_slope_90d assets_drop_from_peak assets_ratio_7_30 assets_fall_7_30 demand_share idle_days_30d
        idle_days_90d""",
    "flows": """money_in_7d money_in_30d money_in_90d money_in_180d money_out_7d money_out_30d money_out_90d
        money_out_180d money_in_count_30d money_out_count_30d card_spend_7d card_spend_30d card_spend_90d
        card_count_30d transfer_out_30d transfer_out_count_30d transfer_in_30d cash_out_30d cash_count_30d
        cash_in_30d refunds_30d fees_30d fees_180d fee_count_7d largest_card_spend_7d largest_in_7d
        largest_out_7d card_spend_p99_180d money_out_p99_180d own_outflow_7d own_outflow_30d
        own_outflow_largest_7d net_to_platforms_30d net_to_platforms_90d net_to_wallets_30d
        net_to_brokers_30d net_to_funds_30d wealth_out_7d repayment_out_7d mean_amount_90d
        money_out_ratio_30_90 largest_purchase_7d largest_transfer_out_1d net_to_platforms_30d_before_30d
        platforms_month_usual largest_hospital_7d days_since_first_tuition""",
    "income": """salaries_62d salaries_180d days_since_first_pension salary_months_120d salary_mean_180d
        salary_std_180d salary_variation_180d salary_day_std_180d salary_last days_since_salary
        salary_next_on salary_missing_days salary_median_180d salary_change salary_lowest_62d
        salary_highest_62d largest_in_day_7d""",
    "credit": """card_owed card_limit card_utilisation card_utilisation_change_14d minimum_streak_180d
        minimum_missed_90d minimum_missed_180d minimum_missed_365d days_since_minimum_missed days_past_due
        statement_on days_since_statement days_since_first_mortgage mortgage_opened_on mortgage_owed
        repricing_in_days repricing_on statement_owed statement_unpaid statement_due_on
        statement_median_150d_before_31d statement_ratio statement_rise interest_charged_90d
        days_since_first_interest days_since_first_fee new_fee_types_7d next_due_on due_in_days
        due_accounts_7d repayment_last short_gap expected_before_due due_amount projected_at_due due_gap
        charge_last charged_7d""",
    "products": """accounts_open accounts_closed_180d accounts_closed_share_180d products_open term_balance
        wealth_balance loans_open loan_owed term_next_maturity_on term_next_maturity_days
        term_maturing_amount term_maturities_30d wealth_next_maturity_on wealth_next_maturity_days
        term_matured_on term_matured_placed wealth_maturing_amount wealth_matured_on
        days_since_wealth_matured wealth_matured_placed wealth_paid_out_7d wealth_return_1d
        wealth_return_30d wealth_share term_paid_out_30d product_newest product_newest_days product_lost
        product_lost_days tenure_days wealth_maturity_on wealth_maturity_days wealth_maturity_amount""",
    "recurring": """recurring_in recurring_out recurring_in_monthly recurring_out_monthly recurring_confidence
        recurring_next_out_on recurring_next_out recurring_late recurring_price_step
        recurring_price_step_share recurring_price_payee duplicate_charges_1d""",
    "service": """contacts_7d contacts_30d contacts_90d contacts_180d complaints_30d complaints_90d complaints_180d
        unresolved_90d repeat_topic_7d repeat_topic_30d repeat_topic_last repeat_contacts_30d
        days_since_contact days_since_complaint last_topic last_csat last_nps days_since_survey
        share_phone_180d contact_share_chat_180d contact_share_wechat_180d contact_share_app_180d
        contact_share_branch_180d response_hours_180d complaints_no_callback_30d last_complaint_id
        days_since_complaint_closed open_cases open_case_days open_case_level_used complaints_reopened_30d
        csat_7d nps_7d last_survey_id asked_prepay_30d open_case_oldest_id open_case_silent_days""",
    "digital": """logins_28d logins_84d logins_84d_before_28d phone_changes_7d logins_ratio_28_84 login_days_30d
        days_since_login login_failures_1d login_failure_burst_1d new_devices_7d codes_unused_7d
        bindings_30d binding_failures_30d unbindings_30d views_rates_30d views_instalments_30d
        views_limits_30d prepayment_calculations_30d""",
    "person": """age age_band segment language is_staff risk_rating has_manager tier_line_distance
        tier_line_distance_before_30d document_expires_on document_expires_in_days life_stage
        days_since_life_stage""",
    "score": "churn_probability churn_rank churn_change",
    "voice": "fixed_topic fixed_topic_days",
}
# Of 60 people few have these.
RARE = {
    "own_outflow_largest_7d", "last_complaint_id", "days_since_complaint_closed", "minimum_missed_on",
    "days_since_minimum_missed", "interest_first_on", "days_since_first_interest", "wealth_next_maturity_on",
    "wealth_next_maturity_days", "csat_7d", "nps_7d", "last_survey_id", "own_failure_on", "tuition_first_on",
    "days_since_first_tuition", "wealth_maturing_amount", "wealth_matured_on", "days_since_wealth_matured",
    "wealth_matured_placed", "wealth_maturity_on", "wealth_maturity_days", "wealth_maturity_amount",
}  # fmt: skip
ARROW = {"number": pa.float64(), "text": pa.string(), "flag": pa.bool_(), "day": pa.date32()}
SIGNALS = pytest.mark.parametrize("name", list(CATALOGUE.signals))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """The signals of a made bank of 60 customers, hidden ones too."""
    home = tmp_path_factory.mktemp("bank")
    simulate(home / "made", customers=60, months=18, seed=7)
    settings = read_settings(home=home / "home")
    engine = connect(settings.database)
    metadata.create_all(engine)
    source = Path(simulated.__file__).parent
    intake(source, home / "made", settings, engine, delivered_at=datetime(2026, 7, 2, tzinfo=UTC), progress=None)
    engine.dispose()
    return build_signals(Warehouse(settings.home), CATALOGUE, DAY, settings, names=list(CATALOGUE.signals))


@pytest.mark.parametrize("subject", PROMISED)
def test_every_promised_signal_is_there_under_its_subject(subject):
    there = {name for name in CATALOGUE.stored if CATALOGUE.signals[name].subject == subject}
    assert there == set(PROMISED[subject].split())


def test_every_subject_is_promised():
    assert {signal.subject for signal in CATALOGUE.signals.values()} == set(PROMISED)


@SIGNALS
def test_a_signal_says_what_it_means_who_owns_it_and_how_far_it_looks_back(name):
    signal = CATALOGUE.signals[name]
    assert any("一" <= letter <= "鿿" for letter in signal.zh)
    assert not any("一" <= letter <= "鿿" for letter in signal.en)
    assert "{" not in signal.zh + signal.en
    assert signal.owner
    assert signal.unit
    assert (signal.days is not None) == (signal.table is not None and ROWS[signal.table].event)
    assert ".yaml:" in signal.place


@SIGNALS
def test_a_signal_builds_on_a_tiny_bank_with_its_own_type(name, tiny):
    assert tiny.schema.field(name).type == ARROW[CATALOGUE.signals[name].type]
    given = CATALOGUE.signals[name].given is not None
    assert (tiny.column(name).null_count < tiny.num_rows) != given or name in RARE


@SIGNALS
def test_a_hidden_signal_is_read_by_another(name):
    readers = [other for other in CATALOGUE.signals.values() if other.expression and name in other.expression.names]
    assert readers or not CATALOGUE.signals[name].hidden


def test_few_signals_look_further_back_than_half_a_year():
    far = [one for one in CATALOGUE.signals.values() if one.table == "transactions" and one.days + one.until > LONG]
    assert max(one.days + one.until for one in far) == YEAR
    names = {name for one in far for part in (one.measure, one.where) for name in part.names}
    assert names <= {"transaction_id", "ts", "day", "amount", "kind", "status", "category", "product"}
    assert len(far) <= 8


def test_no_two_signals_mean_the_same():
    for language in ("zh", "en"):
        said = [getattr(signal, language) for signal in CATALOGUE.signals.values()]
        assert len(set(said)) == len(said)


def test_a_row_a_customer_in_order(tiny):
    customers = tiny.column("customer_id").to_pylist()
    assert customers == sorted(set(customers))
    assert tiny.column_names == ["customer_id", "as_of", *CATALOGUE.signals]
    assert set(tiny.column("as_of").to_pylist()) == {DAY}
