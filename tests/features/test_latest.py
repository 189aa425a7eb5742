"""The latest signals of each customer in the operational database: replaced by each night, read one at a time."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
import sqlalchemy as sa

from features.catalogue import read_folders
from features.latest import latest_signals, read_latest, write_latest

DAY, NEXT = date(2026, 7, 1), date(2026, 7, 2)
SIGNALS = """
- defaults: {owner: tests}
- {name: contacts_7d, from: contacts, look_back: 7, count: contact_id, unit: count, zh: 次数, en: contacts}
- {name: spent, from: transactions, look_back: 7, sum: -amount, unit: money, zh: 花费, en: spent}
- {name: segment, from: customers, last: segment, unit: text, zh: 客群, en: segment}
- {name: is_staff, from: customers, last: is_staff, unit: flag, zh: 员工, en: staff}
- {name: joined_on, from: customers, last: opened_on, unit: day, zh: 开户日, en: joined}
- {name: last_words, from: contacts, look_back: 7, last: text, unit: text, zh: 留言, en: last words}
"""
ODD = "a\tb\\c\nd\"e,'f 预见"


@pytest.fixture
def catalogue(tmp_path):
    (tmp_path / "tests.yaml").write_text(SIGNALS, encoding="utf-8")
    return read_folders([tmp_path])


def signals(day, *customers, spent=12.34):
    count = len(customers)
    return pa.table(
        {
            "customer_id": list(customers), "as_of": pa.array([day] * count),
            "contacts_7d": pa.array([2.0] * count, pa.float64()), "spent": pa.array([spent] * count, pa.float64()),
            "segment": [ODD] * count, "is_staff": [False] * count,
            "joined_on": pa.array([date(2020, 2, 29)] * count), "last_words": ["my secret"] * count,
        }
    )  # fmt: skip


@pytest.fixture
def night(engine, catalogue):
    """Write a night's signals in a transaction of its own."""

    def write(day, *customers, **more):
        with engine.begin() as connection:
            return write_latest(connection, signals(day, *customers, **more), day, catalogue)

    return write


@pytest.fixture
def read(engine):
    """One customer's latest signals."""

    def latest(customer):
        with engine.connect() as connection:
            return read_latest(connection, customer)

    return latest


def rows(engine):
    with engine.connect() as connection:
        return sorted(connection.execute(sa.select(latest_signals)).all())


def test_a_customers_signals_come_back_with_their_types(night, read, catalogue):
    night(DAY, "C1", "C2", spent=None)

    assert read("C2") == {
        "as_of": DAY,
        "catalogue": catalogue.version,
        "signals": {
            "contacts_7d": 2.0, "spent": None, "segment": ODD, "is_staff": False, "joined_on": date(2020, 2, 29),
        },
    }  # fmt: skip


def test_what_a_person_wrote_is_not_kept(engine, night):
    night(DAY, "C1")

    assert "secret" not in str(rows(engine))


def test_a_customer_without_signals_has_none(night, read):
    assert read("C1") is None
    night(DAY, "C1")
    assert read("nobody") is None


def test_the_same_night_again_changes_nothing(engine, night):
    night(DAY, "C1", "C2")
    before = rows(engine)
    night(DAY, "C1", "C2")

    assert rows(engine) == before


def test_the_next_night_replaces_everything_and_an_older_one_nothing(night, read):
    night(DAY, "C1", "C2")
    night(NEXT, "C2", spent=5.0)
    assert night(DAY, "C1") == 0

    assert read("C1") is None
    assert (read("C2")["as_of"], read("C2")["signals"]["spent"]) == (NEXT, 5.0)


def test_a_night_that_fails_leaves_the_one_before(engine, catalogue, night, read):
    night(DAY, "C1")

    def half_a_night():
        with engine.begin() as connection:
            write_latest(connection, signals(NEXT, "C2"), NEXT, catalogue)
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        half_a_night()
    assert read("C1")["as_of"] == DAY
    assert read("C2") is None


def test_customers_with_odd_numbers_keep_them(night, read):
    night(DAY, "C\t1", "C\\2")

    assert read("C\t1")["as_of"] == DAY
    assert read("C\\2")["as_of"] == DAY


def test_more_customers_than_one_batch_are_all_there(engine, night, read):
    customers = [f"C{number:05d}" for number in range(10_001)]
    assert night(DAY, *customers) == 10_001

    assert len(rows(engine)) == 10_001
    assert read("C10000")["as_of"] == DAY
