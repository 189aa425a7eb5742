from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import Refusal
from features.moments import day_of, midnight, read_day

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


def test_a_day_in_shanghai_begins_at_four_in_the_afternoon_of_the_day_before_in_utc() -> None:
    assert midnight(date(2026, 7, 1), SHANGHAI) == datetime(2026, 6, 30, 16)  # noqa: DTZ001 - stored form has no zone


def test_a_day_on_which_clocks_change_is_still_one_day() -> None:
    spring = midnight(date(2026, 3, 30), BERLIN) - midnight(date(2026, 3, 29), BERLIN)
    autumn = midnight(date(2026, 10, 26), BERLIN) - midnight(date(2026, 10, 25), BERLIN)
    assert (spring, autumn) == (timedelta(hours=23), timedelta(hours=25))


@settings(max_examples=100, deadline=None)
@given(st.dates(date(1993, 1, 1), date(2040, 12, 31)), st.sampled_from([SHANGHAI, BERLIN]))
def test_the_first_microsecond_of_a_day_is_in_it_and_the_one_before_is_not(day: date, zone: ZoneInfo) -> None:
    first = midnight(day, zone)
    assert day_of(first, zone) == day
    assert day_of(first - timedelta(microseconds=1), zone) == day - timedelta(days=1)


def test_a_day_written_another_way_is_refused_with_the_form_to_use() -> None:
    assert read_day("2014-03-01", place="--as-of") == date(2014, 3, 1)
    with pytest.raises(Refusal, match="--as-of: '1 March' is not a day; write it as 2014-03-01"):
        read_day("1 March", place="--as-of")
