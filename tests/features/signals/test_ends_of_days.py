"""What a day ends with, and what a signal says where there was nothing: forms that no signal of ours uses yet."""

from __future__ import annotations

from datetime import timedelta

import pytest

from features.build import build_from
from features.catalogue import read_folders
from tests.features.signals.by_hand import open_by_hand
from tests.features.signals.people import DAY, LI, ZONE, account, days_ago, moved

OURS = """
- defaults: {owner: tests}
- {name: payday_gap, from: transactions, look_back: 30, gap_mean: day, unit: days, zh: 间隔天数, en: gap in days}
- {name: payday_gap_std, from: transactions, look_back: 30, gap_std: day, unit: hours, zh: 间隔小时, en: gap in hours}
- name: in_credit_{w}d
  from: balances
  windows: [7]
  carry: account_id
  last: balance
  where: balance > 0
  unit: money
  zh: 有余额
  en: in credit
- name: held_or_nothing_{w}d
  from: balances
  windows: [7]
  carry: account_id
  mean: balance
  empty: 0
  unit: money
  zh: 余额或零
  en: held or nothing
"""


@pytest.fixture
def signals(tmp_path):
    """Li's signals of OURS from his transactions."""
    (tmp_path / "ours.yaml").write_text(OURS, encoding="utf-8")
    catalogue = read_folders([tmp_path])

    def built(transactions):
        rows = {"customers": [LI], "accounts": [account("C", "current")], "transactions": transactions, "balances": []}
        history = open_by_hand(rows, zone=ZONE)
        try:
            return build_from(history, catalogue, [DAY], zone=ZONE).to_pylist()[0]
        finally:
            history.connection.close()

    return built


def test_gaps_between_days_are_whole_days_whatever_the_hour(signals):
    late = [moved(n, 100, days=days, ts=days_ago(days, hour)) for n, days, hour in ((1, 12, 1), (2, 9, 23), (3, 2, 5))]
    found = signals(late)
    assert found["payday_gap"] == 5
    assert found["payday_gap_std"] == pytest.approx(8**0.5 * 24)


def test_what_was_held_between_two_bookings_of_a_day_is_no_level(signals):
    """4 days ago there were 300 at noon and -50 by the evening: in credit he last was the day before."""
    rows = [
        moved(1, 10_000, days=5, balance_after=10_000),
        moved(2, 20_000, days=4, balance_after=30_000),
        moved(3, -35_000, days=4, balance_after=-5_000, ts=days_ago(4) + timedelta(hours=1)),
    ]
    assert signals(rows)["in_credit_7d"] == 100


def test_a_carried_signal_without_a_level_says_what_its_entry_says(signals):
    assert signals([])["held_or_nothing_7d"] == 0
    assert signals([])["in_credit_7d"] is None
    assert signals([moved(1, 100, days=3, balance_after=700)])["held_or_nothing_7d"] == 7
