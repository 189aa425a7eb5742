"""The command line refuses in one line with place and remedy, and writes nothing then."""

import json
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from features.lock import hold

LATER = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()


@pytest.fixture
def refused(forecare):
    """Run what must be refused; its one line as (place, reason, remedy)."""

    def run(*arguments):
        code, lines = forecare(*arguments)
        assert code == 2
        assert len(lines) == 1
        found = re.fullmatch(r"forecare: (.+?): (.+); (.+)", lines[0])
        assert found, lines[0]
        return found.groups()

    return run


def test_an_unknown_command_and_option_name_the_nearest(refused, home):
    assert refused("rnu") == ("rnu", "no such command", "did you mean 'run'?")
    assert refused("run", "--as-off", "2026-05-04") == ("run", "no option --as-off", "did you mean '--as-of'?")
    assert not home.exists()


def test_an_unknown_source_names_the_nearest(refused, home, tmp_path):
    place, reason, remedy = refused("intake", "--source", "burka", "--data", tmp_path)

    assert (place, reason) == ("--source", "no source 'burka'")
    assert "did you mean 'berka'?" in remedy
    assert not home.exists()


@pytest.mark.parametrize("command", ["run", "train", "signals", "demo"])
def test_a_day_in_the_future_is_refused(refused, filled_home, unchanged, command):
    with unchanged(filled_home):
        place, reason, _ = refused(command, "--as-of", LATER)

    assert place == "--as-of"
    assert reason.startswith(f"{LATER} is in the future")


def test_a_day_that_is_none_is_refused(refused, filled_home, unchanged):
    with unchanged(filled_home):
        assert refused("run", "--as-of", "yesterday")[:2] == ("--as-of", "'yesterday' is not a day")


def test_without_history_nothing_runs(refused, home):
    place, reason, remedy = refused("run", "--as-of", "2026-05-04")

    assert (place, reason) == (str(home), "no history yet")
    assert "forecare demo" in remedy
    assert not home.exists()


def test_a_missing_file_is_named(refused, filled_home, tiny, unchanged):
    source, data = tiny
    (data / "transactions.csv").unlink()

    with unchanged(filled_home):
        place, reason, _ = refused("intake", "--source", source, "--data", data)

    assert "transactions" in place + reason


def test_a_missing_column_is_named_with_the_nearest(refused, filled_home, tiny, unchanged):
    source, data = tiny
    text = (data / "transactions.csv").read_text()
    (data / "transactions.csv").write_text(text.replace("amount,", "amuont,", 1))
    (source / "transactions.sql").write_text(
        "select transaction_id, account_id, customer_id, utc(cast(ts as timestamp)) as ts, amount, kind, status"
        " from read_csv('transactions.csv')"
    )

    with unchanged(filled_home):
        place, reason, remedy = refused("intake", "--source", source, "--data", data)

    assert "transactions.sql" in place
    assert "amount" in reason
    assert "amuont" in remedy


def test_a_delivery_with_too_many_broken_lines_is_refused(refused, filled_home, tiny, unchanged):
    source, data = tiny
    with (data / "transactions.csv").open("a") as file:
        file.write('T4,A1,C1,2026-05-03 11:00:00,"1.00\nT5,A1\n')

    with unchanged(filled_home / "warehouse"):
        place, reason, _ = refused("intake", "--source", source, "--data", data)

    assert "transactions" in place + reason


def test_an_unknown_rule_names_the_nearest(refused, home):
    for command in ("check", "show"):
        place, reason, remedy = refused("rules", command, "balanse_drop")

        assert "balanse_drop" in place + reason
        assert remedy == "did you mean 'balance_drop'?"


def test_a_bad_condition_is_named_with_file_and_line(refused, home, book):
    path = book / "churn_risk.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("churn_rank <= 0.02", "churn_rnk <= 0.02"), encoding="utf-8"
    )

    place, reason, remedy = refused("rules", "check", "--book", book)

    assert re.fullmatch(rf"{re.escape(str(path))}:\d+", place)
    assert "churn_rnk" in reason
    assert remedy == "did you mean 'churn_rank'?"


def test_a_second_run_in_parallel_is_refused(refused, filled_home, tiny, unchanged):
    source, data = tiny
    commands = [("run", "--as-of", "2026-05-04"), ("train",), ("signals", "build", "--as-of", "2026-05-04")]
    with hold(filled_home, "run"), unchanged(filled_home):
        for command in [*commands, ("intake", "--source", source, "--data", data), ("demo", "--serve", "0")]:
            place, reason, remedy = refused(*command)

            assert place.endswith("forecare.lock")
            assert "another run is at work (run" in reason
            assert remedy


