import importlib

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from features.database import connect, metadata, migrate

ROOMS = (
    "features.identities", "features.latest", "features.received", "training.ledger", "care.tasks.tables",
    "care.decisions.ledger", "care.decisions.episode_store", "care.scheduler.runs", "care.scheduler.lease",
    "care.score_reasons", "care.preanswers.serve", "care.rules.versions.store", "api.audit",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _declared():
    for room in ROOMS:
        importlib.import_module(room)


def test_a_migrated_database_is_what_the_rooms_declare(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_database_that_is_migrated_again_keeps_its_rows(database_url):
    engine = connect(database_url)
    migrate(engine)
    runs = metadata.tables["leases"]
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO leases VALUES ('night', 'one', 1, '2026-06-01 00:00:00+00:00')"))
    migrate(engine)
    with engine.begin() as connection:
        assert connection.execute(sa.select(runs.c.holder)).scalars().all() == ["one"]
    engine.dispose()


def test_every_table_of_the_tower_is_known_to_this_test():
    from pathlib import Path

    root = Path(__file__).parents[2]
    declaring = {
        ".".join(path.relative_to(root).with_suffix("").parts)
        for floor in ("features", "training", "care", "api")
        for path in (root / floor).rglob("*.py")
        if "sa.Table(" in path.read_text(encoding="utf-8")
    }
    assert declaring == set(ROOMS)
