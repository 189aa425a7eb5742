"""China's holidays from a kept library, make-up workdays from our own table, as tables that the steps read."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

SPRING_FESTIVAL = "Chinese New Year (Spring Festival)"


def lay_calendar(connection: duckdb.DuckDBPyConnection, world: dict[str, Any]) -> None:
    """Tables holidays(day) and spring_festivals(day: the first day of the lunar year) around the period.

    For years that the State Council has not announced the library estimates the lunar days and knows no substitutes.
    """
    import holidays

    first: date = world["first_day"]
    years = range(first.year - 1, first.year + world["months"] // 12 + 3)
    known = holidays.country_holidays("CN", years=years, language="en_US")
    days = sorted(known)
    named = [day for day in days if SPRING_FESTIVAL in known[day]]
    springs = [min(day for day in named if day.year == year) for year in years if any(d.year == year for d in named)]
    for name, column in (("holidays", days), ("spring_festivals", springs)):
        connection.register("given", pa.table({"day": pa.array(column, pa.date32())}))
        connection.execute(f"CREATE TABLE {name} AS SELECT day FROM given")
        connection.unregister("given")
