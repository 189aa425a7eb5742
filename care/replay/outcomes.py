"""What then happened: for each opened episode the first day on which its rule's outcome was true, as known that day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pandas as pd

from care.replay.happened import THEN, Happened
from features.expression import to_sql


def happened_on(
    opened: pd.DataFrame, happened: Happened, files: Mapping[date, Path], newest: date
) -> tuple[pd.Series[bool], pd.Series[float]]:
    """Per opened episode (customer_id, opened_on): whether its days are over, and days until it happened (NaN: never).

    files: the outcome signals of every day, one row a customer. newest: the last of these days.
    """
    over = pd.to_datetime(opened["opened_on"]) + pd.Timedelta(days=happened.within) <= pd.Timestamp(newest)
    days = pd.Series(float("nan"), index=opened.index, dtype="float64")
    asked = opened.loc[over, ["customer_id", "opened_on"]]
    if len(asked):
        found = _first_days(asked.assign(row=asked.index), happened, files)
        days.loc[found["row"].to_numpy()] = found["days"].to_numpy(dtype="float64")
    return over, days


def base_rate(happened: Happened, files: Mapping[date, Path], days: list[date], newest: date) -> float | None:
    """How often it happens to any customer: of everybody on each of `days`; None where no day's time is over."""
    frames = []
    for day in days:
        if day + timedelta(days=happened.within) <= newest:
            with duckdb.connect() as connection:
                rows = connection.execute("SELECT customer_id FROM read_parquet(?)", [str(files[day])]).fetchall()
            frames.append(pd.DataFrame({"customer_id": [row[0] for row in rows], "opened_on": day}))
    if not frames:
        return None
    _, lead = happened_on(pd.concat(frames, ignore_index=True), happened, files, newest)
    return float(lead.notna().mean())


def _first_days(asked: pd.DataFrame, happened: Happened, files: Mapping[date, Path]) -> pd.DataFrame:
    """row, days: of the episodes to which it happened."""
    first, last = asked["opened_on"].min(), asked["opened_on"].max() + timedelta(days=happened.within)
    listed = [str(path) for day, path in files.items() if first <= day <= last]
    then = ", ".join(f'"{name}" AS "{THEN}{name}"' for name in sorted(happened.signals))
    now = ", ".join(f'"{name}"' for name in sorted(happened.signals))
    with duckdb.connect() as connection:
        connection.register("asked", asked.astype({"opened_on": "datetime64[us]"}))
        connection.execute("CREATE VIEW outcomes AS SELECT * FROM read_parquet(?)".replace("?", repr(listed)))
        return connection.execute(f"""
            WITH about AS (
                SELECT a."row", a.customer_id, CAST(a.opened_on AS DATE) AS opened_on, {then}
                FROM asked AS a JOIN outcomes AS o
                  ON o.customer_id = a.customer_id AND o.as_of = CAST(a.opened_on AS DATE)
            ), after AS (
                SELECT customer_id, as_of, {now} FROM outcomes SEMI JOIN asked USING (customer_id)
            )
            SELECT "row", min(as_of - opened_on) AS days
            FROM about JOIN after USING (customer_id)
            WHERE as_of > opened_on AND as_of <= opened_on + {happened.within} AND {to_sql(happened.when)}
            GROUP BY "row" """).df()
