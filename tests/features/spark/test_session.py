"""What is said where Spark cannot start."""

from __future__ import annotations

import sys

import pytest

from features.engines import Here, open_answers
from features.errors import Refusal
from features.settings import read_settings
from features.spark.session import check_java


def refused(home):
    with pytest.raises(Refusal) as said, open_answers(read_settings(home=home, engine="local[2]")):
        pass
    return str(said.value)


def test_without_pyspark_it_is_said_what_to_install(tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "pyspark"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    assert "pip install 'forecare[spark]'" in refused(tmp_path)


def test_without_java_it_is_said_what_to_install(tmp_path, monkeypatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refusal, match="openjdk-17-jre-headless"):
        check_java()


def test_the_other_engine_needs_neither(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with open_answers(read_settings(home=tmp_path, engine="duckdb", threads=3)) as engine:
        assert engine == Here(3)
