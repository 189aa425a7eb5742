"""What judging by day keeps at hand between events: books, registers, the history by customer, rules by kind."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property

import pandas as pd
import pyarrow as pa
import sqlalchemy as sa

from care.books import Books
from care.decisions.history import People, read_people
from care.rules.by_event import TABLE_OF
from care.rules.matching import CompiledBook, compile_book
from care.rules.rule import Rule
from care.scheduler.runs import newest_done
from features.errors import Refusal
from features.kept import KeptRows, open_kept
from features.latest import read_latest
from features.settings import Settings
from features.warehouse import Warehouse

TOLD_BY: Mapping[str, frozenset[str]] = {
    "transactions": frozenset({"transactions", "balances", "statements", "series"}),
    "contacts": frozenset({"contacts"}),
    "app_events": frozenset({"app_events"}),
}
"""The tables of signals that a row of each kind may change."""
NIGHT = "night"


@dataclass(frozen=True)
class Asked:
    """The rules that rows of some kinds may make true, ready to run, and the signals they read."""

    compiled: CompiledBook
    names: tuple[str, ...]
    scored: tuple[str, ...]

    @property
    def rule_ids(self) -> list[str]:
        """Their ids."""
        return list(self.compiled.book.rules)


@dataclass
class EventDesk:
    """Good for one night and one state of the history; `is_stale` says when to open another."""

    settings: Settings
    books: Books
    night: date
    version: str
    people: People
    kept: KeptRows
    _asked: dict[frozenset[str], Asked] = field(default_factory=dict)

    @cached_property
    def customers(self) -> pd.DataFrame:
        """The customers as known to the newest night, by id."""
        return self.people.customers.set_index("customer_id", drop=False)

    @cached_property
    def accounts(self) -> Mapping[str, str]:
        """Whose each account is."""
        rows = self.kept.slices["accounts"].rows
        return dict(zip(rows["account_id"].to_pylist(), rows["customer_id"].to_pylist(), strict=True))

    def is_stale(self, connection: sa.Connection) -> bool:
        """Whether a night was run or the history changed since."""
        return newest_done(connection, NIGHT) != self.night or Warehouse(self.settings.home).version != self.version

    @cached_property
    def currency(self) -> str:
        """The bank's currency."""
        return str(Warehouse(self.settings.home).about.get("currency", ""))

    @staticmethod
    def told_by(kind: str) -> frozenset[str]:
        """The tables of signals that a row of a kind may change."""
        return TOLD_BY[kind]

    def people_of(self, customer_ids: Collection[str]) -> People:
        """The registers of these customers alone."""
        wanted = [one for one in customer_ids if one in self.customers.index]
        consents = self._consents.loc[self._consents.index.intersection(wanted)].reset_index(drop=True)
        mine = self.customers.loc[wanted].reset_index(drop=True)
        return People(mine, consents, self.people.managers, self.people.calendar)

    @cached_property
    def _consents(self) -> pd.DataFrame:
        return self.people.consents.set_index("customer_id", drop=False).sort_index()

    def asked(self, kinds: Collection[str]) -> Asked:
        """The rules that may act by day (policy: by_day) and that rows of these kinds may make true."""
        wanted = frozenset(kinds)
        if wanted not in self._asked:
            self._asked[wanted] = self._made(wanted)
        return self._asked[wanted]

    def _made(self, kinds: frozenset[str]) -> Asked:
        book, catalogue = self.books.book, self.books.catalogue
        moments = {moment for moment, table in TABLE_OF.items() if table in kinds}
        rules = {rule.id: rule for rule in book.rules.values() if by_day(rule, self.books) and moments & set(rule.on)}
        names = sorted({name for one in rules for name in names_of(self.books, one)} & set(catalogue.stored))
        signals = catalogue.signals
        scored = [name for name in names if signals[name].table is None and not signals[name].expression]
        compiled = {one: book.compiled[one] for one in rules}
        part = replace(book, rules=rules, compiled=compiled)
        return Asked(compile_book(part), tuple(one for one in names if one not in scored), tuple(scored))

    def signals(
        self,
        connection: sa.Connection,
        customer_ids: Sequence[str],
        asked: Asked,
        more: Mapping[str, pa.Table],
        as_of: date,
    ) -> pa.Table:
        """The signals that the asked rules read; scores as the newest night gave them."""
        found = self.kept.signals(customer_ids, asked.names, more, as_of)
        for name in asked.scored:
            latest = [read_latest(connection, one) for one in found["customer_id"].to_pylist()]
            values = [None if one is None else one["signals"].get(name) for one in latest]
            found = found.append_column(name, pa.array(values, pa.float64()))
        return found


def by_day(rule: Rule, books: Books) -> bool:
    """Whether a match of the rule may become a task at once."""
    return rule.enabled and f"{rule.care_class} {rule.deadline}" in books.policy.by_day.value


def names_of(books: Books, rule_id: str) -> set[str]:
    """Everything that a rule reads, for its match, its evidence and its end."""
    rule, compiled = books.book.rules[rule_id], books.book.compiled[rule_id]
    return {*compiled.names, *compiled.until.names, *rule.evidence, *rule.key}


def open_desk(settings: Settings, engine: sa.Engine, books: Books) -> EventDesk:
    """A desk for the newest night; Refusal where none was run yet."""
    with engine.connect() as connection:
        night = newest_done(connection, NIGHT)
    if night is None:
        raise Refusal("no night was run yet", place="events", remedy="forecare run")
    warehouse = Warehouse(settings.home)
    rules = [rule.id for rule in books.book.rules.values() if by_day(rule, books)]
    topics = {name for topic in books.topics.topics.values() for name in topic.signals}
    names = sorted(topics.union(*(names_of(books, one) for one in rules)) & set(books.catalogue.stored))
    kept = open_kept(warehouse, settings, books.catalogue, names, night + timedelta(days=1))
    return EventDesk(settings, books, night, warehouse.version, read_people(warehouse, settings, night), kept)
