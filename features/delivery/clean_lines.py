"""A block of text told apart line by line in bulk: lines that can be split as they are, and lines that need care."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv

from features.delivery.careful import MOST_LINES_A_RECORD, Dialect

BOM = b"\xef\xbb\xbf"
_FEED, _RETURN, _ZERO = 10, 13, 0
_PIECE = 1 << 20  # what one thread splits at a time
Mask = npt.NDArray[np.bool_]


@dataclass
class Lines:
    """The lines of a block as UTF-8: line i is text[starts[i]:starts[i + 1]]; `dropped`: which are no text, and why."""

    text: bytes
    dialect: Dialect
    starts: npt.NDArray[np.int64]
    dropped: dict[int, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many lines."""
        return len(self.starts) - 1

    def line(self, at: int) -> str:
        """A line with its end."""
        return self.text[self.starts[at] : self.starts[at + 1]].decode()

    def after(self, at: int) -> Iterator[tuple[int, str]]:
        """The lines after one, without those that are dropped."""
        return ((number, self.line(number)) for number in range(at + 1, self.count) if number not in self.dropped)

    def empty(self) -> Mask:
        """Which lines hold nothing but their end."""
        if not self.count:
            return np.zeros(0, dtype=bool)
        first = self._bytes[self.starts[:-1]]
        found: Mask = first == _FEED
        for at in np.flatnonzero(first == _RETURN):
            found[at] = not self.text[self.starts[at] : self.starts[at + 1]].strip(b"\r\n")
        return found

    def odd(self, width: int) -> Mask:
        """Which lines cannot simply be split into `width` fields."""
        marks = np.flatnonzero(self._bytes == ord(self.dialect.delimiter))
        found: Mask = np.diff(np.searchsorted(marks, self.starts)) != width - 1
        if self.dialect.quote.encode() in self.text:
            self._mark(found, np.flatnonzero(self._bytes == ord(self.dialect.quote)))
        if self.text.count(b"\r") != self.text.count(b"\r\n") or b"\r\r" in self.text:
            returns = np.flatnonzero(self._bytes == _RETURN)
            after = np.append(self._bytes, _ZERO)[returns + 1]
            self._mark(found, returns[after != _FEED])
        if BOM in self.text:  # the bulk reader would swallow one at the beginning of what it is given
            self._mark(found, np.flatnonzero(self._bytes == BOM[0]))
        return found

    def sure(self, odd: Mask) -> int:
        """How many lines at the front hold no odd one that might go on behind the block."""
        begin = max(0, self.count - MOST_LINES_A_RECORD - len(self.dropped))
        late = np.flatnonzero(odd[begin:])
        return begin + int(late[0]) if len(late) else self.count

    def split(self, chosen: Mask, names: list[str]) -> pa.Table:
        """The chosen lines, none of them odd, as columns of text; an empty field is NULL."""
        whole = bool(chosen.all())
        text = self.text if whole else self._bytes[np.repeat(chosen, np.diff(self.starts))].tobytes()
        if not text:
            return pa.table([pa.array([], pa.string())] * len(names), names=names)
        return pa_csv.read_csv(
            pa.BufferReader(text),
            read_options=pa_csv.ReadOptions(column_names=names, block_size=max(_PIECE, _longest(self.starts))),
            parse_options=pa_csv.ParseOptions(delimiter=self.dialect.delimiter, quote_char=False),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True
            ),
        )

    @cached_property
    def _bytes(self) -> npt.NDArray[np.uint8]:
        return np.frombuffer(self.text, np.uint8)

    def _mark(self, found: Mask, places: npt.NDArray[np.int64]) -> None:
        found[np.searchsorted(self.starts, places, side="right") - 1] = True


def look_at(block: bytes, dialect: Dialect, *, first: bool) -> Lines:
    """The lines of a block; `first`: it begins the file, and may begin with a byte order mark."""
    dropped: dict[int, str] = {}
    try:
        text = block.decode(dialect.encoding).encode()
    except UnicodeDecodeError:
        text = _line_by_line(block, dialect.encoding, dropped)
    if first:
        text = text.removeprefix(BOM)
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == _FEED) + 1
    if len(text) and (not len(ends) or ends[-1] != len(text)):
        ends = np.append(ends, len(text))
    lines = Lines(text, dialect, np.concatenate([np.zeros(1, np.int64), ends]), dropped)
    at = text.find(b"\x00")
    while at >= 0:
        number = int(np.searchsorted(lines.starts, at, side="right")) - 1
        dropped[number] = "holds a zero byte"
        at = text.find(b"\x00", int(lines.starts[number + 1]))
    return lines


def _longest(starts: npt.NDArray[np.int64]) -> int:
    return int(np.diff(starts).max()) + 1


def _line_by_line(block: bytes, encoding: str, dropped: dict[int, str]) -> bytes:
    """The block's lines as UTF-8; one that cannot be decoded becomes a sign and is named in `dropped`."""
    whole = []
    for number, raw in enumerate(block.split(b"\n")):
        try:
            whole.append(raw.decode(encoding).encode())
        except UnicodeDecodeError:
            whole.append(b"?")
            dropped[number] = f"is not {encoding} text"
    return b"\n".join(whole)
