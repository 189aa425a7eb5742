"""Everything behind one task: evidence, condition, arithmetic, the other candidates, what happened to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from api import desk
from api.views.reasons import findings
from api.views.tasks import item_json, rule_names, task_view
from api.views.teller import Teller

Row = Mapping[str, Any]


def detail_view(connection: Any, row: Row, teller: Teller) -> dict[str, Any]:
    """One task for its page."""
    task = task_view(connection, row, teller)
    for reason, stored in zip(task["reasons"], row["reasons"], strict=True):
        reason["findings"] = findings(stored, row["day"], teller)
    return {
        "task": task,
        "day_said": teller.day(row["day"]),
        "arithmetic": _arithmetic(connection, row, teller),
        "others": _others(connection, row, teller),
        "events": [event_view(event, teller) for event in desk.events_of(connection, row["task_id"])],
        "back": f"/task?id={row['task_id']}",
    }
