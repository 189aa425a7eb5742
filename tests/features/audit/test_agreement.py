"""The SQL of every form and signal against the oracle and the builder: three ways that share no code."""

from __future__ import annotations

import math
import os
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from features.audit.dialect import DIALECTS
from features.audit.question import Question, Stored, speak
from features.audit.statement import signal_sql
from features.build import build_signals
from features.catalogue import read_catalogue, read_folders
from features.engine import open_engine
from tests.features.audit.by_sql import build_by_sql
from tests.features.signals.by_hand import differences
from tests.features.signals.cases import catalogue_text
from tests.features.signals.histories import DAYS, at_every_edge, at_one_instant, histories

FULL = os.environ.get("FORECARE_FULL") == "1"
SETTINGS = settings(
    max_examples=100 if FULL else 2, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True,
    phases=(Phase.explicit, Phase.generate),
)  # fmt: skip
DAY = date(2026, 7, 1)


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    """Every form over every table, as a catalogue."""
    folder = tmp_path_factory.mktemp("signals")
    (folder / "tests.yaml").write_text(catalogue_text(), encoding="utf-8")
    return read_folders([folder])


@SETTINGS
@given(found=histories())
def test_the_sql_of_every_form_says_what_the_oracle_says(found, cases):
    assert differences(found.rows, found.days, cases, build_by_sql, found.known_by) == []


@pytest.mark.parametrize("rows", [at_every_edge(DAYS[0]), at_one_instant(DAYS[0])], ids=["edges", "one instant"])
def test_rows_at_edges_and_at_one_instant_fall_on_the_right_side(rows, cases):
    assert differences(rows, [DAYS[0]], cases, build_by_sql) == []


def test_the_sql_of_every_signal_gives_what_the_builder_gives(made_bank):
    bank, warehouse = made_bank
    catalogue = read_catalogue()
    built = build_signals(warehouse, catalogue, DAY, bank)
    question = Question(DAY, DAY, bank.zone, Stored(warehouse), DIALECTS["duckdb"], speak("zh"))
    with open_engine(bank) as connection:
        told = connection.execute(signal_sql(catalogue, catalogue.stored, question)).to_arrow_table()

    assert told.column("customer_id").to_pylist() == built.column("customer_id").to_pylist()
    wrong = {name: differing(built.column(name), told.column(name)) for name in catalogue.stored}
    assert {name: some for name, some in wrong.items() if some} == {}


def differing(one, other):
    """The first few pairs that are not the same; numbers may differ in a quotient's last digits."""
    pairs = zip(one.to_pylist(), other.to_pylist(), strict=True)
    return [(a, b) for a, b in pairs if a != b and not (_numbers(a, b) and math.isclose(a, b, rel_tol=1e-9))][:3]


def _numbers(*values):
    return all(isinstance(value, float) for value in values)
