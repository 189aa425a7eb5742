"""What every way in needs of its bank: settings, database, warehouse; and the clock, which is read here only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from features.errors import Refusal
from features.moments import read_day

if TYPE_CHECKING:
    import sqlalchemy as sa

    from features.settings import Settings
    from features.warehouse import Warehouse


@dataclass(frozen=True)
class Bank:
    """One home: its settings and its operational database, brought to the newest form."""

    settings: Settings
    engine: sa.Engine

    @property
    def warehouse(self) -> Warehouse:
        """The history as it stands now."""
        from features.warehouse import Warehouse

        return Warehouse(self.settings.home)


def now() -> datetime:
    """The clock, as an aware UTC instant."""
    return datetime.now(UTC)


def day_given(text: str, zone: ZoneInfo, *, place: str = "--as-of") -> date:
    """The day written in `text`; Refusal where it is none or has not begun yet in the bank's zone."""
    day, today = read_day(text, place=place), now().astimezone(zone).date()
    if day > today:
        raise Refusal(f"{day} is in the future (today is {today})", place=place, remedy="give today or a day before it")
    return day


def history_of(settings: Settings) -> Warehouse:
    """The history in the home; Refusal where no delivery was ever taken in."""
    from features.warehouse import Warehouse

    warehouse = Warehouse(settings.home)
    if not warehouse.tables:
        remedy = "forecare demo, or forecare intake --source NAME --data DIR"
        raise Refusal("no history yet", place=str(settings.home), remedy=remedy)
    return warehouse


def settings_and_day(as_of: str) -> tuple[Settings, date]:
    """The settings and the day asked for, "" for the day after the newest transaction; nothing is written."""
    from features.settings import read_settings

    settings = read_settings()
    day = day_given(as_of, settings.zone) if as_of else None
    history = history_of(settings)
    return settings, day or day_after_data(history, settings.zone)


def settings_and_days(as_of: str) -> tuple[Settings, list[date]]:
    """The same for several days, written with commas between them."""
    first, *others = [text.strip() for text in as_of.split(",")] if as_of else [""]
    settings, day = settings_and_day(first)
    return settings, [day, *(day_given(text, settings.zone) for text in others)]


def day_after_data(warehouse: Warehouse, zone: ZoneInfo) -> date:
    """The day after the newest transaction, but not one that has yet to begin."""
    last = warehouse.last_day(zone)
    if last is None:
        raise Refusal("the history has no transaction", place="--as-of", remedy="give a day, as 2014-03-01")
    return min(last + timedelta(days=1), now().astimezone(zone).date())


def standing_home() -> Settings:
    """The settings of a home that has a history; Refusal otherwise, and nothing is written."""
    from features.settings import read_settings

    settings = read_settings()
    history_of(settings)
    return settings


def open_bank(settings: Settings | None = None) -> Bank:
    """The bank of the home in force, for reading and writing."""
    from features.database import connect, migrate
    from features.settings import read_settings

    settings = settings or read_settings()
    engine = connect(settings.database)
    migrate(engine)
    return Bank(settings, engine)


@contextmanager
def holding_bank(what: str, settings: Settings | None = None) -> Iterator[Bank]:
    """The bank, held by this command alone until it ends; Refusal where another command holds it."""
    from features.lock import hold
    from features.settings import read_settings

    settings = settings or read_settings()
    with hold(settings.home, what):
        bank = open_bank(settings)
        try:
            yield bank
        finally:
            bank.engine.dispose()
