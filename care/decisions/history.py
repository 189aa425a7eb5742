"""What decisions need of the history: customers, consents, managers, calendar, as known on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from care.decisions.inputs import CALENDAR_COLUMNS, CONSENT_COLUMNS, CUSTOMER_COLUMNS, MANAGER_COLUMNS
from features.engine import open_history
from features.moments import midnight
from features.settings import Settings
from features.warehouse import Warehouse

TABLES = {
    "customers": CUSTOMER_COLUMNS,
    "consents": CONSENT_COLUMNS,
    "managers": MANAGER_COLUMNS,
    "calendar": CALENDAR_COLUMNS,
}


@dataclass(frozen=True)
class People:
    """Tables with the columns of inputs.py; empty where the bank handed none over."""

    customers: pd.DataFrame
    consents: pd.DataFrame
    managers: pd.DataFrame
    calendar: pd.DataFrame


def read_people(warehouse: Warehouse, settings: Settings, as_of: date) -> People:
    """The registers as known at the beginning of `as_of`; of a consent given or withdrawn before it."""
    with open_history(warehouse, settings, known_by=midnight(as_of, settings.zone)) as history:
        found = {}
        for table, columns in TABLES.items():
            until = f"WHERE ts < TIMESTAMP '{midnight(as_of, settings.zone)}'" if table == "consents" else ""
            rows = history.execute(f"SELECT {', '.join(columns)} FROM {table} {until} ORDER BY ALL")
            found[table] = rows.to_arrow_table().to_pandas(date_as_object=True)
    return People(**found)
