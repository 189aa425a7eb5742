"""One customer's assets, day by day."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import duckdb
import pytest

from features.levels import daily_assets

SHANGHAI = ZoneInfo("Asia/Shanghai")
AS_OF = date(2026, 6, 11)


@pytest.fixture
def history():
    connection = duckdb.connect()
    connection.execute(
        """
        create table accounts (account_id text, customer_id text, product text, closed_on date);
        create table transactions (
            transaction_id text, account_id text, customer_id text, event_at timestamp,
            balance_after bigint, status text);
        create table balances (account_id text, customer_id text, day date, balance bigint);
        insert into accounts values ('A', 'C1', 'current', null), ('T', 'C1', 'term', '2026-06-09'),
            ('K', 'C1', 'credit_card', null), ('B', 'C2', 'current', null);
        """
    )
    return connection


def book(history, *rows):
    history.executemany("insert into transactions values (?, ?, ?, ?, ?, ?)", rows)


def at(day, hour=4, minute=0, month=6):
    return datetime(2026, month, day, hour, minute, tzinfo=UTC).replace(tzinfo=None)


def line(history, days=4, customer="C1"):
    return {day.day: level for day, level in daily_assets(history, customer, AS_OF, days=days, zone=SHANGHAI)}


def test_a_balance_holds_until_the_next_booking(history):
    book(
        history,
        ("t1", "A", "C1", at(8), 500, "booked"),
        ("t2", "A", "C1", at(10), 300, "booked"),
    )

    assert line(history) == {8: 500, 9: 500, 10: 300}


def test_a_balance_from_before_the_window_is_carried_into_it(history):
    book(history, ("t1", "A", "C1", at(8, month=1), 500, "booked"))

    assert line(history) == {7: 500, 8: 500, 9: 500, 10: 500}


def test_the_banks_midnight_ends_the_day(history):
    book(
        history,
        ("t1", "A", "C1", at(8, 15, 59), 500, "booked"),
        ("t2", "A", "C1", at(8, 16), 900, "booked"),
    )

    assert line(history)[8] == 500
    assert line(history)[9] == 900


def test_of_two_bookings_in_one_moment_the_later_number_wins(history):
    moment = at(8)
    book(history, ("t2", "A", "C1", moment, 300, "booked"), ("t1", "A", "C1", moment, 500, "booked"))

    assert line(history)[8] == 300


def test_what_was_declined_or_is_pending_changes_nothing(history):
    book(history, ("t1", "A", "C1", at(8), 500, "booked"))
    book(
        history,
        ("t2", "A", "C1", at(9), 0, "declined"),
        ("t3", "A", "C1", at(9, 5), 0, "pending"),
    )

    assert line(history)[10] == 500


def test_a_stated_balance_wins_over_that_days_bookings(history):
    book(
        history,
        ("t1", "A", "C1", at(8), 500, "booked"),
        ("t2", "A", "C1", at(10), 300, "booked"),
    )
    history.execute("insert into balances values ('A', 'C1', '2026-06-08', 520)")

    assert line(history) == {8: 520, 9: 520, 10: 300}


def test_accounts_add_up_a_card_does_not_and_a_closed_account_is_nothing(history):
    book(
        history,
        ("t1", "A", "C1", at(7), 500, "booked"),
        ("t2", "T", "C1", at(7), 4000, "booked"),
    )
    book(
        history,
        ("t3", "K", "C1", at(7), -70, "booked"),
        ("t4", "B", "C2", at(7), 9, "booked"),
    )

    assert line(history) == {7: 4500, 8: 4500, 9: 500, 10: 500}


def test_a_customer_without_balances_has_no_line(history):
    assert line(history, customer="C3") == {}
