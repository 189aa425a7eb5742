"""What came of each customer in a home: contacts, complaints, whether the money left; and what was known before."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from care.loop.day import LoopHome
from features.build import build_signals
from features.catalogue import read_catalogue
from features.engine import open_history
from features.moments import midnight

if TYPE_CHECKING:
    from training.settings import Label


def counted(home: LoopHome, entries: pd.DataFrame, until: date) -> pd.DataFrame:
    """contacts and complaints of each customer in [since, until), by customer; `entries`: customer_id, since (day)."""
    zone = home.settings.zone
    since = {day: midnight(day, zone) for day in entries["since"].unique()}
    given = pa.table(
        {
            "customer_id": pa.array(entries["customer_id"], pa.string()),
            "since": pa.array([since[day] for day in entries["since"]], pa.timestamp("us")),
        }
    )
    query = Path(__file__).with_name("outcomes.sql").read_text(encoding="utf-8")
    with open_history(home.warehouse, home.settings, known_by=midnight(until, zone)) as history:
        history.register("entries", given)
        return history.execute(query, {"until": midnight(until, zone)}).df().set_index("customer_id")


def contacts_by_day(home: LoopHome, start: date, end: date) -> dict[date, tuple[int, int]]:
    """Contacts and complaints of each day of the bank in [start, end), as known at the end."""
    zone = home.settings.zone
    query = """SELECT CAST(local_time(ts) AS DATE) AS day, count(*), count(*) FILTER (kind = 'complaint')
        FROM contacts WHERE ts >= $start GROUP BY day"""
    with open_history(home.warehouse, home.settings, known_by=midnight(end, zone)) as history:
        rows = {row[0]: (row[1], row[2]) for row in history.execute(query, {"start": midnight(start, zone)}).fetchall()}
    return {day: rows.get(day, (0, 0)) for day in (start + timedelta(days=n) for n in range((end - start).days))}


def known_before(home: LoopHome, start: date) -> pd.DataFrame:
    """The customers of the beginning: the label's signals and those that effects are adjusted by. By customer_id."""
    from training.labels import in_scope, scope_signals

    label, before = _label(), home.numbers.before
    names = dict.fromkeys([*scope_signals(label), *before.signals, *before.logarithms])
    table = build_signals(home.warehouse, read_catalogue(), start, home.settings, names=list(names))
    frame: pd.DataFrame = table.to_pandas().set_index("customer_id")
    return frame.assign(in_scope=in_scope(table, label))


def adjusting(home: LoopHome, before: pd.DataFrame) -> pd.DataFrame:
    """What effects are adjusted by, as numbers; what is not known is the middle of what is."""
    numbers = home.numbers.before
    plain = before[numbers.signals].astype("float64")
    positive = before[numbers.logarithms].astype("float64").clip(lower=0)
    found: pd.DataFrame = pd.concat([plain, positive.apply(np.log1p).add_prefix("log_")], axis=1)
    found = found.replace([np.inf, -np.inf], np.nan)
    return found.fillna(found.median()).fillna(0.0)


def left(home: LoopHome, before: pd.DataFrame, end: date) -> pd.DataFrame:
    """left (0 or 1) and lost (currency units) of the customers of the beginning, by the label's own measure.

    Only those in the label's scope at the beginning can leave; lost is what a leaver had before less what is left.
    """
    label, after = _label(), home.numbers.left.after
    names = [after, "accounts_open"]
    table = build_signals(home.warehouse, read_catalogue(), end, home.settings, names=names).to_pandas()
    ends = table.set_index("customer_id").reindex(before.index)
    had, has = before[label.before].astype("float64").fillna(0.0), ends[after].astype("float64").fillna(0.0)
    gone = before["in_scope"] & ((has <= label.drop * had) | (ends["accounts_open"].fillna(0) == 0))
    return pd.DataFrame({"left": gone.astype("float64"), "lost": (had - has).where(gone, 0.0).clip(lower=0)})


def _label() -> Label:
    from training.settings import read_training_settings

    return read_training_settings().label
