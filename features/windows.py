"""The only place where time is cut: windows over events, levels carried from day to day, rows as they stood."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from features.columns import Kind
from features.contract import TABLES
from features.moments import midnight
from features.signal import Signal


@dataclass(frozen=True)
class Moment:
    """The day whose beginning a build pretends it is, in the bank's zone."""

    as_of: date
    zone: ZoneInfo

    def edge(self, day: date) -> str:
        """The instant at which `day` begins, as SQL."""
        return f"TIMESTAMP '{midnight(day, self.zone)}'"

    def local_day(self, instant: str) -> str:
        """The bank's day of a stored instant, as SQL."""
        return f"CAST(timezone('{self.zone.key}', timezone('UTC', {instant})) AS DATE)"

    def window(self, signal: Signal) -> Window:
        """The days [as_of - until - days, as_of - until) that a signal over events or levels looks at."""
        high = self.as_of - timedelta(days=signal.until)
        return Window(high - timedelta(days=signal.days or 0), high)

    def inside(self, window: Window) -> str:
        """True for events in the window: from the first midnight on, up to but without the last."""
        return f"event_at >= {self.edge(window.low)} AND event_at < {self.edge(window.high)}"


@dataclass(frozen=True, order=True)
class Window:
    """The days from `low` up to, but without, `high`."""

    low: date
    high: date

    @property
    def days(self) -> int:
        """Its length."""
        return (self.high - self.low).days

    def overlap(self) -> str:
        """How many days of a segment [day_from, day_to) lie inside, as SQL."""
        return f"greatest(0, least(day_to, DATE '{self.high}') - greatest(day_from, DATE '{self.low}'))"


def rows(table: str, moment: Moment) -> str:
    """A SELECT of the table's rows as they stood at `moment`, with the columns that ROWS adds.

    Money reads in currency units under its own name and in minor units under "<name> minor". What a row says about a
    moment that still lies ahead (resolved_at, closed_on) is NULL: it was not known, whatever the delivery says.
    """
    return _ROWS[table](moment)


def _restated(table: str, moment: Moment, alias: str) -> tuple[str, str]:
    """REPLACE and additional columns: money in both units, later moments hidden."""
    contract = TABLES[table]
    replaced, minor = [], []
    for column in contract.columns:
        name = f"{alias}.{column.name}"
        if column.kind is Kind.MONEY:
            replaced.append(f"{name} / 100 AS {column.name}")
            minor.append(f', {name} AS "{column.name} minor"')
        elif column.kind is Kind.INSTANT and column.name != contract.event:
            replaced.append(f"CASE WHEN {name} < {moment.edge(moment.as_of)} THEN {name} END AS {column.name}")
        elif column.name == "closed_on":
            replaced.append(f"CASE WHEN {name} < DATE '{moment.as_of}' THEN {name} END AS {column.name}")
    return f"{alias}.*" + (f" REPLACE ({', '.join(replaced)})" if replaced else ""), "".join(minor)


def _transactions(moment: Moment) -> str:
    columns, minor = _restated("transactions", moment, "t")
    return f"""SELECT {columns} {minor}, a.product, {_day_and_month("t.event_at", moment)},
        coalesce(t.own_account, false) AND t.counterparty_bank IS NULL AS internal
        FROM transactions AS t LEFT JOIN accounts AS a USING (account_id)"""


def _day_and_month(instant: str, moment: Moment) -> str:
    day = moment.local_day(instant)
    return f"{day} AS day, CAST(date_trunc('month', {day}) AS DATE) AS month"


def _contacts(moment: Moment) -> str:
    columns, minor = _restated("contacts", moment, "t")
    return f"SELECT {columns} {minor}, {_day_and_month('t.event_at', moment)} FROM contacts AS t"


def _app_events(moment: Moment) -> str:
    columns, minor = _restated("app_events", moment, "t")
    return f"SELECT {columns} {minor}, {_day_and_month('t.event_at', moment)} FROM app_events AS t"


def _balances(moment: Moment) -> str:
    return """SELECT account_id, customer_id, product, day, balance / 100 AS balance, balance AS "balance minor"
        FROM levels"""


