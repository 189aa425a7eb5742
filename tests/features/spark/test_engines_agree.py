"""DuckDB and Spark give the same signals: every form over histories by chance, our own over a made bank."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import features.sources
from api.cli import answer
from features.build import build_from
from features.database import connect, metadata
from features.engine import open_versions
from features.engines import Here
from features.intake import intake
from features.settings import read_settings
from features.sources.simulated.simulate import simulate
from features.spark import dialect, frames
from features.spark.cluster import Cluster
from tests.features.signals.by_hand import all_cases
from tests.features.signals.histories import DAYS, at_every_edge, at_one_instant
from tests.features.signals.oracle import BERLIN, days_before
from tests.features.spark.stored import lives, store, together
from tests.features.spark.test_dialect import drawn

SUMMER = DAYS[0]  # the day after the clocks go forward


def differences(home, warehouse, days, engine, catalogue=None, known_by=None, names=None):
    """(day, customer, signal, found, wanted) wherever `engine` and DuckDB give different values."""
    built = []
    for one in (Here(), engine):
        with open_versions(warehouse, read_settings(home=home, threads=1)) as history:
            built.append(build_from(history, catalogue or all_cases(), days, zone=BERLIN, known_by=known_by,
                                    names=names, engine=one, chunk_rows=100))  # fmt: skip
    wanted, found = built
    assert wanted.num_rows > 0
    assert found.schema == wanted.schema
    assert found.select(["as_of", "customer_id"]).equals(wanted.select(["as_of", "customer_id"]))
    return [
        (row["as_of"], row["customer_id"], name, other[name], row[name])
        for row, other in zip(wanted.to_pylist(), found.to_pylist(), strict=True)
        for name in row
        if row[name] != other[name]
    ]


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """Ninety lives around one day."""
    home = tmp_path_factory.mktemp("lives")
    more = [at_every_edge(SUMMER), at_one_instant(SUMMER)]
    return home, store(together([*drawn(lives(SUMMER), 30), *more]), home)


def test_every_form_has_the_same_value_on_days_that_see_different_versions(session, history):
    days = [days_before(SUMMER, 31), days_before(SUMMER, 7), SUMMER]
    assert differences(*history, days, Cluster(session)) == []


def test_every_form_has_the_same_value_as_the_day_looks_later(session, history):
    assert differences(*history, [SUMMER], Cluster(session), known_by=SUMMER + timedelta(days=20)) == []


def test_the_command_writes_the_same_bytes_with_either_engine(session, made_bank, tmp_path, monkeypatch):
    monkeypatch.setenv("FORECARE_HOME", str(made_bank))
    written = []
    for engine in ("duckdb", "local[2]"):
        monkeypatch.setenv("FORECARE_ENGINE", engine)
        days = "2026-05-01,2026-07-01"
        assert answer(["signals", "build", "--as-of", days, "--out", str(tmp_path / engine)]) == 0
        files = sorted((tmp_path / engine).iterdir())
        written.append([(path.name, path.read_bytes()) for path in files])

    assert len(written[0]) == 2
    assert written[0] == written[1]


def asking(*aggregates):
    """The cases that ask so."""
    return [name for name, signal in all_cases().signals.items() if signal.aggregate in aggregates]


def test_ties_in_time_broken_the_other_way_are_seen(session, history, monkeypatch):
    from pyspark.sql import functions

    monkeypatch.setattr(frames, "ORDER", (*frames.ORDER[:-1], functions.desc(frames.PLACE)))
    wrong = differences(*history, [SUMMER], Cluster(session), names=asking("first", "last"))
    assert {name.rpartition("_")[0] for _, _, name, _, _ in wrong} >= {"first", "last"}


def test_a_hash_that_differs_from_partition_to_partition_is_seen(session, history, monkeypatch):
    seeded = dialect._FUNCTIONS["hash"]
    seed = dialect.exp.Anonymous(this="SPARK_PARTITION_ID", expressions=[])
    monkeypatch.setitem(dialect._FUNCTIONS, "hash", lambda *values: seeded(*values, seed))
    wrong = differences(*history, [SUMMER], Cluster(session), names=asking("distinct", "repeats"))
    assert len({name for _, _, name, _, _ in wrong}) > 1


@pytest.fixture(scope="module")
def made_bank(tmp_path_factory):
    """The home of 80 made customers over 18 months."""
    folder = tmp_path_factory.mktemp("made")
    simulate(folder / "data", customers=80, months=18, seed=11)
    bank = read_settings(home=folder / "home", database_url="", identity_key="", threads=1)
    engine = connect(bank.database)
    metadata.create_all(engine)
    source = Path(features.sources.__file__).parent / "simulated"
    intake(source, folder / "data", bank, engine, delivered_at=datetime(2026, 8, 1, tzinfo=UTC))
    engine.dispose()
    return bank.home
