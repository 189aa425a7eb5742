"""A small made bank in a warehouse, made once; each test gets a copy of its home with a database of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import features.sources
from features.database import connect, metadata, migrate
from features.settings import Settings, read_settings
from features.warehouse import Warehouse

CUSTOMERS = 300
Bank = tuple[Settings, sa.Engine, date]
LATER = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a made bank of 300 customers after its first delivery."""
    from features.intake import intake
    from features.sources.simulated.simulate import simulate

    home = tmp_path_factory.mktemp("made")
    settings = read_settings(home=home, database_url="", identity_key="")
    engine = connect(settings.database)
    migrate(engine)
    simulate(home / "made", customers=CUSTOMERS, months=8, seed=7)
    source = Path(features.sources.__file__).parent / "simulated"
    intake(source, home / "made", settings, engine, delivered_at=LATER)
    engine.dispose()
    return home


def _opened(home: Path, url: str) -> tuple[Settings, sa.Engine, date]:
    settings = read_settings(home=home, database_url=url, identity_key="")
    engine = connect(settings.database)
    migrate(engine)
    last = Warehouse(home).last_day(settings.zone)
    assert last is not None
    return settings, engine, last + timedelta(days=1)


@pytest.fixture
def made_bank(made_home: Path, tmp_path: Path, database_url: str) -> Iterator[Bank]:
    """A fresh copy of the made bank: settings, database (SQLite and PostgreSQL in turn), the day after its data."""
    shutil.copytree(made_home / "warehouse", tmp_path / "home" / "warehouse")
    opened = _opened(tmp_path / "home", database_url)
    yield opened
    opened[1].dispose()


@pytest.fixture
def fresh_bank(made_home: Path, tmp_path: Path) -> Iterator[Bank]:
    """A fresh copy of the made bank on SQLite, for what no database does differently."""
    shutil.copytree(made_home / "warehouse", tmp_path / "home" / "warehouse")
    opened = _opened(tmp_path / "home", "")
    yield opened
    opened[1].dispose()


@pytest.fixture(scope="session")
def home_after_a_night(made_home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The made bank's home after its first night, on SQLite, and what that night said."""
    from care.night import run_night

    home = tmp_path_factory.mktemp("after") / "home"
    shutil.copytree(made_home / "warehouse", home / "warehouse")
    settings, engine, day = _opened(home, "")
    said = run_night(settings, engine, day, started_at=LATER)
    engine.dispose()
    return home, said


@pytest.fixture
def after_a_night(home_after_a_night: tuple[Path, dict[str, Any]], tmp_path: Path) -> Iterator[Bank]:
    """A fresh copy of the made bank after its first night, on SQLite."""
    shutil.copytree(home_after_a_night[0], tmp_path / "after")
    opened = _opened(tmp_path / "after", "")
    yield opened
    opened[1].dispose()


@pytest.fixture(scope="session")
def all_rows() -> Callable[[sa.Engine], dict[str, list[Any]]]:
    """Every row of every table, in the order of the keys."""

    def read(engine: sa.Engine) -> dict[str, list[Any]]:
        with engine.connect() as connection:
            return {
                table.name: [tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key))]
                for table in metadata.sorted_tables
            }

    return read
