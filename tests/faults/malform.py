"""Malformed payment files made from good ones; each knows which of its lines are broken and which rows must arrive."""

from __future__ import annotations

import csv
import io
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

COLUMNS = ("id", "account", "customer", "ts", "amount", "kind", "memo", "known")
KINDS = ("card", "transfer", "cash", "fee")
MEMOS = (
    "",
    "",
    "lunch",
    "支行缴费",
    "a, b",
    'he said "no"',
    "two\nlines",
    "one\n\nthree",
    "a\u2028b\x85c",
    "née",
    "'",
    ";",
)
NO_AMOUNTS = (
    "NaN", "inf", "-inf", "Infinity", "1e400", "1e3", "1e-2", str(0.1 + 0.2), "12.345", "", " ", "abc", "--5", "0x10",
    "1,234.56", "12.34元", "1_000", "12.", ".5", "٣٤.٥٠", "１２.３４", "１２．３４", "12.34\n", "12.34\r", "\x01",
    "9" * 20, "1000000000000000.01", "9" * 150_000, '12".34', "TRUE", "NULL", "\ufeff12.34", "12\u200b.34", "12|34",
)  # fmt: skip
NO_INSTANTS = (
    "2026-02-30 10:00:00", "2026-13-01 10:00:00", "2025-02-29 00:00:00", "2026-00-10 10:00:00", "2026-02-10 25:00:00",
    "2026-02-10 10:61:00", "０２/10/2026", "２０２６-02-10 10:00:00", "yesterday", "", "infinity", "-infinity",
    "20260230", "300000-01-01 00:00:00", "NaT", "1e10", "\ufeff2026-02-10 10:00:00",
)  # fmt: skip
FUTURE = ("2026-03-10 12:00:00.000001", "2026-03-11 00:00:00", "2099-12-31 23:59:59", "294246-01-01 00:00:00")
NO_KINDS = ("gamble", "CARD", "", "card;", "ｃａｒｄ", "cards", "'card'", "c" * 200_000)
NO_PEOPLE = ("C99", "c1", "", "C1 C2", "Ｃ1", "C1\n", "\ufeffC1", "NULL", "C" * 70_000)
NO_KEYS = ("", " ", "   ", "\u3000")


@dataclass
class Row:
    """One record of a file: its bytes with their end, the rows that must arrive from it, whether it is broken.

    A broken record's first line must be named; its further lines may be.
    """

    raw: bytes
    arrives: dict[str, int] = field(default_factory=dict)
    broken: bool = False
    values: tuple[str, ...] = ()


@dataclass
class Malformed:
    """A file to hand over. `refused`: it cannot be used at all. Lines count from 1, as an editor counts them."""

    name: str
    content: bytes = b""
    made_by: list[str] = field(default_factory=list)
    refused: bool = False
    arrives: dict[str, int] = field(default_factory=dict)
    must_name: set[int] = field(default_factory=set)
    may_name: set[int] = field(default_factory=set)


@dataclass
class Draft:
    """A file in the making: its header, its records; `left` are those that no mutation has touched."""

    dice: random.Random
    header: bytes
    rows: list[Row]
    left: list[Row]
    refused: bool = False
    cut: float | None = None

    def pick(self) -> Row:
        """A record that is still as it was good; it is not picked again."""
        return self.left.pop(self.dice.randrange(len(self.left)))

    def breaks(self, row: Row, raw: bytes) -> None:
        """The record is written otherwise, and no row comes of it."""
        row.raw, row.broken, row.arrives = raw, True, {}

    def all_break(self) -> None:
        """No row comes of any record."""
        for row in self.rows:
            row.broken, row.arrives = bool(row.raw.strip(b"\r\n")), {}
        self.left = []


def written(values: tuple[str, ...], end: str = "\n") -> bytes:
    """A record as a bank writes it."""
    text = io.StringIO()
    csv.writer(text, lineterminator=end).writerow(values)
    return text.getvalue().encode()


def good(name: str, dice: random.Random, count: int) -> Draft:
    """A file in which every line is good."""
    rows = []
    for number in range(count):
        key, minor, person = f"{name}-{number}", dice.randrange(-(10**6), 10**6), dice.randrange(5)
        day = f"2026-02-{dice.randrange(1, 29):02d}"
        amount = f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02d}"
        values = (key, f"A{person}", f"C{person}", f"{day} 10:00:00", amount, dice.choice(KINDS), dice.choice(MEMOS))
        values = (*values, f"{day} 11:00:00")
        rows.append(Row(written(values), {key: minor}, values=values))
    return Draft(dice, written(COLUMNS), rows, list(rows))


