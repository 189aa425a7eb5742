"""A book made ready to run: all its rules in one pass over a table, or one rule over one row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from care.rules.book import Book
from care.rules.check import AS_OF
from care.rules.examples import verdict
from care.rules.matches import Found, Matches, Truth, collect
from care.rules.rule import Moment
from features.expression import Expression, evaluate
from features.expression.columns import STRETCH, Columns, answers_over
from features.expression.operations import TRUE, UNKNOWN
from features.expression.program import Program, compile_program

Part = Literal["when", "until", "value"]
_THROWN = (ArithmeticError, TypeError, ValueError, LookupError, pa.ArrowException)


class CompiledBook:
    """What a book says, ready to be asked many times. Pure: tables in, answers out; nothing is kept between calls."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._programs: dict[tuple[Part, tuple[str, ...]], Program] = {}

    def match(self, table: pa.Table, as_of: date, on: Moment = "day") -> Matches:
        """Every enabled rule for `on` that has not expired by `as_of`, over one row a customer (or an event).

        `table`: customer_id and a column a signal; for an event also its columns, named event_<column>. What it calls
        as_of does not count. A rule that throws is stopped alone, with its reason; the others run.
        """
        table = at(table, as_of)
        running, stopped = self._running(set(table.column_names), as_of, on)
        found: dict[str, Found] = {}
        for rule_ids, columns in self._readable(running, table, stopped, "when"):
            found |= self._found_by(rule_ids, columns, stopped)
        try:
            matches = collect(self.book.rules, found, table, self._stakes)
        except _THROWN:
            found = {one: it for one, it in found.items() if self._collectable(one, it, table, stopped)}
            matches = collect(self.book.rules, found, table, self._stakes)
        return replace(matches, stopped=stopped)

    def match_row(self, rule_id: str, row: Mapping[str, object]) -> Truth:
        """What a rule says to one row of signals (and `as_of`, and an event's columns): True, False, None for unknown.

        A match also needs the money at stake and every signal of the key to be known, as in `match`.
        """
        rule = self.book.rule(rule_id)
        said = verdict(self.book.compiled[rule_id], rule.key, row)
        return {"match": True, "none": False, "not enough data": None}[said]

    def ended(self, table: pa.Table, as_of: date, rule_ids: Sequence[str] | None = None) -> dict[str, Any]:
        """Per rule and row of `table` whether an episode is over: uint8, 2 over, 0 not, 1 unknown (so not)."""
        table = at(table, as_of)
        wanted = tuple(sorted(self.book.rules if rule_ids is None else rule_ids))
        found: dict[str, Any] = {}
        for some, columns in self._readable(wanted, table, {}, "until"):
            stretches = [self._answers("until", some, columns, start) for start in _starts(columns)]
            found |= {one: np.concatenate([stretch[n] for stretch in stretches]) for n, one in enumerate(some)}
        lost = np.full(table.num_rows, UNKNOWN)
        return {one: found.get(one, lost) for one in wanted}

    def ended_row(self, rule_id: str, row: Mapping[str, object]) -> Truth:
        """Whether an episode of the rule is over for one row: True, False, None for unknown (so not over)."""
        self.book.rule(rule_id)
        said = evaluate(self.book.compiled[rule_id].until, row)
        return None if said is None else bool(said)

    def _running(self, columns: set[str], as_of: date, on: Moment) -> tuple[tuple[str, ...], dict[str, str]]:
        running, stopped = [], {}
        for rule in self.book.rules.values():
            if not rule.enabled or on not in rule.on:
                continue
            missing = sorted((self.book.compiled[rule.id].names | set(rule.evidence)) - columns)
            if as_of >= rule.expires_on:
                stopped[rule.id] = f"expired on {rule.expires_on}"
            elif missing:
                stopped[rule.id] = f"the snapshot has no column '{missing[0]}'"
            else:
                running.append(rule.id)
        return tuple(running), stopped

    def _readable(
        self, rule_ids: tuple[str, ...], table: pa.Table, stopped: dict[str, str], part: Part
    ) -> list[tuple[tuple[str, ...], Columns]]:
        """All rules with what they read of the table; if that fails, one by one, so that only those at fault stop."""
        if not rule_ids:
            return []
        try:
            return [(rule_ids, self._columns(part, rule_ids, table))]
        except _THROWN:
            return [pair for one in rule_ids for pair in self._alone(one, table, stopped, part)]

    def _alone(
        self, rule_id: str, table: pa.Table, stopped: dict[str, str], part: Part
    ) -> list[tuple[tuple[str, ...], Columns]]:
        try:
            return [((rule_id,), self._columns(part, (rule_id,), table))]
        except _THROWN as error:
            stopped[rule_id] = _first_line(error)
            return []

    def _columns(self, part: Part, rule_ids: tuple[str, ...], table: pa.Table) -> Columns:
        program = self._program(part, rule_ids)
        return Columns(table, program.types, program.texts)

    def _program(self, part: Part, rule_ids: tuple[str, ...]) -> Program:
        if (part, rule_ids) not in self._programs:
            of: Callable[[str], Expression] = lambda one: getattr(self.book.compiled[one], part)  # noqa: E731
            self._programs[part, rule_ids] = compile_program([of(one) for one in rule_ids])
        return self._programs[part, rule_ids]

    def _answers(self, part: Part, rule_ids: tuple[str, ...], columns: Columns, start: int) -> list[Any]:
        stop = min(start + STRETCH, columns.length)
        answers = self._program(part, rule_ids).run(columns.rows(start, stop), columns.ranks)
        return [np.broadcast_to(answer, (stop - start,)) for answer in answers]

    def _found_by(self, rule_ids: tuple[str, ...], columns: Columns, stopped: dict[str, str]) -> dict[str, Found]:
        """What the rules find, all together; if that fails, one by one, so that only the rule at fault is stopped."""
        try:
            return self._found(rule_ids, columns)
        except _THROWN as error:
            if len(rule_ids) == 1:
                stopped[rule_ids[0]] = _first_line(error)
                return {}
        alone = (self._found_by((one,), columns, stopped) for one in rule_ids)
        return {one: found for part in alone for one, found in part.items()}

    def _found(self, rule_ids: tuple[str, ...], columns: Columns) -> dict[str, Found]:
        rows: dict[str, list[Any]] = {one: [] for one in rule_ids}
        unknown = dict.fromkeys(rule_ids, 0)
        for start in _starts(columns):
            for one, truth in zip(rule_ids, self._answers("when", rule_ids, columns, start), strict=True):
                rows[one].append(np.flatnonzero(truth == TRUE) + start)
                unknown[one] += int(np.count_nonzero(truth == UNKNOWN))
        return {one: Found(np.concatenate(rows[one]), unknown[one]) for one in rule_ids}

    def _stakes(self, rule_id: str, stood: pa.Table) -> Any:
        """The money at stake in each row of a rule's evidence."""
        columns = self._columns("value", (rule_id,), stood)
        (answers,) = answers_over(self._program("value", (rule_id,)), columns)
        return answers

    def _collectable(self, rule_id: str, found: Found, table: pa.Table, stopped: dict[str, str]) -> bool:
        try:
            collect(self.book.rules, {rule_id: found}, table, self._stakes)
        except _THROWN as error:
            stopped[rule_id] = _first_line(error)
        return rule_id not in stopped


def compile_book(book: Book) -> CompiledBook:
    """The book ready to run; compiling takes milliseconds, and the result may be kept as long as the book is."""
    return CompiledBook(book)


def match(book: Book, snapshot: pa.Table, as_of: date) -> Matches:
    """The night's pass: every daily rule of the book over one row a customer, see CompiledBook.match."""
    return compile_book(book).match(snapshot, as_of)


def at(table: pa.Table, as_of: date) -> pa.Table:
    """The table with as_of as every row's day."""
    table = table.drop_columns([AS_OF]) if AS_OF in table.column_names else table
    return table.append_column(AS_OF, pa.repeat(pa.scalar(as_of, pa.date32()), table.num_rows))


def _starts(columns: Columns) -> range:
    return range(0, max(columns.length, 1), STRETCH)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
