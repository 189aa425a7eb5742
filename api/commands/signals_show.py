"""`forecare signals show` and `sql`: one signal, what it means, and how a value of it came about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api import bank
from api.console import JsonFile, Language, publish
from api.words import Words, terminal_words

if TYPE_CHECKING:
    from features.catalogue import Catalogue
    from features.signal import Signal

Name = Annotated[str, typer.Argument(metavar="NAME", help="A signal's name. 信号名。")]
AsOf = Annotated[
    str, typer.Option(metavar="DAY", help="As of the beginning of this day (default: after the last data). 日期。")
]
KnownBy = Annotated[
    str, typer.Option(metavar="DAY", help="What was known by then (default: --as-of). 银行于该日零点所知。")
]
Customer = Annotated[str, typer.Option(metavar="ID", help="Show this customer's value and rows. 查看该客户的明细。")]
Rows = Annotated[int, typer.Option(metavar="N", min=1, max=10_000, help="Rows to show of each signal. 最多行数。")]
DialectName = Annotated[str, typer.Option("--dialect", metavar="duckdb|spark", help="Whose SQL. SQL 方言。")]
Plain = Annotated[
    bool, typer.Option("--plain", help="Name the contract's tables instead of stored files. 用表名代替文件。")
]


def show(
    name: Name,
    customer: Customer = "",
    as_of: AsOf = "",
    known_by: KnownBy = "",
    rows: Rows = 50,
    json_file: JsonFile = None,
    lang: Language = "",
) -> None:
    """Show one signal; with --customer the value, the rows behind it and the SQL. The read is written down."""
    words = terminal_words(lang)
    from features.catalogue import read_catalogue
    from features.errors import Refusal

    catalogue = read_catalogue()
    signal = signal_of(catalogue, name)
    if not customer:
        if as_of or known_by:
            raise Refusal("goes with --customer", place="--as-of", remedy="give --customer, or leave it out")
        report = described(catalogue, signal)
        publish(report, _lines(report, words), json_file)
        return
    from api.commands.signals_evidence import customer_report

    report, lines = customer_report(catalogue, signal, customer, as_of, known_by, rows, words)
    publish(report, lines, json_file)


def sql(
    name: Name,
    as_of: AsOf = "",
    known_by: KnownBy = "",
    dialect: DialectName = "duckdb",
    plain: Plain = False,
    json_file: JsonFile = None,
    lang: Language = "",
) -> None:
    """Print one SQL statement that computes this signal for all customers, from the contract's tables alone."""
    words = terminal_words(lang)
    from features.audit.dialect import read_dialect
    from features.audit.question import Named, Question, Stored, speak
    from features.audit.statement import signal_sql
    from features.catalogue import read_catalogue

    catalogue, written = read_catalogue(), read_dialect(dialect)
    signal = signal_of(catalogue, name)
    settings, day = bank.settings_and_day(as_of)
    known = bank.day_given(known_by, settings.zone, place="--known-by") if known_by else day
    warehouse = bank.history_of(settings)
    tables = Named(warehouse.tables) if plain else Stored(warehouse)
    question = Question(day, known, settings.zone, tables, written, speak(words.language))
    text = signal_sql(catalogue, [signal.name], question)
    report = {"name": name, "as_of": day, "known_by": known, "dialect": dialect, "sql": text}
    publish(report, text.rstrip("\n").splitlines(), json_file)


def signal_of(catalogue: Catalogue, name: str) -> Signal:
    """The signal of that name; Refusal with the nearest one otherwise."""
    from features.errors import Refusal, nearest

    if name not in catalogue.signals:
        raise Refusal("no such signal", place=name, remedy=nearest(name, catalogue.signals))
    return catalogue.signals[name]


def form(signal: Signal) -> dict[str, Any]:
    """What a list says of a signal."""
    names = ("name", "zh", "en", "unit", "type", "subject", "owner", "hidden")
    return {name: getattr(signal, name) for name in names}


def described(catalogue: Catalogue, signal: Signal) -> dict[str, Any]:
    """All that there is to say of a signal without its values."""
    from api.readers import read_by, readers_of

    parts = {"measure": signal.measure, "where": signal.where, "by": signal.by, "expression": signal.expression}
    logic = {key: part.text for key, part in parts.items() if part is not None}
    window = {} if signal.days is None else {"window_days": signal.days, "until_days": signal.until}
    empty = {"empty": signal.empty} if signal.table else {}
    return {
        **form(signal), "aggregate": signal.aggregate, **logic, **window,
        "look_back_days": look_back(catalogue, signal), **empty, "reads": read_by(signal, catalogue),
        "read_by": readers_of(catalogue, signal.name), "place": signal.place, "catalogue": catalogue.version,
    }  # fmt: skip


def look_back(catalogue: Catalogue, signal: Signal) -> int | None:
    """Days of history that the signal and all that it reads look back; None where they look at registers only."""
    days = [one.days + one.until for one in catalogue.needed([signal.name]) if one.days is not None]
    return max(days, default=None)


def _lines(report: dict[str, Any], words: Words) -> list[str]:
    lines = []
    for key, value in report.items():
        if key != "empty" and (value in (None, {}, []) or (key in ("hidden", "until_days") and not value)):
            continue
        lines.append(f"{words(f'signal.{key}')}: {_said(value, key, words)}")
    return lines


def _said(value: Any, key: str, words: Words) -> str:
    if isinstance(value, dict):
        parts = [f"{words(f'signal.{name}')} {', '.join(items)}" for name, items in value.items() if items]
        return "; ".join(parts) or words("signal.nobody")
    if isinstance(value, bool):
        return words("signal.yes_" if value else "signal.no_")
    return words("signal.unknown") if value is None and key == "empty" else str(value)


def add(group: typer.Typer) -> None:
    """Register both."""
    example = "Example: forecare signals show assets --customer C0000001 --as-of 2026-06-01"
    group.command("show", help=f"Show one signal, or a customer's value of it.  {example} 查看信号或客户明细。")(show)
    example = "Example: forecare signals sql assets --as-of 2026-06-01 --dialect spark"
    group.command("sql", help=f"Print the SQL that computes one signal.  {example} 输出计算该信号的 SQL。")(sql)
