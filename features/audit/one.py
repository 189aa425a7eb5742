"""One customer's signals by the compiled passes: the same code as the night's, over that customer's rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pyarrow.compute as pc

from features.answering import answer
from features.build import Build
from features.catalogue import Catalogue
from features.chunk import Chunk, Plan
from features.engine import open_versions
from features.errors import Refusal
from features.settings import Settings
from features.warehouse import Warehouse
from features.windows import Timeline


def signals_of(
    warehouse: Warehouse,
    catalogue: Catalogue,
    names: Sequence[str],
    customer: str,
    as_of: date,
    settings: Settings,
    *,
    known_by: date | None = None,
) -> dict[str, Any]:
    """The signals `names` of one customer; Refusal for a customer whom the bank did not know then."""
    timeline = Timeline.of([as_of], settings.zone, known_by)
    with open_versions(warehouse, settings) as history:
        build = Build(history, catalogue, timeline, names)
        plan = Plan.of(history, build.needed, timeline)
        at = pc.index(plan.customers, customer).as_py()
        if at < 0 or not plan.there[0, at]:
            raise Refusal(f"not a customer as of {as_of}", place=customer, remedy="check the number and --as-of")
        chunk = Chunk(plan.customers.slice(at, 1), plan.there[:, at : at + 1])
        row = answer(plan, chunk, plan.reader(chunk, history)).to_pylist()[0]
    return {name: row[name] for name in names}
