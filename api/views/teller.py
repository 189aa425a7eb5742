"""Says stored values in a reader's language: money, days, instants, signals, codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from api.service import Service
from api.words import Words
from care.words import say_value


@dataclass(frozen=True)
class Teller:
    """One language, one currency, one time zone."""

    service: Service
    words: Words

    @property
    def language(self) -> str:
        """zh or en."""
        return self.words.language

    @cached_property
    def currency(self) -> str:
        """The bank's."""
        return self.service.currency

    @property
    def zone(self) -> ZoneInfo:
        """The bank's."""
        return self.service.bank.settings.zone

    def money(self, minor: int | float) -> str:
        """An amount of minor units."""
        return self.value(minor / 100, "money")

    def day(self, day: date) -> str:
        """A day."""
        return self.value(day, "day")

    def moment(self, instant: datetime) -> str:
        """A day and its time in the bank's zone; a stored instant without a zone is UTC."""
        aware = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
        local = aware.astimezone(self.zone)
        return f"{self.day(local.date())} {local:%H:%M}"

    def value(self, value: object, unit: str) -> str:
        """A value of a unit of the catalogue."""
        return say_value(value, unit, self.language, self.currency)

    def signal(self, name: str, value: object) -> dict[str, str]:
        """A signal's meaning and value; one that the catalogue has lost is told by its name."""
        signal = self.service.catalogue.signals.get(name)
        if signal is None:
            return {"name": name, "value": str(value)}
        return {"name": self.of(signal), "value": self.value(value, signal.unit)}

    def of(self, both: Any) -> str:
        """The text for this language of something that has `zh` and `en`."""
        return str(both[self.language] if isinstance(both, Mapping) else getattr(both, self.language))

    def code(self, group: str, code: object, other: str = "other") -> str:
        """The word of a code in a group of words, else that of `other`."""
        key = f"{group}.{code}"
        return self.words(key if key in self.words else f"{group}.{other}")
