"""One table of a delivery into the warehouse, month by month: memory holds a few millions of rows, never the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import astuple, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.delivery.delivery import Taken
from features.delivery.fresh import Fresh, Month
from features.delivery.journal import Journal
from features.delivery.merging import Merging, find_suspects
from features.delivery.quarantine import Complaint, read_complaint
from features.delivery.values import stored_type
from features.delivery.writing import write_month
from features.warehouse import WHOLE, Warehouse, read_files, stored_columns

ROWS_A_BATCH = 3_000_000  # months are taken together up to about so many rows
STEPS = 3  # the rows of a table pass by three times: counted, told apart, stored


@dataclass(frozen=True)
class Ready:
    """The rows of some months, ready to be written, and what came of the delivered ones."""

    rows: pa.Table
    batch: Sequence[Month]
    accepted: int
    complaints: list[tuple[Any, ...]]


@dataclass
class MonthByMonth:
    """Checks the rows of `fresh` and merges them into the warehouse's files; nothing counts before `commit`."""

    warehouse: Warehouse
    fresh: Fresh
    journal: Journal
    told: Callable[[int, int], None]
    _total: int = 0
    _done: int = 0

    def take(self) -> Taken:
        """Take all rows in. What a call that was cut off had written already is not written again."""
        fresh, old = self.fresh, self.warehouse.files(self.fresh.table.name)
        months = self._count()
        merging = Merging(fresh.connection, fresh.table, fresh.delivered)
        suspicious = self._suspects(merging, old)
        taken = Taken({name: path.name for name, path in old.items()})
        touched: list[str] = []
        if suspicious:
            for batch in _batches(months):
                self._compare(merging, batch, old, taken)
            touched = merging.settle(old, self._month_name)
        self._store(months, set(touched), old, taken, suspicious=suspicious)
        return taken

    def _count(self) -> Counter[Month]:
        months: Counter[Month] = Counter()
        for part in self.fresh.parts:
            self.fresh.count(part)
            months.update(part.rows)
        self._total = STEPS * sum(months.values())
        self._tell(sum(months.values()))
        return months

    def _suspects(self, merging: Merging, old: Mapping[str, Path]) -> bool:
        """Whether there are keys that may stand more than once; they are in the relation `suspects` then."""
        hashes = np.concatenate([self.fresh.hashes(part) for part in self.fresh.parts])
        rows = len(hashes)
        twice, known = find_suspects(hashes, self._stored_hashes(merging, old))
        self._tell(rows)
        if len(twice) or len(known):
            merging.begin(twice, known)
        return bool(len(twice) or len(known))

    def _stored_hashes(self, merging: Merging, old: Mapping[str, Path]) -> Iterator[Any]:
        for path in old.values():
            query = f"SELECT {merging.key_hash} AS h FROM {read_files(self.fresh.table, {'': path})}"
            yield self.fresh.connection.execute(query).to_arrow_table().column(0).to_numpy().copy()

    def _compare(self, merging: Merging, batch: Sequence[Month], old: Mapping[str, Path], taken: Taken) -> None:
        """Check the rows of suspect keys and hand the good ones over to the merge."""
        sql = self.fresh.checked(batch, suspect=True)
        self.fresh.connection.execute(f"CREATE OR REPLACE TEMP TABLE checked AS {sql}")
        bad = self.fresh.connection.execute("SELECT complaint FROM checked WHERE complaint IS NOT NULL").fetchall()
        (rows,) = self.fresh.connection.execute("SELECT count(*) FROM checked").fetchall()[0]
        taken.complaints += [read_complaint(said) for (said,) in bad]
        taken.accepted += rows - len(bad)
        names = [self._name(month) for month in batch]
        merging.add({name: path for name, path in old.items() if name in names})

    def _store(
        self, months: Counter[Month], touched: set[str], old: Mapping[str, Path], taken: Taken, *, suspicious: bool
    ) -> None:
        """Write every month that changes. While one batch is sorted and written the engine reads the next."""
        for name in touched:
            months[self._first_day(name)] += 0
        waiting: Future[dict[str, str]] | None = None
        with ThreadPoolExecutor(1) as writer:
            for batch in _batches(months):
                step = f"store {self.fresh.table.name} {batch[0]} {batch[-1]}"
                noted = self.journal.noted(step)
                if noted is None or not self._are_whole(noted["files"]):
                    ready = self._read(batch, touched, old, suspicious=suspicious)
                    if waiting is not None:
                        taken.files |= waiting.result()
                    waiting = writer.submit(self._write, step, ready)
                    noted = {"accepted": ready.accepted, "complaints": ready.complaints, "files": {}}
                taken.files |= noted["files"]
                taken.accepted += noted["accepted"]
                taken.complaints += [Complaint(*one) for one in noted["complaints"]]
                self._tell(sum(months[month] for month in batch))
            if waiting is not None:
                taken.files |= waiting.result()

    def _read(self, batch: Sequence[Month], touched: set[str], old: Mapping[str, Path], *, suspicious: bool) -> Ready:
        """The rows of a batch as its files will hold them, by month: delivered ones, and what stays of the stored."""
        columns = f"{self._columns}, event_at, known_at, CAST(NULL AS TIMESTAMP) AS superseded_at"
        if self.fresh.holds(batch):
            checked = self.fresh.checked(batch, suspect=False if suspicious else None)
            rows = self._fetch(f"SELECT {columns}, complaint FROM ({checked})")
        else:
            rows = self._fetch(self._stored_rows({}, []))
        bad = rows["complaint"].is_valid()
        complaints = [astuple(read_complaint(said)) for said in rows["complaint"].filter(bad).to_pylist()]
        rows = rows.filter(pc.invert(bad)) if complaints else rows
        accepted = rows.num_rows
        changing = self._names_of(rows, batch) | touched.intersection(self._name(month) for month in batch)
        if changing & old.keys() or changing & touched:
            kept = {name: path for name, path in old.items() if name in changing}
            rows = pa.concat_tables([rows, self._fetch(self._stored_rows(kept, sorted(changing & touched)))])
        return Ready(rows.drop_columns(["complaint"]), batch, accepted, complaints)

    def _stored_rows(self, kept: Mapping[str, Path], merged: Sequence[str]) -> str:
        """SQL of the stored rows that stay in some months, and of the merged ones that come there."""
        key = ", ".join(self.fresh.table.key)
        names = ", ".join(name for name, _ in stored_columns(self.fresh.table))
        parts = [f"SELECT {names} FROM {read_files(self.fresh.table, {})}"]
        if kept:
            gone = f"ANTI JOIN touched USING ({key})" if merged else ""
            parts.append(f"SELECT {names} FROM {read_files(self.fresh.table, kept)} {gone}")
        if merged:
            listed = ", ".join(f"'{name}'" for name in merged)
            parts.append(f"SELECT {names} FROM merged WHERE month IN ({listed})")
        keys = self.fresh.keys.items()
        ranks = "".join(f", k_{name}.rank AS rank_{name}" for name, _ in keys)
        joins = " ".join(f"LEFT JOIN {one.relation} AS k_{name} ON s.{name} = k_{name}.key" for name, one in keys)
        return f"""SELECT {self._columns}, event_at, known_at, superseded_at, CAST(NULL AS VARCHAR) AS complaint
            FROM (SELECT s.*{ranks} FROM ({" UNION ALL ".join(parts)}) AS s {joins})"""

    def _write(self, step: str, ready: Ready) -> dict[str, str]:
        """Write one file a month, and note that they are there."""
        table, files = self.fresh.table, {}
        for name, rows in self._by_month(ready.rows, ready.batch):
            if rows.num_rows:
                files[name] = write_month(table, rows, self.fresh.keys, self.warehouse.folder / table.name / name)
        self.journal.note(step, {"files": files, "accepted": ready.accepted, "complaints": ready.complaints})
        return files

    def _by_month(self, rows: pa.Table, batch: Sequence[Month]) -> Iterator[tuple[str, pa.Table]]:
        if len(batch) == 1:
            yield self._name(batch[0]), rows
            return
        places = self._places(rows, batch)
        for at, month in enumerate(batch):
            yield self._name(month), rows.take(pa.array(np.flatnonzero(places == at)))

    def _names_of(self, rows: pa.Table, batch: Sequence[Month]) -> set[str]:
        return {self._name(batch[at]) for at in np.unique(self._places(rows, batch)).tolist()}

    def _places(self, rows: pa.Table, batch: Sequence[Month]) -> Any:
        """Which month of the batch each row belongs to."""
        if len(batch) == 1:
            return np.zeros(rows.num_rows, dtype=np.int64)
        begins = np.array([np.datetime64(month, "us") for month in batch]).astype(np.int64)
        return np.searchsorted(begins, rows["event_at"].cast(pa.int64()).to_numpy(), side="right") - 1

    def _fetch(self, sql: str) -> pa.Table:
        return self.fresh.connection.execute(sql).to_arrow_table()

    def _are_whole(self, files: Mapping[str, str]) -> bool:
        folder = self.warehouse.folder / self.fresh.table.name
        return all(self.journal.is_named_by_hash(folder / month / name) for month, name in files.items())

    @property
    def _columns(self) -> str:
        """The stored columns with the types in which they are written; those with keys by their ranks."""
        return ", ".join(
            f"rank_{one.name}"
            if one.name in self.fresh.keys
            else f"CAST({one.name} AS {stored_type(one)}) AS {one.name}"
            if one.choices
            else one.name
            for one in self.fresh.table.columns
        )

    @property
    def _month_name(self) -> str:
        return "strftime(event_at, '%Y-%m')" if self.fresh.table.event else f"'{WHOLE}'"

    def _name(self, month: Month) -> str:
        if not self.fresh.table.event:
            return WHOLE
        return f"{month.year:04d}-{month.month:02d}" if month else ""

    @staticmethod
    def _first_day(name: str) -> Month:
        return None if name == WHOLE else date.fromisoformat(f"{name}-01")

    def _tell(self, rows: int) -> None:
        self._done += rows
        self.told(self._done, self._total)


def _batches(months: Mapping[Month, int]) -> Iterator[list[Month]]:
    """Months in order, several together while they are small; rows without a month are a batch of their own."""
    if None in months:
        yield [None]
    batch: list[Month] = []
    rows = 0
    for month in sorted(month for month in months if month is not None):
        if batch and rows + months[month] > ROWS_A_BATCH:
            yield batch
            batch, rows = [], 0
        batch.append(month)
        rows += months[month]
    if batch:
        yield batch
