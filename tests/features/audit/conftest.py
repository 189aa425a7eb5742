"""A made bank in a warehouse, for tests that read stored files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import features.sources
from features.database import connect, metadata
from features.intake import intake
from features.settings import read_settings
from features.sources.simulated.simulate import simulate
from features.warehouse import Warehouse


@pytest.fixture(scope="package")
def made_bank(tmp_path_factory):
    """Settings and warehouse of 60 made customers over 18 months."""
    folder = tmp_path_factory.mktemp("made")
    simulate(folder / "data", customers=60, months=18, seed=7)
    bank = read_settings(home=folder / "home", database_url="", identity_key="", threads=1)
    engine = connect(bank.database)
    metadata.create_all(engine)
    source = Path(features.sources.__file__).parent / "simulated"
    intake(source, folder / "data", bank, engine, delivered_at=datetime(2026, 8, 1, tzinfo=UTC))
    engine.dispose()
    return bank, Warehouse(bank.home)
