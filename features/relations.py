"""Rows of each table as SQL: the contract's columns as expressions read them, those that are derived, both clocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from features.columns import Kind
from features.contract import TABLES
from features.footers import Clocks
from features.moments import midnight
from features.windows import Timeline, local_time

BOUNDS = {"low": "TIMESTAMP '1900-01-01'", "high": "TIMESTAMP '2200-01-01'"}


@dataclass(frozen=True)
class Source:
    """Where rows come from and which of them are wanted.

    relations: SQL of each table's rows in all versions. since: the day of the bank from which events are wanted (None:
    from the beginning). until: the last day on which one can have happened, where that is known. who: a condition on
    customer_id. clocks: what is known of both clocks without reading them.
    """

    relations: Mapping[str, str]
    timeline: Timeline
    since: date | None
    who: str
    until: date | None = None
    clocks: Mapping[str, Clocks] = field(default_factory=dict)

    def with_relation(self, table: str, relation: str) -> Source:
        """The same with one more relation."""
        return replace(self, relations={**self.relations, table: relation})

    @property
    def one(self) -> bool:
        """True where every answered day sees the same versions: then SQL picks them, and rows carry no clocks."""
        return self.timeline.shared

    def instant(self, day: date) -> str:
        """The beginning of a day of the bank."""
        return f"TIMESTAMP '{midnight(day, self.timeline.zone)}'"

    def known(self, table: str, alias: str) -> str:
        """True for the versions that some answered day may see."""
        first, last = min(self.timeline.known), max(self.timeline.known)
        clocks = self.clocks.get(table, Clocks())
        sql = []
        if clocks.known_until is None or clocks.known_until > midnight(last, self.timeline.zone):
            sql.append(f"{alias}.known_at <= {self.instant(last)}")
        if clocks.superseded:
            sql.append(f"({alias}.superseded_at IS NULL OR {alias}.superseded_at > {self.instant(first)})")
        return " AND ".join(sql) or "true"

    def happened(self, alias: str) -> str:
        """True for events that some answered day may count."""
        day = self.timeline.days[-1]
        low = f"{alias}.event_at >= {self.instant(self.since)} AND " if self.since else ""
        return f"{low}{alias}.event_at < {self.instant(day)}"

    def told(self, table: str) -> tuple[str, ...]:
        """The clocks that rows of the table carry, where versions still have to be told apart."""
        if self.one:
            return ()
        joined = self.clocks.get("accounts", Clocks()).superseded and table != "contacts"
        both = joined or self.clocks.get(table, Clocks()).superseded
        return ("known_at", "superseded_at") if both else ("known_at",)

    def day(self, instant: str) -> str:
        """The bank's day of an instant."""
        zone, last = self.timeline.zone, self.timeline.days[-1]
        first = self.since or date(1970, 1, 1)
        low, high = midnight(first, zone), midnight(last, zone) + timedelta(days=1)
        return f"CAST({local_time(instant, zone, low, high)} AS DATE)"

    @property
    def as_of(self) -> str:
        """The answered day, for expressions that may read it."""
        return f"DATE '{self.timeline.days[0]}'"


def rows(table: str, names: frozenset[str], source: Source) -> str:
    """A SELECT of customer_id, ts (events), both clocks where needed, and the columns `names`.

    Money reads in currency units under its own name and in minor units as "<name> minor". What a row says of a moment
    that still lies ahead of the one answered day (resolved_at, closed_on) is NULL.
    """
    return _ROWS[table](names, source)


def stored_rows(table: str, names: frozenset[str], source: Source) -> str:
    """A SELECT of a table's rows as they are stored, in all versions that some day may see; of events only `names`."""
    contract = TABLES[table]
    wanted = {*names, *contract.key, "customer_id"} if contract.event else {column.name for column in contract.columns}
    columns = [f"t.{column.name}" for column in contract.columns if column.name in wanted]
    happened = f" AND {source.happened('t')}" if contract.event else ""
    return f"""SELECT {", ".join([*columns, "t.event_at", "t.known_at", "t.superseded_at"])}
        FROM {source.relations[table]} AS t WHERE t.{source.who}{happened} AND {source.known(table, "t")}"""


def hides(table: str, names: frozenset[str]) -> bool:
    """True if one of the names may tell of a moment ahead, so that each day has to be answered by itself."""
    contract = TABLES.get(table)
    if contract is None or contract.event is None:
        return True
    return any(_is_later(table, name) for name in names)