def _says(column: str, *choices: str) -> Callable[[Draft], None]:
    """A value that the contract does not allow in a column."""

    def mutate(draft: Draft) -> None:
        row, said = draft.pick(), draft.dice.choice(choices)
        values = tuple(said if name == column else value for name, value in zip(COLUMNS, row.values, strict=True))
        draft.breaks(row, written(values))

    return mutate


def _is_written(*forms: Callable[[random.Random, Row], bytes]) -> Callable[[Draft], None]:
    """A line that is broken as a line."""

    def mutate(draft: Draft) -> None:
        row = draft.pick()
        draft.breaks(row, draft.dice.choice(forms)(draft.dice, row))

    return mutate


def _stays_good(*forms: Callable[[random.Random, Row], bytes]) -> Callable[[Draft], None]:
    """A line that looks odd and is good."""

    def mutate(draft: Draft) -> None:
        row = draft.pick()
        row.raw = draft.dice.choice(forms)(draft.dice, row)

    return mutate


def _plain(row: Row) -> tuple[str, ...]:
    """The record's values with a memo that needs no quotes."""
    return (*row.values[:6], "plain", row.values[7])


def _fields(dice: random.Random, row: Row) -> bytes:
    count = dice.choice([1, 2, len(COLUMNS) - 1, len(COLUMNS) + 1, len(COLUMNS) + 2, 400])
    return written((*row.values, *["x"] * count)[:count] if count < 8 else (*row.values, *["x"] * (count - 8)))


def _put_in(row: Row, at: int, what: bytes) -> bytes:
    line = written(_plain(row))
    return line[:at] + what + line[at:]


def _zero(dice: random.Random, row: Row) -> bytes:
    return _put_in(row, dice.randrange(len(written(_plain(row))) - 1), b"\x00" * dice.choice([1, 1, 30]))


def _no_text(dice: random.Random, row: Row) -> bytes:
    wrong = ["行".encode("gbk"), "余额宝".encode("gbk"), "né".encode("latin-1"), b"\xff", b"\xc0\xaf", b"\xed\xa0\x80"]
    line = ",".join(_plain(row)).encode().replace(b"plain", dice.choice(wrong)) + b"\n"
    try:
        line.decode()
    except UnicodeDecodeError:
        return line
    raise AssertionError(f"{line!r} is text after all")


def _open_quote(dice: random.Random, row: Row) -> bytes:
    at = dice.randrange(len(COLUMNS))
    return ",".join(f'"{value}' if n == at else value for n, value in enumerate(_plain(row))).encode() + b"\n"


def _stray_quote(dice: random.Random, row: Row) -> bytes:
    at, form = dice.randrange(1, 6), dice.choice(['{}"', '"{}"x', '"{}""', '""{}', '{}"x"', '"{}" '])
    return ",".join(form.format(value) if n == at else value for n, value in enumerate(_plain(row))).encode() + b"\n"