def _customers(moment: Moment) -> str:
    day = f"DATE '{moment.as_of}'"
    return f"""SELECT *, {day} AS as_of, year({day}) - birth_year AS age FROM customers WHERE opened_on < {day}"""


def _accounts(moment: Moment) -> str:
    columns, minor = _restated("accounts", moment, "a")
    this = f"date_trunc('month', DATE '{moment.as_of}')"
    due = [f"least(CAST({m} AS DATE) + (a.due_day - 1), last_day({m}))" for m in (this, f"({this} + INTERVAL 1 MONTH)")]
    return f"""SELECT {columns} {minor}, DATE '{moment.as_of}' AS as_of, l.balance / 100 AS balance,
        l.balance AS "balance minor", CASE WHEN {due[0]} >= DATE '{moment.as_of}' THEN {due[0]} ELSE {due[1]} END
        AS next_due_on
        FROM accounts AS a LEFT JOIN
        (SELECT account_id, arg_max(balance, day) AS balance FROM levels GROUP BY account_id) AS l USING (account_id)
        WHERE a.opened_on < DATE '{moment.as_of}'"""


_ROWS = {
    "transactions": _transactions,
    "contacts": _contacts,
    "app_events": _app_events,
    "balances": _balances,
    "customers": _customers,
    "accounts": _accounts,
}


def levels(moment: Moment, since: date) -> str:
    """A SELECT of end-of-day balances: account_id, customer_id, product, day, balance (minor units).

    The bank's own balance of a day, else the last booked balance_after of that day; from the closing day on an account
    holds nothing; one that is not open before as_of is not there. Of the days before `since` only the last one of each
    account is there.
    """
    as_of, kept = f"DATE '{moment.as_of}'", f"DATE '{since}'"
    return f"""
        WITH booked AS (
            SELECT account_id, {moment.local_day("max(event_at)")} AS day,
                arg_max(balance_after, row(event_at, transaction_id)) AS balance
            FROM transactions
            WHERE status = 'booked' AND balance_after IS NOT NULL AND event_at < {moment.edge(moment.as_of)}
            GROUP BY account_id, CASE WHEN event_at >= {moment.edge(since)} THEN {moment.local_day("event_at")} END
        ), told AS (
            SELECT account_id, day, 0 AS stated, balance FROM booked
            UNION ALL SELECT account_id, day, 1, balance FROM balances WHERE day < {as_of}
        ), each AS (
            SELECT account_id, max(day) AS day, arg_max(balance, (day - DATE '2000-01-01') * 2 + stated) AS balance
            FROM told GROUP BY account_id, CASE WHEN day >= {kept} THEN day END
        ), closings AS (
            SELECT account_id, customer_id, product, CASE WHEN closed_on < {as_of} THEN closed_on END AS closed_on
            FROM accounts WHERE opened_on < {as_of}
        )
        SELECT account_id, customer_id, product, day, balance FROM each JOIN closings USING (account_id)
        WHERE closed_on IS NULL OR day < closed_on
        UNION ALL
        SELECT account_id, customer_id, product, closed_on, 0 FROM closings
        WHERE closed_on IS NOT NULL AND account_id IN (SELECT account_id FROM each)"""


def segments(kept: str, moment: Moment) -> str:
    """A SELECT of customer_id, day_from, day_to, total: the sum of the customer's levels, constant in each segment.

    `kept`: a relation of customer_id, account_id, day, level. Days before the first level are in no segment.
    """
    return f"""
        SELECT customer_id, day AS day_from, coalesce(lead(day) OVER days, DATE '{moment.as_of}') AS day_to,
            sum(step) OVER days AS total
        FROM (
            SELECT customer_id, day, sum(step) AS step FROM (
                SELECT customer_id, day,
                    CAST(level AS HUGEINT) - coalesce(lag(level) OVER (PARTITION BY account_id ORDER BY day), 0) AS step
                FROM {kept}
            ) GROUP BY customer_id, day
        ) WINDOW days AS (PARTITION BY customer_id ORDER BY day)"""