def _is_later(table: str, name: str) -> bool:
    contract = TABLES[table]
    kind = {column.name: column.kind for column in contract.columns}.get(name)
    return (kind is Kind.INSTANT and name != contract.event) or name == "closed_on"


def _columns(table: str, names: frozenset[str], source: Source, added: Mapping[str, str]) -> str:
    """The select list of `names`: the contract's columns restated, the others from `added`."""
    kinds = {column.name: column.kind for column in TABLES[table].columns}
    found = []
    for name in sorted(names - {"customer_id"}):
        if name in added:
            found.append(f', {added[name]} AS "{name}"')
        elif kinds[name] is Kind.MONEY:
            found.append(f', t.{name} / 100 AS "{name}", t.{name} AS "{name} minor"')
        elif _is_later(table, name):
            edge = source.as_of if name == "closed_on" else source.instant(source.timeline.days[0])
            found.append(f', CASE WHEN t.{name} < {edge} THEN t.{name} END AS "{name}"')
        else:
            found.append(f', t.{name} AS "{name}"')
    return "".join(found)


def _event_days(source: Source) -> dict[str, str]:
    day = source.day("t.event_at")
    return {"day": day, "month": f"CAST(date_trunc('month', {day}) AS DATE)"}


def _events(table: str) -> Callable[[frozenset[str], Source], str]:
    def select(names: frozenset[str], source: Source) -> str:
        columns = _columns(table, names, source, _event_days(source))
        return _plain(table, columns, source)

    return select


def _plain(table: str, columns: str, source: Source) -> str:
    """A SELECT of a table's wanted rows as they are stored."""
    clocks = "".join(f", t.{name}" for name in source.told(table))
    return f"""SELECT t.customer_id, t.event_at AS at_{clocks}{columns}
        FROM {source.relations[table]} AS t
        WHERE t.{source.who} AND {source.happened("t")} AND {source.known(table, "t")}"""


def _transactions(names: frozenset[str], source: Source) -> str:
    internal = "coalesce(t.own_account, false) AND t.counterparty_bank IS NULL"
    added = {**_event_days(source), "internal": f"({internal})", "product": "a.product"}
    columns = _columns("transactions", names, source, added)
    if "product" not in names:
        return _plain("transactions", columns, source)
    wanted = f"t.{source.who} AND {source.happened('t')} AND {source.known('transactions', 't')}"
    return f"""SELECT t.customer_id, t.event_at AS at_{joined_clocks(source)}{columns}
        FROM {numbered("transactions", wanted, source)} AS t LEFT JOIN ({account_periods(source)}) AS a
        ON t.account_id = a.account_id{overlap(source)}"""


def numbered(table: str, wanted: str, source: Source) -> str:
    """The wanted rows of a table; where versions are told apart they keep their place in `seq`.

    A row that meets two versions of its account leaves a join at two places.
    """
    if source.one:
        return f"(SELECT * FROM {source.relations[table]} AS t WHERE {wanted})"
    return f"(SELECT *, row_number() OVER () AS seq, {_until('')} FROM {source.relations[table]} AS t WHERE {wanted})"


def overlap(source: Source) -> str:
    """The condition under which a row and a period of its account are known together."""
    if source.one:
        return ""
    return " AND t.known_at < a.until_ AND a.known_at < t.until_"


def _until(prefix: str) -> str:
    # A join on plain comparisons is a hash join; with `IS NULL OR` it would compare every pair.
    return f"coalesce({prefix}superseded_at, {BOUNDS['high']}) AS until_"


def joined_clocks(source: Source) -> str:
    """The columns known_at, superseded_at and seq of a row joined with a period of its account, where they are told."""
    if source.one:
        return ""
    # Columns of a row and of a period of its account: known from the later on, until the earlier end.
    return """, greatest(t.known_at, coalesce(a.known_at, t.known_at)) AS known_at,
        least(t.superseded_at, a.superseded_at) AS superseded_at, t.seq AS seq"""