def test_the_demo_refuses_a_home_with_other_data(refused, filled_home, unchanged):
    with unchanged(filled_home):
        place, reason, remedy = refused("demo", "--serve", "0")

    assert (place, reason) == (str(filled_home), "holds data that no demo made")
    assert "FORECARE_HOME" in remedy


def test_the_demo_of_another_source_needs_its_files(refused, home, tmp_path):
    assert refused("demo", "--source", "berka")[0] == "--data"
    assert refused("demo", "--source", "berka", "--data", tmp_path / "nowhere")[1] == "no such folder"
    assert not home.exists()


def test_a_home_that_is_no_demo_is_not_served_without_keys(refused, filled_home):
    assert refused("serve")[0] == "FORECARE_API_KEYS"


def test_an_unknown_signal_and_language_name_the_nearest(refused, home):
    assert refused("signals", "show", "asets") == ("asets", "no such signal", "did you mean 'assets'?")
    assert refused("signals", "--lang", "zh-CN") == ("--lang", "no language 'zh-CN'", "did you mean 'zh'?")


def test_a_json_file_that_cannot_be_written_is_named(refused, home, tmp_path):
    (tmp_path / "file").write_text("")

    place, _, _ = refused("signals", "--json", tmp_path / "file" / "out.json")

    assert str(tmp_path / "file") in place


def test_what_is_printed_is_written_as_json(forecare, home, tmp_path, capsys):
    out = tmp_path / "out" / "signals.json"

    assert forecare("signals", "list", "--json", out) == (0, [])

    listed = json.loads(out.read_text(encoding="utf-8"))
    assert "assets" in [signal["name"] for signal in listed]
    assert "资产" in out.read_text(encoding="utf-8")
    assert [path.name for path in out.parent.iterdir()] == ["signals.json"]


def test_the_keyboard_ends_a_command_quietly(forecare, home, monkeypatch):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("features.catalogue.read_catalogue", stopped)

    assert forecare("signals") == (130, [])


COMMANDS = ["demo", "simulate", "intake", "verify", "signals", "train", "run", "serve", "rules", "explain", "loop"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example_and_in_chinese(forecare, capsys, command):
    from api.cli import answer

    assert answer([command, "--help"]) == 0
    said = capsys.readouterr().out
    assert f"forecare {command}" in said
    assert "Examples:" in said
    assert re.search(r"[\u4e00-\u9fff]{4}", said)


def test_help_is_there_at_once_and_imports_nothing_heavy():
    code = (
        "import sys, time; began = time.perf_counter(); from api.cli import answer; answer(['--help']);"
        "heavy = {'duckdb', 'pandas', 'pyarrow', 'sqlalchemy', 'mlflow', 'lightgbm', 'fastapi', 'pydantic'};"
        "heavy &= set(sys.modules);"
        "print(heavy or 'light', file=sys.stderr)"
    )
    times = []
    for _ in range(3):
        began = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
        times.append(time.perf_counter() - began)
        assert done.stderr.strip() == "light"
        assert done.stdout.startswith("Usage: forecare")

    assert min(times) < 1.0  # 0.2 s on a quiet machine; `make bench` gives the ratio


def test_a_fault_of_the_made_bank_is_planted_and_told_and_a_wrong_name_is_refused(forecare, refused, home, tmp_path):
    made = tmp_path / "made"
    options = ("--customers", 20, "--months", 4, "--out", made)

    place, _, remedy = refused("simulate", *options, "--fault", "late_file")
    assert (place, remedy) == ("--fault", "did you mean 'late_files'?")
    assert not made.exists()

    code, _ = forecare(
        "simulate", *options, "--fault", "broken_lines", "--fault", "sign_flip:0.5", "--json", made / "j"
    )
    assert code == 0
    told = json.loads((made / "j").read_text(encoding="utf-8"))["faults"]
    assert told["touched"]["broken_lines"] >= 1
    assert told["touched"]["sign_flip"] >= 1
    assert told["source"] == str(made / "source/simulated")
    assert told["record"] == str(made / "faults.parquet")

    (made / "j").unlink()
    code, _ = forecare("simulate", *options, "--fault", "late_files")  # made anew where a spoiled bank lay
    assert code == 0
    code, _ = forecare("simulate", *options)
    assert code == 0
    assert not (made / "late").exists()
