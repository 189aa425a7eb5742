"""Delimited text read so that nothing passes unseen: every record keeps its line, every broken line is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.delivery.bytes_of import WholeLines
from features.delivery.careful import Dialect, read_record, split_whole
from features.delivery.clean_lines import Lines, look_at
from features.delivery.quarantine import Complaint
from features.errors import Refusal

BLOCK = 8 << 20
OWN = ("_file", "_line")  # columns that each landed row has besides its own
MARK = "\ufeff"
Mask = npt.NDArray[np.bool_]
Records = list[tuple[int, list[str]]]  # each with its line in the block


@dataclass
class DelimitedText:
    """One file being read: `batches` gives its records, `complaints` then holds its broken lines.

    Lines without a quote, with as many fields as the header and nothing odd in them are split in bulk; every other line
    is read with care. `careful` reads all lines with care, to the same result.
    """

    path: Path
    name: str
    dialect: Dialect
    careful: bool = False
    block: int = BLOCK
    bytes_read: int = 0
    header: list[str] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)

    def batches(self) -> Iterator[pa.Table]:
        """The records as text columns called as in the header, with `_file` and `_line`; an empty field is NULL.

        Refusal for a file without a header. Of a file without a record one empty table comes.
        """
        source, number, size, ended = WholeLines(self.path), 1, self.block, False
        careful = self.careful or not self.dialect.delimiter.isascii() or not self.dialect.quote.isascii()
        while not ended:
            block, ended = source.next_block(size)
            lines = look_at(block, self.dialect, first=number == 1)
            begins = 0 if self.header else self._read_header(lines, number)
            odd = np.ones(lines.count, dtype=bool) if careful else lines.odd(len(self.header))
            sure = lines.count if ended else lines.sure(odd)
            if sure <= begins and not ended:  # nothing is sure yet: look again with more of the file
                self.header, size = [] if begins else self.header, size * 2
                self.complaints = [one for one in self.complaints if one.line < number]
                source.give_back(block)
                continue
            records, bulk, taken = self._with_care(lines, odd, begins, sure, number)
            self.bytes_read = source.taken
            yield self._table(lines, bulk, records, number)
            source.give_back(_last_lines(block, lines.count - taken))
            number, size = number + taken, self.block
        if source.broken:
            self._complain(number, f"the file breaks off here ({source.broken})")

    def _read_header(self, lines: Lines, number: int) -> int:
        """Read the header; how many lines went by until it was over. Refusal for one that does not name its columns."""
        at, empty = 0, lines.empty()
        while at < lines.count and empty[at]:
            at += 1
        why = lines.dropped.get(at, "")
        if at < lines.count and not why:
            self.header = split_whole(lines.line(at), self.dialect) or []
            why = "" if self.header else "a quote is not closed"
        names = [*(name.lower() for name in self.header), *OWN]  # a name is the same in capitals
        if not self.header or len(set(names)) != len(names) or not all(self.header):
            reason = f"has no header with a name of its own for each column{f' ({why})' if why else ''}"
            raise Refusal(reason, place=f"{self.name}:{number + at if why else 1}")
        return at + 1

    def _with_care(self, lines: Lines, odd: Mask, begins: int, sure: int, number: int) -> tuple[Records, Mask, int]:
        """The records of the odd lines from `begins` to `sure`, which lines are left, how many lines are done with."""
        bulk = ~lines.empty()
        bulk[:begins] = False
        bulk[list(lines.dropped)] = False
        records: Records = []
        taken, free = sure, begins
        for at in np.flatnonzero(odd & bulk).tolist():
            if not free <= at < sure:
                continue
            bulk[at] = False
            record, last = read_record(lines.line(at), len(self.header), lines.after(at), self.dialect)
            if lines.line(at).startswith(MARK):  # files were joined here; the mark would become part of the first value
                self._complain(number + at, "begins with a byte order mark")
            elif record is None:
                self._complain(number + at, "a quote is not closed")
            elif len(record) != len(self.header):
                self._complain(number + at, f"{len(record)} fields instead of {len(self.header)}")
            else:
                records.append((at, record))
                bulk[at : last + 1] = False
                free = max(free, last + 1)
                taken = max(taken, free)
        bulk[taken:] = False
        for at in (one for one in lines.dropped if begins <= one < taken):
            self._complain(number + at, lines.dropped[at])
        return records, bulk, taken

    def _table(self, lines: Lines, bulk: Mask, records: Records, number: int) -> pa.Table:
        """All records of a block in the order of their lines."""
        split = lines.split(bulk, self.header)
        values = list(zip(*(record for _, record in records), strict=True)) or [()] * len(self.header)
        cared = [pa.array([value or None for value in column], pa.string()) for column in values]
        table = pa.concat_tables([split, pa.table(cared, names=self.header)]) if records else split
        places = np.concatenate([np.flatnonzero(bulk), np.array([at for at, _ in records], dtype=np.int64)])
        table = table.append_column("_file", pa.repeat(pa.scalar(self.name), len(places)))
        table = table.append_column("_line", pa.array(places + number))
        return table.take(pa.array(np.argsort(places))) if records and split.num_rows else table

    def _complain(self, line: int, reason: str) -> None:
        # The line itself stays in the bank's file: which of its fields are a person's name nobody can tell here.
        self.complaints.append(Complaint(self.name, line, "", reason, ""))


def _last_lines(block: bytes, count: int) -> bytes:
    at = len(block)
    for _ in range(count):
        at = block.rfind(b"\n", 0, max(0, at - 1)) + 1
    return block[at:] if count else b""
