from pathlib import Path

import pytest

from features.errors import Refusal
from features.settings import read_settings


def test_the_environment_wins_over_the_file_and_an_argument_over_both(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FORECARE_HOME", str(tmp_path))
    monkeypatch.setenv("FORECARE_BAD_ROWS_LIMIT", "0.05")
    assert read_settings().home == tmp_path
    assert read_settings(bad_rows_limit=0.2).bad_rows_limit == 0.2


def test_an_address_of_postgresql_means_psycopg_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORECARE_DATABASE_URL", "postgresql://bank@localhost/care")
    assert read_settings().database == "postgresql+psycopg://bank@localhost/care"


def test_an_engine_that_is_none_is_refused_with_the_nearest_that_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORECARE_ENGINE", "local(2)")
    with pytest.raises(Refusal, match=r"unknown engine 'local\(2\)', did you mean 'local\[2\]'\?"):
        read_settings()


@pytest.mark.parametrize("engine", ["duckdb", "local", "local[*]", "local[8]", "spark://one:7077,two:7077"])
def test_an_engine_is_duckdb_or_a_master_of_spark(monkeypatch: pytest.MonkeyPatch, engine: str) -> None:
    monkeypatch.setenv("FORECARE_ENGINE", engine)
    assert read_settings().engine == engine


@pytest.mark.parametrize(
    ("name", "value"),
    [("TIME_ZONE", "Asia/Shangai"), ("BAD_ROWS_LIMIT", "2"), ("THREADS", "many"), ("ENGINE", "local[0]")],
)
def test_a_setting_that_cannot_be_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"FORECARE_{name}", value)
    with pytest.raises(Refusal, match=f"FORECARE_{name}: "):
        read_settings()
