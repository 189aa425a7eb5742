import numpy as np
import pyarrow as pa
import pytest

from features.errors import Refusal
from training.matrix import Inputs, matrix

INPUTS = Inputs(("flag", "money", "segment"), {"segment": ("mass", "affluent")}, {})


def test_numbers_flags_and_coded_texts_become_columns_in_the_named_order() -> None:
    table = pa.table(
        {
            "segment": ["affluent", "mass", "unheard of", None],
            "money": pa.array([1.5, None, -2.0, 0.0]),
            "flag": pa.array([True, False, None, True]),
        }
    )
    nan = np.nan
    expected = [[1, 1.5, 1], [0, nan, 0], [nan, -2, nan], [1, 0, nan]]
    assert np.array_equal(matrix(table, INPUTS), expected, equal_nan=True)


def test_an_entirely_missing_signal_is_nan() -> None:
    table = pa.table({"flag": pa.nulls(2), "money": pa.nulls(2, pa.float64()), "segment": pa.nulls(2)})
    assert np.isnan(matrix(table, INPUTS)).all()


def test_a_missing_column_is_named_with_the_nearest_one() -> None:
    table = pa.table({"flag": [True], "monye": [1.0], "segment": ["mass"]})
    with pytest.raises(Refusal, match="no signal 'money'; did you mean 'monye'"):
        matrix(table, INPUTS)


def test_a_text_where_a_number_should_be_is_refused() -> None:
    with pytest.raises(Refusal, match="signal 'money' is no number but string"):
        matrix(pa.table({"flag": [True], "money": ["a lot"], "segment": ["mass"]}), INPUTS)


def test_nobody_gives_no_rows() -> None:
    table = pa.table(
        {"flag": pa.array([], pa.bool_()), "money": pa.array([], pa.float64()), "segment": pa.array([], pa.string())}
    )
    assert matrix(table, INPUTS).shape == (0, 3)
