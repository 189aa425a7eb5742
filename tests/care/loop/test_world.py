"""The made bank as a bank that answers: its days one by one are its history at once, and it knows whom a call helps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from care.loop.world import MadeBank
from features.database import connect, metadata
from features.intake import intake
from features.moments import midnight
from features.settings import read_settings
from features.sources.simulated.day import ACTIONS
from features.sources.simulated.simulate import simulate
from features.warehouse import Warehouse

START, END = date(2025, 4, 26), date(2025, 5, 1)
NOTHING = ACTIONS.empty_table()


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world") / "world"
    simulate(folder, customers=80, months=4, seed=6)
    return MadeBank.in_folder(folder)


@pytest.fixture
def take(tmp_path, bank):
    """Takes a delivery into a home, as known at the beginning of a day; gives the home's history."""
    engines = []

    def into(name, folder, known_until):
        settings = read_settings(home=tmp_path / name, database_url="", identity_key="")
        engines.append(connect(settings.database))
        metadata.create_all(engines[-1])
        at = midnight(known_until, settings.zone).replace(tzinfo=UTC)
        assert isinstance(at, datetime)
        report = intake(bank.source, folder, settings, engines[-1], delivered_at=at)
        assert all(count.quarantined == 0 for count in report.tables.values())
        return Warehouse(settings.home)

    yield into
    for engine in engines:
        engine.dispose()


def test_its_days_one_by_one_are_its_history_at_once_where_nobody_acts(bank, take, tmp_path):
    bank.hand_over(END, tmp_path / "whole")
    whole = take("at once", tmp_path / "whole", END)
    bank.hand_over(START, tmp_path / "before")
    history = take("by day", tmp_path / "before", START)
    for number in range((END - START).days):
        day = START + timedelta(days=number)
        bank.answer(day, NOTHING, tmp_path / str(day))
        history = take("by day", tmp_path / str(day), day + timedelta(days=1))
    assert history.version == whole.version


def test_it_knows_what_a_call_does_to_everybody(bank):
    everybody = [f"C{number:07d}" for number in range(1, 81)]
    rows = [
        {"customer_id": who, "kind": "call", "rule": "balance_drop", "topic": None, "day": START} for who in everybody
    ]
    found = bank.responses(pa.Table.from_pylist(rows, schema=ACTIONS))
    assert sum(found.values()) == len(everybody)
    assert set(found) <= {"persuadable", "sure thing", "lost cause", "sleeping dog"}
    assert bank.responses(NOTHING) == {}
