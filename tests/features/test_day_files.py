"""A day of signals on disk: the same bytes however it comes, in place whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.day_files import GROUP_ROWS, DayFiles
from features.snapshot import Origin, Snapshots, is_stored, partition, read_snapshot

DAYS = [date(2026, 7, 1), date(2026, 7, 2)]
ORIGIN = Origin("catalogue 1", "warehouse 1")
ROWS = 2 * GROUP_ROWS + 77


@pytest.fixture(scope="module")
def table():
    numbers = list(range(ROWS))
    return pa.table({"customer_id": [f"C{n:07d}" for n in numbers], "spent": pa.array(numbers, pa.float64())})


def written(folder, table, sizes):
    """The bytes of a day that is handed over in chunks of these sizes, again and again."""
    with DayFiles(folder, DAYS[:1], table.schema) as files:
        start, at = 0, 0
        while start < table.num_rows:
            files(0, table.slice(start, sizes[at % len(sizes)]))
            start, at = start + sizes[at % len(sizes)], at + 1
    assert files.rows == [ROWS]
    return (folder / "2026-07-01.parquet").read_bytes()


def test_the_same_signals_give_the_same_bytes_whatever_chunks_they_come_in(tmp_path, table):
    whole = written(tmp_path / "a", table, [ROWS])

    assert written(tmp_path / "b", table, [1000, 7, GROUP_ROWS]) == whole
    assert written(tmp_path / "c", table, [3 * GROUP_ROWS]) == whole
    assert pq.read_table(tmp_path / "a" / "2026-07-01.parquet").equals(table)


def test_a_build_that_fails_leaves_no_file(tmp_path, table):
    def half_a_build():
        with DayFiles(tmp_path, DAYS, table.schema) as files:
            files(0, table)
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        half_a_build()
    assert list(tmp_path.iterdir()) == []


def store(home, table, days=DAYS, origin=ORIGIN):
    with Snapshots(home, days, table.schema, origin) as sink:
        for k, _ in enumerate(days):
            sink(k, table)


def test_stored_days_are_known_by_what_they_come_from(tmp_path, table):
    store(tmp_path, table)

    assert all(is_stored(tmp_path, day, ORIGIN) for day in DAYS)
    assert read_snapshot(tmp_path, DAYS[1]).equals(table)
    for other in (
        replace(ORIGIN, catalogue="catalogue 2"),
        replace(ORIGIN, warehouse="warehouse 2"),
        replace(ORIGIN, known_by=date(2026, 7, 9)),
    ):
        assert not is_stored(tmp_path, DAYS[0], other)
    assert not is_stored(tmp_path, date(2026, 7, 3), ORIGIN)


def test_a_damaged_day_does_not_count_as_stored(tmp_path, table):
    store(tmp_path, table)
    path = partition(tmp_path, DAYS[0]) / "signals.parquet"
    path.write_bytes(path.read_bytes()[:-1])

    assert not is_stored(tmp_path, DAYS[0], ORIGIN)
    assert is_stored(tmp_path, DAYS[1], ORIGIN)


def test_a_build_of_snapshots_that_fails_leaves_the_stored_ones_and_no_empty_folder(tmp_path, table):
    store(tmp_path, table, DAYS[:1])

    def half_a_build():
        with Snapshots(tmp_path, DAYS, table.schema, replace(ORIGIN, warehouse="warehouse 2")) as sink:
            sink(0, table.slice(0, 5))
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        half_a_build()
    assert is_stored(tmp_path, DAYS[0], ORIGIN)
    assert [path.name for path in (tmp_path / "snapshots").iterdir()] == ["as_of=2026-07-01"]
