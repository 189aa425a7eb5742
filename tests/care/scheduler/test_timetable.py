from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from care.scheduler.timetable import due_nights, read_timetable

SHANGHAI = ZoneInfo("Asia/Shanghai")
TABLE = read_timetable()
JUNE = [date(2026, 6, day) for day in range(1, 31)]


def due(newest_done, last_data, at, zone=SHANGHAI):
    return due_nights(TABLE, newest_done=newest_done, last_data=last_data, at=at, zone=zone)


def local(day, hour, minute, zone=SHANGHAI):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)


def test_a_night_is_due_from_half_past_five_of_the_banks_morning():
    assert due(JUNE[8], JUNE[8], local(JUNE[9], 5, 29)) == []
    assert due(JUNE[8], JUNE[8], local(JUNE[9], 5, 30)) == [JUNE[9]]
    assert due(JUNE[8], JUNE[8], local(JUNE[9], 5, 30).astimezone(UTC)) == [JUNE[9]]


def test_a_night_that_is_done_is_not_due_again():
    assert due(JUNE[9], JUNE[9], local(JUNE[9], 23, 0)) == []


def test_a_night_waits_for_the_delivery_of_the_day_before():
    assert due(JUNE[8], JUNE[7], local(JUNE[9], 9, 0)) == []
    assert due(JUNE[7], JUNE[7], local(JUNE[9], 9, 0)) == [JUNE[8]]


def test_missed_nights_are_due_one_a_business_date_the_oldest_first():
    assert due(JUNE[4], JUNE[8], local(JUNE[9], 6, 0)) == JUNE[5:10]


def test_after_a_long_stop_only_the_newest_month_is_caught_up():
    found = due(date(2026, 1, 1), JUNE[28], local(JUNE[29], 6, 0))
    assert (len(found), found[-1]) == (31, JUNE[29])


def test_a_bank_whose_data_ended_years_ago_is_left_as_it_is():
    assert due(date(2014, 3, 1), date(2014, 2, 28), local(JUNE[9], 6, 0)) == []


def test_the_first_night_ever_is_that_of_the_newest_day():
    assert due(None, JUNE[8], local(JUNE[9], 6, 0)) == [JUNE[9]]
    assert due(None, None, local(JUNE[9], 6, 0)) == []


ZONES = st.sampled_from(["Asia/Shanghai", "Europe/Prague", "America/New_York", "Australia/Lord_Howe", "UTC"])


@given(ZONES, st.dates(date(2015, 1, 1), date(2025, 1, 1)), st.integers(7, 59))
@settings(max_examples=25, deadline=None)
def test_a_clock_that_ticks_for_ten_days_runs_each_business_date_once_in_any_zone(name, start, minutes):
    zone, done, ran = ZoneInfo(name), start - timedelta(days=1), []
    at = datetime(start.year, start.month, start.day, tzinfo=UTC)
    for _ in range(10 * 24 * 60 // minutes):
        at += timedelta(minutes=minutes)
        nights = due(done, date(2030, 1, 1), at, zone)
        ran += nights
        done = nights[-1] if nights else done
    assert ran == [start + timedelta(days=number) for number in range(len(ran))]
    assert len(ran) in (9, 10, 11)
