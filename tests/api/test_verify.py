"""The keeper of the history asks whether what is stored is whole, and is told which file is not."""

import json

import pytest

from features.warehouse import Warehouse


@pytest.fixture
def stored(filled_home):
    """The file of the tiny bank's bookings of May."""
    return Warehouse(filled_home).files("transactions")["2026-05"]


def test_a_whole_history_is_said_to_be_whole(forecare, filled_home, tmp_path):
    assert forecare("verify", "--json", tmp_path / "told.json")[0] == 0
    told = json.loads((tmp_path / "told.json").read_text(encoding="utf-8"))
    assert told["damaged"] == []
    assert told["checked"] == 3


def test_one_flipped_bit_is_named_with_its_file_and_the_exit_code_says_so(forecare, stored, tmp_path):
    content = bytearray(stored.read_bytes())
    content[len(content) // 2] ^= 1
    stored.write_bytes(content)
    assert forecare("verify", "--json", tmp_path / "told.json")[0] == 2
    assert json.loads((tmp_path / "told.json").read_text(encoding="utf-8"))["damaged"] == [str(stored)]


def test_a_file_that_is_gone_is_named_too(forecare, stored, tmp_path):
    stored.unlink()
    assert forecare("verify", "--json", tmp_path / "told.json")[0] == 2
    assert json.loads((tmp_path / "told.json").read_text(encoding="utf-8"))["damaged"] == [str(stored)]


def test_the_next_delivery_is_refused_while_the_history_is_damaged(forecare, stored, tiny):
    stored.write_bytes(stored.read_bytes()[:-1])
    source, data = tiny
    code, lines = forecare("intake", "--source", source, "--data", data)
    assert code == 2
    assert str(stored) in lines[-1]
