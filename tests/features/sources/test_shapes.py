"""Shapes of a bank: questions with answers that can be counted by hand, asked of a bank of two people."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.sources.simulated.shapes.measure import Shapes, differences, known, measure, say_missing, table
from features.sources.simulated.shapes.plots import plot

MONDAY = datetime(2026, 3, 2, 10)  # noqa: DTZ001 - local time, as a bank hands it over


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Shapes:
    """Ann pays every day for 30 days, Bob on day 1 and day 8 at 22:00; both ask about fees, Ann twice within a day."""
    folder = tmp_path_factory.mktemp("bank")
    (folder / "transactions").mkdir()
    paid = [("ann", MONDAY + timedelta(days=day), 10.0) for day in range(30)]
    paid += [("bob", MONDAY + timedelta(days=day, hours=12), 1000.0) for day in (0, 7)]
    rows = {
        "transaction_id": [f"T{number}" for number in range(32)],
        "customer_id": [who for who, _, _ in paid],
        "ts": pa.array([at for _, at, _ in paid], pa.timestamp("us")),
        "amount": [-amount for _, _, amount in paid],
        "status": ["booked"] * 32,
        "known_at": pa.array([at for _, at, _ in paid], pa.timestamp("us")),
    }
    pq.write_table(pa.table(rows), folder / "transactions" / "2026-03.parquet")
    asked = [("ann", 0, "fees"), ("ann", 20, "fees"), ("ann", 24 * 10, "rates"), ("bob", 5, "fees")]
    times = pa.array([MONDAY + timedelta(hours=hours) for _, hours, _ in asked], pa.timestamp("us"))
    contacts = {
        "contact_id": ["1", "2", "3", "4"],
        "customer_id": [who for who, _, _ in asked],
        "ts": times,
        "topic_id": [topic for _, _, topic in asked],
        "known_at": times,
    }
    pq.write_table(pa.table(contacts), folder / "contacts.parquet")
    return measure(folder, folder / "nowhere")


def _curve(shapes: Shapes, name: str) -> dict[float, float]:
    curve = shapes.curves[name]
    return dict(zip(curve["x"], curve["y"], strict=True))


def test_transactions_gaps_and_hours_are_those_of_the_two(shapes: Shapes) -> None:
    assert _curve(shapes, "transactions")[0.5] == pytest.approx((30 + 2) / 2)
    assert _curve(shapes, "gaps")[1] == pytest.approx(29 / 30)
    assert _curve(shapes, "gaps")[7] == 1
    assert _curve(shapes, "hours")[22] == pytest.approx(2 / 32)
    assert sum(_curve(shapes, "weekdays").values()) == pytest.approx(1)


def test_repeats_and_topics_are_those_of_the_two(shapes: Shapes) -> None:
    assert _curve(shapes, "repeats")[1] == pytest.approx(1 / 4)
    assert _curve(shapes, "repeats")[10] == pytest.approx(2 / 4)
    assert _curve(shapes, "topics") == {1: 0.75, 2: 0.25}
    assert _curve(shapes, "callers")[2] == pytest.approx(1 / 2)


def test_amounts_are_multiples_of_the_median(shapes: Shapes) -> None:
    assert _curve(shapes, "amounts")[0.5] == 1
    assert _curve(shapes, "amounts")[0.98] == pytest.approx(100)


def test_public_sets_that_are_not_there_are_named_and_nothing_is_compared(shapes: Shapes) -> None:
    assert set(shapes.missing) == {bank.name for bank in known().banks} - {"made"}
    assert "berka/trans_partial.parquet" in say_missing(shapes, "en")
    assert "berka/trans_partial.parquet" in say_missing(shapes, "zh")
    assert differences(shapes, "en") == []
    assert list(table(shapes, "en").columns) == ["the made bank"]
    assert len(plot(shapes).axes) == len(known().measures)


def test_a_difference_says_both_values_and_which_is_more(shapes: Shapes) -> None:
    other = shapes.figures.assign(bank="berka")
    other.loc[other["figure"] == "topics", "value"] *= 4
    both = replace(shapes, figures=pd.concat([shapes.figures, other], ignore_index=True))
    said = differences(both, "en")
    (fewer,) = [one for one in said if "alike" not in one]
    assert fewer == (
        "number of topics: 2 in the made bank, 8 in Berka (Czech, 1993-94): the made bank has only 0.25 times as much."
    )
    assert len(said) > 10
