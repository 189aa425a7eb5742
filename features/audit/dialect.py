"""Where the engines' SQL differs: literals, days, exact whole numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from features.errors import Refusal, nearest

_RESERVED = frozenset(
    re.findall(
        r"\w+",
        """all analyse analyze and anti any array as asc asof asymmetric authorization between binary both by
        case cast check collate collation column concurrently constraint create cross current default
        deferrable desc describe distinct do else end except exists false fetch for foreign freeze from full
        generated glob grant group having ilike in initially inner intersect interval into is isnull join
        lambda lateral leading left like limit map natural not notnull null offset on only or order outer
        overlaps partition pivot placing positional primary qualify references returning right rows select
        semi show similar some struct summarize symmetric table tablesample then to trailing true try_cast
        union unique unpivot using values variadic verbose when where window with""",
    )
)


@dataclass(frozen=True)
class Dialect:
    """DuckDB's way; what Spark says otherwise is in its own class below."""

    name: str = "duckdb"
    whole: str = "HUGEINT"  # exact, wide enough for sums of squares of minor units

    def instant(self, moment: datetime) -> str:
        """A stored instant (UTC, no zone attached)."""
        return f"TIMESTAMP '{moment}'"

    def day(self, day: date) -> str:
        """A day of the bank's calendar."""
        return f"DATE '{day}'"

    def text(self, text: str) -> str:
        """A text literal."""
        return "'" + text.replace("'", "''") + "'"

    def name_of(self, name: str) -> str:
        """A name: bare, or quoted where it is a word of SQL."""
        return self.quoted(name) if name in _RESERVED else name

    def quoted(self, name: str) -> str:
        """A name in quotes."""
        return f'"{name}"'

    def local_day(self, instant: str, zone: str) -> str:
        """The bank's day of an instant."""
        return f"CAST(timezone('{zone}', timezone('UTC', {instant})) AS DATE)"

    def local_time(self, instant: str, zone: str) -> str:
        """The bank's wall-clock time of an instant."""
        return f"timezone('{zone}', timezone('UTC', {instant}))"

    def micros(self, moment: str) -> str:
        """An instant or a day as microseconds since 1970."""
        return f"epoch_us({moment})"

    def days_from(self, first: str, last: str) -> str:
        """Days from one day to another."""
        return f"({last} - {first})"

    def plus_days(self, day: str, days: str) -> str:
        """A day some whole days later."""
        return f"({day} + {days})"

    def floor(self, number: str, *, up: bool = False) -> str:
        """The whole number below (`up`: above), as a double."""
        return f"{'ceil' if up else 'floor'}({number})"

    def months(self, first: date, last: date) -> str:
        """A relation of one column `month`: the first days of the months between two days."""
        start, end = self.day(first.replace(day=1)), self.day(last)
        return f"(SELECT CAST(unnest(generate_series({start}, {end}, INTERVAL 1 MONTH)) AS DATE) AS month)"

    def files(self, paths: Sequence[Path]) -> str:
        """A relation of the rows in stored files."""
        listed = ",\n            ".join(self.text(str(path)) for path in paths)
        return f"read_parquet([\n            {listed}])"


class Spark(Dialect):
    """Spark's way, with `spark.sql.session.timeZone` set to UTC."""

    def __init__(self) -> None:
        super().__init__("spark", "DECIMAL(38, 0)")

    def instant(self, moment: datetime) -> str:
        """A stored instant."""
        return f"TIMESTAMP_NTZ '{moment}'"

    def text(self, text: str) -> str:
        """A text literal: two quotes would be read as the end of one and the beginning of the next."""
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

    def quoted(self, name: str) -> str:
        """A name in quotes."""
        return f"`{name}`"

    def local_day(self, instant: str, zone: str) -> str:
        """The bank's day of an instant."""
        return f"CAST({self.local_time(instant, zone)} AS DATE)"

    def local_time(self, instant: str, zone: str) -> str:
        """The bank's wall-clock time of an instant."""
        return f"convert_timezone('UTC', '{zone}', {instant})"

    def micros(self, moment: str) -> str:
        """An instant or a day as microseconds since 1970."""
        return f"unix_micros(CAST({moment} AS TIMESTAMP))"

    def days_from(self, first: str, last: str) -> str:
        """Days from one day to another."""
        return f"datediff({last}, {first})"

    def plus_days(self, day: str, days: str) -> str:
        """A day some whole days later."""
        return f"date_add({day}, {days})"

    def floor(self, number: str, *, up: bool = False) -> str:
        """The whole number below (`up`: above), as a double."""
        return f"CAST({super().floor(number, up=up)} AS DOUBLE)"

    def months(self, first: date, last: date) -> str:
        """A relation of one column `month`."""
        start, end = self.day(first.replace(day=1)), self.day(last)
        return f"(SELECT explode(sequence({start}, {end}, INTERVAL 1 MONTH)) AS month)"

    def files(self, paths: Sequence[Path]) -> str:
        """A relation of the rows in stored files."""
        each = [f"SELECT * FROM parquet.`{path}`" for path in paths]
        return "(\n            " + "\n            UNION ALL ".join(each) + ")"


DIALECTS = {"duckdb": Dialect(), "spark": Spark()}


def read_dialect(name: str) -> Dialect:
    """The dialect of that name; Refusal for another one."""
    if name not in DIALECTS:
        raise Refusal(f"no dialect '{name}'", place="--dialect", remedy=nearest(name, DIALECTS))
    return DIALECTS[name]
