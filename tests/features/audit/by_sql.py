"""The signals of a history by hand, by the statements that an auditor reads."""

from __future__ import annotations

import pyarrow as pa

from features.audit.dialect import DIALECTS
from features.audit.question import Named, Question, speak
from features.audit.statement import signal_sql
from tests.features.signals.by_hand import open_by_hand
from tests.features.signals.oracle import BERLIN


def build_by_sql(rows, days, catalogue, known_by=None):
    """customer_id, as_of and every signal of the catalogue for each day, like the builder's table."""
    history = open_by_hand({"balances": [], **rows})
    try:
        return pa.concat_tables(_of_day(history, day, catalogue, known_by) for day in sorted(days))
    finally:
        history.connection.close()


def _of_day(history, day, catalogue, known_by):
    question = Question(day, known_by or day, BERLIN, Named(history.tables), DIALECTS["duckdb"], speak("en"))
    return history.connection.execute(signal_sql(catalogue, list(catalogue.signals), question)).to_arrow_table()