def _begins_with_mark(dice: random.Random, row: Row) -> bytes:
    return dice.choice([b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbf"]) + row.raw


def _long_memo(dice: random.Random, row: Row) -> bytes:
    memo = dice.choice(["x", "汉", "a,", 'q"', "l\n"]) * dice.choice([30_000, 70_000, 140_000])
    memo = memo[: 19 * 2] if "\n" in memo else memo
    return written((*row.values[:6], memo, row.values[7]))


def _all_quoted(_dice: random.Random, row: Row) -> bytes:
    return (",".join('"' + value.replace('"', '""') + '"' for value in row.values) + "\n").encode()


def _padded(_dice: random.Random, row: Row) -> bytes:
    return written(tuple(f" {value} " if n in (1, 2, 4, 5) else value for n, value in enumerate(row.values)))


def _lone_returns(draft: Draft) -> None:
    """Two records with a carriage return between them, which ends no line: one line with too many fields."""
    row = draft.pick()
    other = draft.left.pop() if draft.left else row
    draft.breaks(row, ",".join(_plain(row)).encode() + b"\r" + ",".join(_plain(other)).encode() + b"\n")
    if other is not row:
        draft.rows.remove(other)


def _mixed_newlines(draft: Draft) -> None:
    for row in draft.left:
        row.raw = row.raw[:-1] + draft.dice.choice([b"\n", b"\r\n", b"\r\r\n"])
    draft.header = draft.header.rstrip(b"\r\n") + draft.dice.choice([b"\n", b"\r\n"])


def _empty_lines(draft: Draft) -> None:
    for _ in range(draft.dice.randrange(1, 6)):
        draft.rows.insert(draft.dice.randrange(len(draft.rows) + 1), Row(draft.dice.choice([b"\n", b"\r\n"])))


def _blank_lines(draft: Draft) -> None:
    raw = draft.dice.choice([b" \n", b"\t\r\n", b",\n", b'""\n', b"(8 rows)\n", "　\n".encode()])
    draft.rows.insert(draft.dice.randrange(len(draft.rows) + 1), Row(raw, broken=True))


def _header_again(draft: Draft) -> None:
    """Two files one behind the other."""
    mark = draft.dice.choice([b"", b"\xef\xbb\xbf"])
    draft.rows.insert(draft.dice.randrange(len(draft.rows) + 1), Row(mark + written(COLUMNS), broken=True))


def _truncated(draft: Draft) -> None:
    """The last record ends before its last field begins; only its first line is sure to be named."""
    last = draft.rows[-1]
    if last not in draft.left:
        return
    draft.left.remove(last)
    last.raw = written(last.values)
    if draft.dice.random() < 0.2:
        last.raw = last.raw[:-1]  # but for the line's end nothing is missing
    else:
        draft.breaks(last, last.raw[: draft.dice.randrange(1, last.raw.rindex(b","))])


def _starts_with_mark(draft: Draft) -> None:
    draft.header = b"\xef\xbb\xbf" + draft.header


def _names(*change: Callable[[random.Random, list[str]], None]) -> Callable[[Draft], None]:
    """A header whose names do not fit its lines: no line can be used, each must be named."""

    def mutate(draft: Draft) -> None:
        names = list(COLUMNS)
        draft.dice.choice(change)(draft.dice, names)
        draft.header = written(tuple(names))
        draft.all_break()

    return mutate


def _swap(dice: random.Random, names: list[str]) -> None:
    pairs = [("account", "customer"), ("ts", "amount"), ("amount", "kind"), ("id", "account"), ("known", "kind")]
    a, b = (names.index(name) for name in dice.choice(pairs))
    names[a], names[b] = names[b], names[a]


def _misspell(dice: random.Random, names: list[str]) -> None:
    at = dice.randrange(6)
    names[at] = dice.choice([names[at] + "x", names[at] + " ", "\u200b" + names[at], "列", names[at] + '"'])


def _lose(dice: random.Random, names: list[str]) -> None:
    names.pop(dice.randrange(6))  # one that is needed


def _invent(dice: random.Random, names: list[str]) -> None:
    at = dice.randrange(len(names) + 1)
    names[at:at] = ["one", "two", "three"]  # more than any line has fields too many


def _refused_header(dice: random.Random) -> bytes:
    names = list(COLUMNS)
    at, other = dice.sample(range(len(names)), 2)
    kind = dice.randrange(8)
    if kind == 0:
        names[at] = names[other]
    elif kind == 1:
        names[at] = names[other].upper()
    elif kind == 2:
        names[at] = ""
    elif kind == 3:
        names[at] = dice.choice(["_file", "_line", "_LINE"])
    whole = written(tuple(names))
    if kind == 4:
        return whole[:3] + b"\x00" + whole[3:]
    if kind == 5:
        return whole.replace(b"memo", "备注号".encode("gbk"))
    if kind == 6:
        return whole.replace(b"memo", b'"memo')
    return whole.replace(b"memo", b"m\xe9mo") if kind == 7 else whole


def _unusable(draft: Draft) -> None:
    draft.refused = True
    if draft.dice.random() < 0.75:
        draft.header = _refused_header(draft.dice)
    else:
        draft.header, draft.rows = draft.dice.choice([b"", b"\n\r\n\n", b"\xef\xbb\xbf", b"\x00" * 64, b"\xff\xfe"]), []


def _header_only(draft: Draft) -> None:
    draft.header = draft.dice.choice([draft.header, draft.header.rstrip(b"\r\n")])
    draft.rows, draft.left = [], []


def _columns_moved(draft: Draft) -> None:
    """Names and values in another order, a column more: all good, for columns go by name."""
    order = draft.dice.sample(range(len(COLUMNS)), len(COLUMNS))
    draft.header = written((*[COLUMNS[n] for n in order], "more"))
    for row in draft.rows:
        row.raw = written((*[row.values[n] for n in order], "x"))
    draft.left = []


def _gzip_breaks_off(draft: Draft) -> None:
    draft.cut = draft.dice.random()


ON_LINES = {
    "an amount that is none": _says("amount", *NO_AMOUNTS),
    "a time that does not exist": _says("ts", *NO_INSTANTS),
    "a time in the future": _says("ts", *FUTURE),
    "a knowing that is none": _says("known", "2026-02-30", "soon", "infinity", "２０２６-02-10 10:00:00", *FUTURE),
    "an unknown kind": _says("kind", *NO_KINDS),
    "an unknown customer": _says("customer", *NO_PEOPLE),
    "an unknown account": _says("account", *NO_PEOPLE),
    "a missing key": _says("id", *NO_KEYS),
    "missing or extra fields": _is_written(_fields),
    "a zero byte": _is_written(_zero),
    "another encoding": _is_written(_no_text),
    "a stray quote": _is_written(_stray_quote),
    "a mark at a line's beginning": _is_written(_begins_with_mark),
    "a very long field": _stays_good(_long_memo),
    "odd but good": _stays_good(_all_quoted, _padded),
    "lone returns": _lone_returns,
    "mixed newlines": _mixed_newlines,
    "empty lines": _empty_lines,
    "blank lines": _blank_lines,
    "a header in the middle": _header_again,
}
# At most one of these in a file: two quotes left open close each other, and nobody can tell that from one long text.
ON_FILES = {
    "as it was": lambda _draft: None,
    "a quote that is not closed": _is_written(_open_quote),
    "a truncated tail": _truncated,
    "a mark at the beginning": _starts_with_mark,
    "swapped names": _names(_swap),
    "misspelt names": _names(_misspell),
    "a name too few": _names(_lose),
    "a name too many": _names(_invent),
    "an unusable file": _unusable,
    "header only": _header_only,
    "columns moved": _columns_moved,
    "a gzip that breaks off": _gzip_breaks_off,
}


def malformed(number: int, seed: int) -> Malformed:
    """The file of a number: a good one, one mutation of the file, up to four of its lines."""
    dice = random.Random(f"{seed}/{number}")
    draft = good(f"P{number}", dice, dice.choice([6, 12, 25, 60]))
    file = Malformed(f"{number:05d}.csv")
    whole = list(ON_FILES)[number % len(ON_FILES)]
    lines = dice.choices(list(ON_LINES), k=dice.randrange(0 if whole != "as it was" else 1, 5))
    file.made_by = [whole, *lines]
    first = whole in ("columns moved", "header only")
    if first:
        ON_FILES[whole](draft)
    for name in lines:
        if len(draft.left) > 2:
            ON_LINES[name](draft)
    if not first:
        ON_FILES[whole](draft)
    return _finished(file, draft)


def _finished(file: Malformed, draft: Draft) -> Malformed:
    """Count the lines, and pack what is to be packed."""
    content, ends = draft.header, []
    if not content.strip(b"\xef\xbb\xbf\r\n"):
        draft.refused = True
    if draft.rows and not content.endswith(b"\n") and not draft.refused:
        content += b"\n"
    for row in draft.rows:
        first = content.count(b"\n") + 1
        content += row.raw
        ends.append(len(content))
        if row.broken:
            file.must_name.add(first)
            file.may_name |= set(range(first, first + row.raw.count(b"\n") + 1 - row.raw.endswith(b"\n")))
        file.arrives |= row.arrives
    file.content, file.refused = content, draft.refused
    if draft.cut is not None:
        _pack(file, draft, ends)
    return file


def _pack(file: Malformed, draft: Draft, ends: list[int]) -> None:
    """Pack the file and break it off: whole lines before the tear count, the tear is named where the next would be."""
    packer = zlib.compressobj(wbits=31)
    size = max(1, len(file.content) // 7)
    packed = b"".join(
        packer.compress(file.content[at : at + size]) + packer.flush(zlib.Z_FULL_FLUSH)
        for at in range(0, len(file.content), size)
    )
    packed += packer.flush()
    whole = file.content
    cut = len(packed) - 1 - int(draft.cut * len(packed)) if draft.cut > 0.1 else len(packed) - 4
    file.name += ".gz"
    file.content = packed[:cut]
    known = zlib.decompressobj(wbits=31).decompress(file.content)
    kept = known[: known.rfind(b"\n") + 1]
    file.refused = not kept
    tear, begin = kept.count(b"\n") + 1, len(draft.header)
    file.must_name = {line for line in file.must_name if line < tear} | {tear}
    file.may_name = {line for line in file.may_name if line < tear} | {tear}
    for row, end in zip(draft.rows, ends, strict=True):
        if end > len(kept):
            for key in row.arrives:
                del file.arrives[key]
        if begin < len(kept) < end:  # a record over several lines that was torn: its lines are no records of their own
            first = whole[:begin].count(b"\n") + 1
            file.must_name.add(first)
            file.may_name |= set(range(first, tear))
        begin = end
