"""Evidence as it is stored: the same bytes whether one match is written or a million."""

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from care.rules.evidence import read_evidence, write_evidence
from care.rules.evidence_columns import write_all_evidence

ARROW = {"assets": pa.float64(), "segment": pa.string(), "due_on": pa.date32(), "staff": pa.bool_(), "n": pa.int64()}
numbers = (
    st.none() | st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from([0.0, -0.0, 1e15, 1e-4, 1e22, 0.1])
)
a_row = st.fixed_dictionaries(
    {
        "assets": numbers,
        "segment": st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
        "due_on": st.none() | st.dates(),
        "staff": st.none() | st.booleans(),
        "n": st.none() | st.integers(-(10**9), 10**9),
    }
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(a_row, min_size=1, max_size=20))
def test_many_matches_are_written_as_each_of_them(rows):
    table = pa.table({name: pa.array([row[name] for row in rows], arrow) for name, arrow in ARROW.items()})
    found = write_all_evidence(table, tuple(ARROW)).to_pylist()
    assert found == [write_evidence(row, tuple(ARROW)) for row in rows]


def test_what_was_written_is_read_back():
    row = {"assets": 1234.5, "segment": '私"人\n', "due_on": date(2026, 7, 1), "staff": True, "n": 3.0}
    types = {"assets": "number", "segment": "text", "due_on": "day", "staff": "flag", "n": "number"}
    assert read_evidence(write_evidence(row, tuple(row)), types) == row


@pytest.mark.parametrize("value", [[1.5], {"a": 1.0}])
def test_a_column_of_another_making_is_written_all_the_same(value):
    assert write_all_evidence(pa.table({"odd": pa.array([value, None])}), ("odd",)).to_pylist()[1] == '{"odd":null}'
