"""One run at a time in a home."""

from __future__ import annotations

import os
import re

import pytest

from features.errors import Refusal
from features.lock import hold


def test_a_second_run_is_told_which_one_is_at_work(tmp_path):
    said = re.escape(f"another run is at work (night 2014-03-01, process {os.getpid()})")
    with (
        hold(tmp_path / "home", "night 2014-03-01"),
        pytest.raises(Refusal, match=said),
        hold(tmp_path / "home", "intake"),
    ):
        pytest.fail("two runs hold one home")


def test_a_run_that_failed_leaves_the_home_free(tmp_path):
    with pytest.raises(ZeroDivisionError), hold(tmp_path, "night"):
        _ = 1 / 0
    with hold(tmp_path, "the next night"):
        assert "the next night" in (tmp_path / "forecare.lock").read_text(encoding="utf-8")