def account_periods(source: Source) -> str:
    """What is known of each account, and from when to when: account_id, product, opened_on, known_at, superseded_at.

    Where days see different versions, the time before the bank knew of an account is a period with NULLs, and versions
    that differ in nothing told here are one period.
    """
    accounts = f"{source.relations['accounts']} AS a"
    if source.one:
        known = source.known("accounts", "a")
        return f"SELECT a.account_id, a.product, a.opened_on FROM {accounts} WHERE a.{source.who} AND {known}"
    mine = f"SELECT a.* FROM {accounts} WHERE a.{source.who}"
    alike = "min(product) = max(product) AND min(opened_on) = max(opened_on)"
    last = "CASE WHEN count(superseded_at) = count(*) THEN max(superseded_at) END"
    periods = f"""
        SELECT account_id, min(product) AS product, min(opened_on) AS opened_on, min(known_at) AS known_at,
            {last} AS superseded_at FROM ({mine}) GROUP BY account_id HAVING {alike}
        UNION ALL SELECT account_id, product, opened_on, known_at, superseded_at FROM ({mine}) WHERE account_id IN
            (SELECT account_id FROM ({mine}) GROUP BY account_id HAVING NOT ({alike}))
        UNION ALL SELECT account_id, NULL, NULL, {BOUNDS["low"]}, min(known_at) FROM ({mine}) GROUP BY account_id"""
    return f"SELECT *, {_until('')} FROM ({periods})"


def _customers(names: frozenset[str], source: Source) -> str:
    added = {"as_of": source.as_of, "age": f"year({source.as_of}) - t.birth_year"}
    columns = _columns("customers", names, source, added)
    return f"""SELECT t.customer_id{columns} FROM {source.relations["customers"]} AS t
        WHERE t.{source.who} AND {source.known("customers", "t")} AND t.opened_on < {source.as_of}
        ORDER BY t.customer_id"""


def day_of_month(number: str, month: str) -> str:
    """The day `number` of the month that begins on `month`; its last day where the month is shorter."""
    return f"CASE WHEN {number} IS NOT NULL THEN least(CAST({month} AS DATE) + ({number} - 1), last_day({month})) END"


def next_due(alias: str, as_of: str) -> str:
    """The next day, as_of included, on which an account's due_day falls."""
    this = f"CAST(date_trunc('month', {as_of}) AS DATE)"
    first, second = (
        day_of_month(f"{alias}.due_day", month) for month in (this, f"CAST({this} + INTERVAL '1' MONTH AS DATE)")
    )
    return f"CASE WHEN {first} >= {as_of} THEN {first} ELSE {second} END"


def _accounts(names: frozenset[str], source: Source) -> str:
    added = {"as_of": source.as_of, "next_due_on": next_due("t", source.as_of), "balance": "l.balance / 100"}
    columns = _columns("accounts", names - {"balance"}, source, added)
    joined = ""
    if "balance" in names:
        columns += ', l.balance / 100 AS "balance", l.balance AS "balance minor"'
        joined = f"LEFT JOIN {source.relations['account_levels']} AS l ON l.account_key = hash(t.account_id)"
    return f"""SELECT t.customer_id{columns} FROM {source.relations["accounts"]} AS t {joined}
        WHERE t.{source.who} AND {source.known("accounts", "t")} AND t.opened_on < {source.as_of}
        ORDER BY t.customer_id, t.account_id"""


def _derived(table: str, order: str) -> Callable[[frozenset[str], Source], str]:
    """A table that kernels made for the one answered day: its money is in minor units."""

    def select(names: frozenset[str], source: Source) -> str:
        money = {"owed", "repaid", "amount", "amount_before"}
        columns = "".join(
            f', t.{name} / 100 AS "{name}", t.{name} AS "{name} minor"' if name in money else f', t.{name} AS "{name}"'
            for name in sorted(names - {"as_of", "customer_id"})
        )
        columns += f', {source.as_of} AS "as_of"' if "as_of" in names else ""
        at = ", t.at_" if table == "statements" else ""
        return f"SELECT t.customer_id{at}{columns} FROM {source.relations[table]} AS t ORDER BY {order}"

    return select


_ROWS: Mapping[str, Callable[[frozenset[str], Source], str]] = {
    "transactions": _transactions,
    "contacts": _events("contacts"),
    "app_events": _events("app_events"),
    "customers": _customers,
    "accounts": _accounts,
    "statements": _derived("statements", "t.customer_id, t.day, t.account_id"),
    "series": _derived("series", "t.customer_id, t.counterparty_id, t.direction"),
}
