"""The builder against the oracle, over histories by chance and at the edges of windows."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from features.catalogue import read_catalogue
from tests.features.signals.by_hand import all_cases, build_by_hand, differences
from tests.features.signals.histories import (
    DAYS,
    LATER,
    at_every_edge,
    at_one_instant,
    histories,
    transactions,
)  # fmt: skip
from tests.features.signals.oracle import days_before, utc

FULL = os.environ.get("FORECARE_FULL") == "1"
# Without shrinking: a history that fails is found again by its number, a smaller one would take minutes.
SETTINGS = settings(
    max_examples=500 if FULL else 40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True,
    phases=(Phase.explicit, Phase.generate),
)  # fmt: skip


@SETTINGS
@given(found=histories())
def test_builder_and_oracle_agree_on_any_history(found):
    assert differences(found.rows, found.days, all_cases(), build_by_hand, found.known_by) == []


@pytest.mark.parametrize("day", DAYS)
def test_a_row_at_the_edge_of_a_window_falls_on_the_right_side(day, catalogue):
    assert differences(at_every_edge(day), [day], catalogue, build_by_hand) == []


@pytest.mark.parametrize("stated", [True, False])
def test_rows_at_one_instant_follow_each_other_by_their_key(stated, catalogue):
    rows = at_one_instant(DAYS[2])
    rows = rows if stated else {**rows, "balances": []}
    assert differences(rows, [DAYS[2]], catalogue, build_by_hand) == []


@settings(SETTINGS, max_examples=30 if FULL else 6)
@given(found=histories())
def test_days_together_are_the_days_one_by_one(found):
    together = build_by_hand(found.rows, found.days, all_cases(), found.known_by)
    alone = [build_by_hand(found.rows, [day], all_cases(), found.known_by) for day in found.days]
    assert together.to_pylist() == [row for table in alone for row in table.to_pylist()]


@settings(SETTINGS, max_examples=20 if FULL else 4)
@given(found=histories())
def test_threads_and_chunks_change_nothing(found):
    asked = (found.rows, found.days, all_cases(), found.known_by)
    assert build_by_hand(*asked, threads=2, chunk_rows=1).equals(build_by_hand(*asked))


@settings(SETTINGS, max_examples=500 if FULL else 10)
@given(found=histories(), extra=st.data())
def test_what_happens_or_is_learned_later_changes_no_signal(found, extra):
    rows, day, full = found.rows, found.days[-1], read_catalogue()
    edge, later = utc(day), []
    for row in extra.draw(transactions(day)):
        learned = max(row["known_at"], edge + LATER)
        late = {**row, "transaction_id": f"L{row['transaction_id']}", "known_at": learned, "superseded_at": None}
        ahead = {**row, "transaction_id": f"F{row['transaction_id']}", "ts": max(row["ts"], edge), "known_at": edge}
        later += [late, {**ahead, "superseded_at": None}]
    ahead_balance = {"account_id": "A1", "customer_id": "A", "day": day, "balance": 10**12, "known_at": edge}
    after = {**rows, "transactions": rows["transactions"] + later, "balances": [*rows["balances"], ahead_balance]}
    built = [build_by_hand(history, [day], full) for history in (rows, after)]
    assert built[0].num_rows == 2
    assert built[0].equals(built[1])


def test_a_correction_changes_only_the_days_that_know_it(catalogue):
    day = DAYS[2]
    rows = at_every_edge(day)
    first = rows["transactions"][4]
    rows["transactions"].append({**first, "amount": 77_700, "known_at": utc(day, 1), "superseded_at": None})
    first["superseded_at"] = utc(day, 1)
    names = ["in_30d"]
    before, after = (
        build_by_hand(rows, [day], catalogue, known, names=names).column("in_30d").to_pylist()
        for known in (day, day + timedelta(days=1))
    )
    assert before != after
    assert differences(rows, [days_before(day, 1), day], catalogue, build_by_hand, day + timedelta(days=1)) == []
