"""What tests of signals share: histories made by hand, and the catalogue of all cases."""

from __future__ import annotations

import pytest

from features.build import build_from
from features.catalogue import read_catalogue
from tests.features.signals.by_hand import all_cases, open_by_hand
from tests.features.signals.people import DAY, LI, NEEDED, ZONE, account


@pytest.fixture
def by_hand():
    """open_by_hand; what it opened is closed after the test."""
    opened = []

    def open_(rows, **more):
        opened.append(open_by_hand(rows, **more))
        return opened[-1]

    yield open_
    for history in opened:
        history.connection.close()


@pytest.fixture
def catalogue():
    """All cases as a catalogue of their own."""
    return all_cases()


@pytest.fixture
def li(by_hand):
    """Li's signals on DAY from rows by table; all but the needed tables are absent unless named."""

    def signals(rows, *names, tables=NEEDED):
        history = by_hand(
            {"customers": [LI], "accounts": [account("C", "current")], **rows}, tables=tables | set(rows), zone=ZONE
        )
        table = build_from(history, read_catalogue(), [DAY], zone=ZONE, names=names or None)
        assert table.column("customer_id").to_pylist() == ["li"]
        return table.to_pylist()[0]

    return signals
