"""The stored rows that tell levels of accounts: all since a day, of those before only what tells the level there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from features.relations import Source

COLUMNS = {"transactions": ("status", "amount", "balance_after"), "balances": ("day", "balance")}
"""The tables that tell levels, and what is read of them beside account and clocks."""
_TOLD = {"transactions": "t.balance_after", "balances": "t.balance"}


def before(table: str) -> str:
    """The name of a table's rows before the day since which all are wanted."""
    return f"{table} before"


def level_rows(told: Sequence[str], recent: Source, whole: Source, since: date | None) -> Iterator[tuple[str, str]]:
    """(name, SELECT) of the rows of the tables `told`, all since the day `since` (None: all rows are `recent`)."""
    for table in told:
        yield table, f"{_select(table, recent)} WHERE {recent.happened('t')} AND {_wanted(table, recent)}"
        if since is not None:
            yield before(table), _earlier(table, told, whole, f"t.event_at < {whole.instant(since)}")


def _select(table: str, source: Source) -> str:
    names = ("customer_id", "account_id", *COLUMNS[table], "event_at", "known_at", "superseded_at")
    return f"SELECT {', '.join(f't.{name}' for name in names)} FROM {source.relations[table]} AS t"


def _wanted(table: str, source: Source) -> str:
    booked = " AND t.status = 'booked'" if table == "transactions" else ""
    return f"t.{source.who} AND {source.known(table, 't')}{booked}"


def _earlier(table: str, told: Sequence[str], source: Source, ahead: str) -> str:
    """Of each account the rows since the month of the last row that tells every day its level: the ledger's own cut."""
    settled = " UNION ALL ".join(_settling(one, source, ahead) for one in told)
    last = f"""SELECT account_id, CAST(date_trunc('month', max(event_at)) AS TIMESTAMP) AS month_
        FROM ({settled}) GROUP BY account_id"""
    return f"""{_select(table, source)} LEFT JOIN ({last}) AS l ON t.account_id = l.account_id
        WHERE {ahead} AND {_wanted(table, source)} AND (l.month_ IS NULL OR t.event_at >= l.month_)"""


def _settling(table: str, source: Source, ahead: str) -> str:
    """Rows that tell a level, in a version that every answered day sees."""
    seen = f"t.known_at <= {source.instant(min(source.timeline.known))} AND t.superseded_at IS NULL"
    return f"""SELECT t.account_id, t.event_at FROM {source.relations[table]} AS t
        WHERE {ahead} AND {_wanted(table, source)} AND {_TOLD[table]} IS NOT NULL AND {seen}"""
