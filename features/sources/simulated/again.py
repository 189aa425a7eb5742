"""People made again: what becomes of those whom the service's actions reach, from the same steps and chances."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from features.errors import Refusal, nearest
from features.sources.simulated.making import open_making, run_steps

TABLES = ("accounts", "contacts", "app_events", "transactions")
CARE = "15~"  # the steps up to holdings say who is changed by a call
TALK = ("42", "45")  # the steps of contacts, from what people wish to ask


@dataclass(frozen=True)
class Again:
    """Rows by table of those made again; `changed`: whose whole life they are, `answered`: whose contacts only."""

    rows: dict[str, pa.Table]
    changed: pa.Table
    answered: pa.Table


def made_again(world: dict[str, Any], folder: Path, actions: pa.Table, day: date) -> Again:
    """Make everybody again whom an action up to `day` reaches; Refusal for an action that cannot be.

    world: numbers with size and seed. folder: the made bank, whose truth/ tells what was settled when it was made.
    """
    with open_making(world, threads=2) as connection:
        _take_actions(connection, world, actions, day)
        _recall(connection, folder, "(SELECT DISTINCT i FROM actions)")
        run_steps(connection, last=CARE)
        reached = "kept_n IS NOT NULL OR called_n IS NOT NULL"
        connection.execute(f"CREATE TABLE changed_people AS SELECT i, customer_id FROM lives WHERE {reached}")
        changed = connection.execute("SELECT customer_id FROM changed_people ORDER BY i").to_arrow_table()
        talked = _talk(connection)
        answered = connection.execute("SELECT customer_id FROM lives ANTI JOIN changed_people USING (i) ORDER BY i")
        others = answered.to_arrow_table()
        _recall(connection, folder, "(SELECT i FROM changed_people)")
        run_steps(connection)
        rows = {table: connection.execute(f"FROM hand_{table}").to_arrow_table() for table in TABLES}
    rows["transactions"] = rows["transactions"].drop_columns(["month"])
    rows["contacts"] = pa.concat_tables([rows["contacts"], talked])
    return Again(rows, changed, others)


def _recall(connection: duckdb.DuckDBPyConnection, folder: Path, who: str) -> None:
    """Choose people, and what was settled about them when the bank was made."""
    connection.execute(f"CREATE OR REPLACE TABLE chosen AS SELECT i FROM {who} ORDER BY i")
    truth = folder / "truth"
    for table, person in (("openings", "account_id // 1000"), ("moves", "i"), ("calls", "i")):
        known = f"SELECT * FROM read_parquet('{truth}/{table}.parquet') WHERE {person} IN (SELECT i FROM chosen)"
        connection.execute(f"CREATE OR REPLACE TABLE known_{table} AS {known}")


def _talk(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Contacts of those reached whose life goes on as it was: what they wished to ask, less what was answered."""
    unchanged = "i NOT IN (SELECT i FROM changed_people)"
    connection.execute(f"CREATE OR REPLACE TABLE calls AS FROM known_calls WHERE {unchanged}")
    run_steps(connection, *TALK)
    # Pre-answers may make some of the changed ask as well; their contacts come with their lives.
    others = "customer_id NOT IN (SELECT customer_id FROM changed_people)"
    return connection.execute(f"FROM hand_contacts WHERE {others}").to_arrow_table()


def _take_actions(connection: duckdb.DuckDBPyConnection, world: dict[str, Any], actions: pa.Table, day: date) -> None:
    connection.register("given", actions)
    connection.execute(
        """INSERT INTO actions SELECT DISTINCT try_cast(customer_id[2:] AS BIGINT), kind, rule, topic, day_number(day)
            FROM given WHERE day <= $1""",
        [day],
    )
    known: dict[str, list[str]] = {
        "kind": ["call", "pre_answer"],
        "rule": [row["name"] for row in world["care_rules"]],
        "topic": [row["name"] for row in world["topic_effects"]],
    }
    for field, names in known.items():
        needed = {"kind": "true", "rule": "kind = 'call'", "topic": "kind = 'pre_answer'"}[field]
        wrong = f"SELECT {field} FROM actions WHERE {needed} AND ({field} IS NULL OR NOT list_contains($1, {field}))"
        found = connection.execute(f"{wrong} ORDER BY ALL LIMIT 1", [names]).fetchone()
        if found:
            raise Refusal(f"an action with {field} {found[0]!r}", place="actions", remedy=nearest(str(found[0]), names))
    strange = connection.execute(
        "SELECT customer_id FROM given WHERE coalesce(try_cast(customer_id[2:] AS BIGINT), 0) NOT BETWEEN 1 AND $1",
        [world["customers"]],
    ).fetchone()
    if strange:
        raise Refusal(f"an action for {strange[0]!r}", place="actions", remedy="name customers of this bank")
