"""Defects planted on purpose: the oracle has to see each of them, or it would not see the next one by mistake."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa
import pytest

from features.windows import Timeline
from tests.features.signals.by_hand import build_by_hand, differences
from tests.features.signals.histories import DAYS, LATER, at_every_edge, at_one_instant, moved, one_customer, version
from tests.features.signals.oracle import days_before, utc

DAY = DAYS[2]


def seen(rows, catalogue, build=build_by_hand):
    """The signals that are wrong."""
    return {name for _, _, name, _, _ in differences(rows, [DAY], catalogue, build)}


@pytest.mark.parametrize("micros", [1, -1])
def test_an_edge_off_by_a_microsecond_is_seen(micros, catalogue, monkeypatch):
    edge = Timeline.edge
    monkeypatch.setattr(Timeline, "edge", lambda self, k, back: edge(self, k, back) + micros)
    assert seen(at_every_edge(DAY), catalogue) >= {"in_1d", "earlier_30d", "in_7d"}


def test_a_window_that_includes_its_end_is_seen(catalogue, monkeypatch):
    edge = Timeline.edge
    monkeypatch.setattr(Timeline, "edge", lambda self, k, back: edge(self, k, back) + (back in (0, 7)))
    assert seen(at_every_edge(DAY), catalogue) >= {"earlier_30d", "gap_hours_30d"}


def test_the_clock_on_the_wall_instead_of_the_day_is_seen(catalogue):
    def tomorrow(rows, days, catalogue, known_by):
        table = build_by_hand(rows, [day + timedelta(days=1) for day in days], catalogue, known_by)
        return table.set_column(1, "as_of", pa.array(days * table.num_rows, pa.date32()))

    assert seen(at_every_edge(DAY), catalogue, tomorrow) >= {"in_1d", "last_30d", "hours_since_30d"}


def test_what_was_learned_later_is_seen(catalogue):
    def hindsight(rows, days, catalogue, known_by):
        return build_by_hand(rows, days, catalogue, days[-1] + timedelta(days=30))

    row = moved(1, utc(days_before(DAY, 3)), known_at=utc(DAY, 1))
    assert seen(one_customer(DAY, [row]), catalogue, hindsight) >= {"in_7d", "last_kind_37d", "burst_7d"}


def test_ties_in_the_order_of_arrival_are_seen(catalogue):
    def as_they_came(rows, days, catalogue, known_by):
        arrived = [{**row, "transaction_id": f"{n}"} for n, row in enumerate(rows["transactions"])]
        return build_by_hand({**rows, "transactions": arrived}, days, catalogue, known_by)

    assert seen(at_one_instant(DAY), catalogue, as_they_came) >= {"first_30d", "last_30d"}


def test_a_correction_that_is_added_to_what_it_corrects_is_seen(catalogue):
    def both(rows, days, catalogue, known_by):
        kept = [{**row, "superseded_at": None} for row in rows["transactions"]]
        return build_by_hand({**rows, "transactions": kept}, days, catalogue, known_by)

    row = moved(1, utc(days_before(DAY, 3)))
    rows = one_customer(DAY, [row, version(row, utc(days_before(DAY, 2)), amount=777)])
    assert seen(rows, catalogue, both) >= {"in_7d", "rows_7d", "mean_7d"}


def test_a_sum_in_doubles_instead_of_cents_is_seen(catalogue):
    def in_doubles(rows, days, catalogue, known_by):
        table = build_by_hand(rows, days, catalogue, known_by)
        total = sum(row["amount"] / 100 for row in rows["transactions"])
        return table.set_column(table.column_names.index("in_30d"), "in_30d", pa.array([total]))

    rows = one_customer(DAY, [moved(n, utc(days_before(DAY, 3), n), amount=10) for n in range(3)])
    assert seen(rows, catalogue, in_doubles) == {"in_30d"}


@pytest.mark.parametrize("beyond", [timedelta(), LATER])
def test_a_repeat_within_24_hours_reaches_over_a_day_of_23(beyond, catalogue):
    day = DAYS[0] + timedelta(days=1)  # the day before the last one lost an hour
    newest = utc(days_before(day, 1), 600_000_000)
    earlier = newest - timedelta(hours=24) - beyond
    rows = one_customer(day, [moved(n, ts, counterparty_id="x") for n, ts in enumerate((earlier, newest))])
    assert differences(rows, [day], catalogue, build_by_hand) == []
