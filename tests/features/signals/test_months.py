"""A stored history is read by month, and of old months only what is wanted: nobody may notice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from features.build import build_from
from features.catalogue import read_catalogue
from features.database import connect, metadata
from features.engine import open_versions
from features.intake import intake
from features.settings import read_settings
from features.sources import simulated
from features.sources.simulated.simulate import simulate
from features.warehouse import Warehouse

DAYS = [date(2025, 9, 1), date(2026, 3, 1), date(2026, 7, 1)]


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    """The settings of a home with 120 customers and eighteen months."""
    folder = tmp_path_factory.mktemp("months")
    simulate(folder / "made", customers=120, months=18, seed=5)
    settings = read_settings(home=folder / "home")
    engine = connect(settings.database)
    metadata.create_all(engine)
    delivered = datetime(2026, 7, 2, tzinfo=UTC)
    intake(Path(simulated.__file__).parent, folder / "made", settings, engine, delivered_at=delivered, progress=None)
    engine.dispose()
    return settings


@pytest.mark.parametrize("days", [DAYS[-1:], DAYS])
def test_what_is_read_by_month_is_what_is_read_whole(bank, days):
    with open_versions(Warehouse(bank.home), bank) as history:
        assert len(history.files["transactions"]) > 12
        by_month = build_from(history, read_catalogue(), days, zone=bank.zone, chunk_rows=2_000)
        whole = build_from(replace(history, files={}), read_catalogue(), days, zone=bank.zone)
    assert by_month.num_rows > 100
    assert by_month.column("assets").null_count < by_month.num_rows
    assert by_month.equals(whole)
