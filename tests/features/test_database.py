from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from features.database import BATCH, Instant, connect, upsert
from features.errors import Refusal

NOTES = sa.Table(
    "notes_of_the_test",
    sa.MetaData(),
    sa.Column("note_id", sa.Text, primary_key=True),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("at", Instant),
)


@pytest.fixture
def notes(engine: sa.Engine) -> Iterator[sa.Engine]:
    NOTES.metadata.create_all(engine)
    yield engine
    NOTES.metadata.drop_all(engine)


def rows_of(engine: sa.Engine) -> list[sa.Row]:
    with engine.begin() as connection:
        return list(connection.execute(sa.select(NOTES).order_by(NOTES.c.note_id)))


def test_the_same_rows_written_twice_stand_once_and_a_newer_value_wins(notes: sa.Engine) -> None:
    many = [{"note_id": f"{number:06d}", "times": 1} for number in range(BATCH + 7)]
    for rows in (many, many, [{"note_id": "000003", "times": 9}]):
        with notes.begin() as connection:
            upsert(connection, NOTES, rows)
    found = rows_of(notes)
    assert len(found) == BATCH + 7
    assert [row.times for row in found[:5]] == [1, 1, 1, 9, 1]


def test_an_instant_comes_back_as_the_same_moment_in_utc_whatever_zone_it_had(notes: sa.Engine) -> None:
    shanghai = timezone(timedelta(hours=8))
    with notes.begin() as connection:
        upsert(connection, NOTES, [{"note_id": "a", "times": 1, "at": datetime(2026, 7, 1, 6, 30, tzinfo=shanghai)}])
    assert rows_of(notes)[0].at == datetime(2026, 6, 30, 22, 30, tzinfo=UTC)


def test_an_instant_without_a_zone_is_refused(notes: sa.Engine) -> None:
    with pytest.raises(sa.exc.StatementError, match="needs a time zone"), notes.begin() as connection:
        upsert(connection, NOTES, [{"note_id": "a", "times": 1, "at": datetime(2026, 7, 1)}])  # noqa: DTZ001


def test_nobody_loses_a_count_when_many_read_and_then_write(notes: sa.Engine) -> None:
    with notes.begin() as connection:
        upsert(connection, NOTES, [{"note_id": "a", "times": 0}])

    def count_one(_turn: int) -> None:
        with notes.begin() as connection:
            seen = connection.execute(sa.select(NOTES.c.times).with_for_update()).scalar_one()
            connection.execute(NOTES.update().values(times=seen + 1))

    with ThreadPoolExecutor(6) as people:
        list(people.map(count_one, range(60)))
    assert rows_of(notes)[0].times == 60


def test_a_failed_transaction_leaves_nothing(notes: sa.Engine) -> None:
    def half_a_job() -> None:
        with notes.begin() as connection:
            upsert(connection, NOTES, [{"note_id": "a", "times": 1}])
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        half_a_job()
    assert rows_of(notes) == []


@pytest.mark.parametrize("url", ["nonsense", "oracle9://x/y"])
def test_an_address_that_is_none_is_refused_by_the_name_of_its_setting(url: str) -> None:
    with pytest.raises(Refusal, match="FORECARE_DATABASE_URL: cannot be used"):
        connect(url)
