"""The change of a score, from one stored day to the next."""

from __future__ import annotations

import json
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from care.scores import newest_before, score_customers, store_scores
from tests.training.conftest import made as made_model
from tests.training.conftest import made_snapshot
from training.artefact import MANIFEST, unpack
from training.registry import NAME

made = made_model  # a model of the training's tests, to score with


def scores(**probabilities):
    return pa.table({"customer_id": list(probabilities), "churn_probability": list(probabilities.values())})


def test_the_newest_earlier_scores_are_those_of_the_last_day_before(tmp_path):
    store_scores(tmp_path, scores(li=0.2), date(2026, 6, 29))
    store_scores(tmp_path, scores(li=0.3), date(2026, 6, 30))
    store_scores(tmp_path, scores(li=0.9), date(2026, 7, 1))
    found = newest_before(tmp_path, date(2026, 7, 1)).to_pylist()
    assert found == [{"customer_id": "li", "churn_before": 0.3}]


@pytest.mark.parametrize("day", [date(2026, 6, 29), date(2026, 1, 1)])
def test_the_first_scores_have_none_before_them(tmp_path, day):
    store_scores(tmp_path, scores(li=0.2), date(2026, 6, 29))
    assert newest_before(tmp_path, day).num_rows == 0


def test_a_night_tells_how_far_a_score_moved(tmp_path, made):
    model = unpack(made.files, json.loads(made.files[MANIFEST]), NAME, 4, place="here")
    table, _ = made_snapshot(300, 3)
    empty = pa.nulls(table.num_rows, pa.float64())
    for name in ("churn_probability", "churn_rank", "churn_change"):
        table = table.set_column(table.column_names.index(name), name, empty) if name in table.column_names else (
            table.append_column(name, empty))  # fmt: skip
    first, _ = score_customers(tmp_path, table, model, date(2026, 6, 30))
    assert first.column("churn_change").null_count == 300
    shifted = pa.table({**{name: first.column(name) for name in ("customer_id",)},
                        "churn_probability": pc.add(first.column("churn_probability"), 0.125)})  # fmt: skip
    store_scores(tmp_path, shifted.drop_null(), date(2026, 6, 30))
    second, _ = score_customers(tmp_path, table, model, date(2026, 7, 1))
    scored = second.column("churn_probability").is_valid().to_pylist()
    moved = second.column("churn_change").to_pylist()
    assert any(scored)
    assert [change is not None for change in moved] == scored
    assert {round(change, 9) for change in moved if change is not None} == {-0.125}
