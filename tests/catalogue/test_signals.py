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
PROMISED = """
transactions_7d transactions_30d transactions_90d transactions_180d active_days_30d active_days_90d
active_days_180d days_since_transaction transaction_gap_mean_90d transactions_ratio_30_90 counterparties_30d
counterparties_90d share_app_90d pending_transfers_1d declines_7d assets assets_demand assets_mean_7d
assets_mean_30d assets_mean_60d assets_mean_90d assets_mean_30d_before_7d assets_peak_180d assets_min_90d
assets_slope_90d assets_drop_from_peak assets_ratio_7_30 assets_fall_7_30 demand_share money_in_7d money_in_30d
money_in_90d money_in_180d money_out_7d money_out_30d money_out_90d money_out_180d card_spend_7d card_spend_30d
card_spend_90d card_count_30d largest_card_spend_7d card_spend_p99_180d largest_in_7d own_outflow_7d
own_outflow_30d own_outflow_largest_7d wealth_out_7d repayment_out_7d mean_amount_90d cash_out_30d fees_30d
fees_180d fee_count_7d money_out_ratio_30_90 salaries_180d salary_months_120d salary_mean_180d salary_last
days_since_salary salary_variation_180d salary_day_std_180d largest_in_day_7d next_due_on due_in_days
repayment_last card_owed card_limit card_utilisation short_gap accounts_open accounts_closed_180d products_open
term_balance term_next_maturity_on term_next_maturity_days term_maturing_amount loans_open loan_owed
wealth_balance tenure_days contacts_7d contacts_30d contacts_90d contacts_180d complaints_30d complaints_90d
complaints_180d unresolved_90d repeat_topic_7d repeat_topic_30d repeat_topic_last days_since_contact
days_since_complaint last_topic last_csat complaints_no_callback_30d last_complaint_id
days_since_complaint_closed share_phone_180d logins_28d logins_84d logins_ratio_28_84 login_failures_1d age
segment language is_staff risk_rating has_manager churn_probability churn_rank
"""
ARROW = {"number": pa.float64(), "text": pa.string(), "flag": pa.bool_(), "day": pa.date32()}
SIGNALS = pytest.mark.parametrize("name", list(CATALOGUE.signals))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """The signals of a made bank of 60 customers."""
    home = tmp_path_factory.mktemp("bank")
    simulate(home / "made", customers=60, months=18, seed=7)
    settings = read_settings(home=home / "home")
    engine = connect(settings.database)
    metadata.create_all(engine)
    source = Path(simulated.__file__).parent
    intake(source, home / "made", settings, engine, delivered_at=datetime(2026, 7, 2, tzinfo=UTC), progress=None)
    engine.dispose()
    return build_signals(Warehouse(settings.home), CATALOGUE, DAY, settings)


def test_every_promised_signal_is_there():
    assert set(CATALOGUE.signals) >= set(PROMISED.split())


def test_the_catalogue_covers_its_subjects():
    subjects = {signal.subject for signal in CATALOGUE.signals.values()}
    assert subjects >= {"activity", "balance", "flows", "income", "credit", "products", "service", "digital", "person"}


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
    assert tiny.schema.field(name).type == ARROW[CATALOGUE.types[name]]
    made = {"churn_probability", "churn_rank"}
    rare = {"own_outflow_largest_7d", "last_complaint_id", "days_since_complaint_closed"}
    assert (tiny.column(name).null_count < tiny.num_rows) != (name in made) or name in rare


def test_no_two_signals_mean_the_same():
    for language in ("zh", "en"):
        said = [getattr(signal, language) for signal in CATALOGUE.signals.values()]
        assert len(set(said)) == len(said)


def test_a_row_a_customer_in_order(tiny):
    customers = tiny.column("customer_id").to_pylist()
    assert customers == sorted(set(customers))
    assert tiny.column_names == ["customer_id", "as_of", *CATALOGUE.signals]
    assert set(tiny.column("as_of").to_pylist()) == {DAY}
