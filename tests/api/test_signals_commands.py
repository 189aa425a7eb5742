"""`forecare signals` over a tiny bank: what is shown, what is written down, and when it refuses."""

import json
import re
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from features.catalogue import BUILT_IN

DAY = "2026-05-04"
NEW = """- name: large_in_{w}d
  from: transactions
  windows: [30, 700]
  sum: amount
  where: amount >= 60
  unit: money
  owner: branches
  zh: 近{w}天大额入账
  en: Large credits of the last {w} days
"""


@pytest.fixture
def run(forecare, tmp_path):
    """Run `forecare signals ...` with --json; exit code, report, lines on standard error."""

    def signals(*arguments):
        out = tmp_path / "report.json"
        out.unlink(missing_ok=True)
        code, lines = forecare("signals", *arguments, "--json", out)
        return code, json.loads(out.read_text(encoding="utf-8")) if out.exists() else None, lines

    return signals


@pytest.fixture
def said(capsys):
    """What `forecare signals ...` prints."""
    from api.cli import answer

    def signals(*arguments):
        capsys.readouterr()
        assert answer(["signals", *map(str, arguments)]) == 0
        return capsys.readouterr().out

    return signals


def test_the_list_can_be_cut_to_a_subject_a_word_and_shows_hidden_ones_on_request(run, home):
    _, everything, _ = run("list")
    _, hidden, _ = run("list", "--hidden")
    _, income, _ = run("list", "--subject", "income", "--search", "SALARY")

    assert len(everything) < len(hidden)
    assert {signal["subject"] for signal in income} == {"income"}
    assert all("salary" in (signal["name"] + signal["en"]).lower() for signal in income)


def test_a_subject_that_is_none_names_the_nearest(run, home):
    assert run("list", "--subject", "incme")[0] == 2
    assert run("list", "--subject", "incme")[2] == ["forecare: --subject: no subject 'incme'; did you mean 'income'?"]


def test_a_signal_is_shown_with_what_it_reads_and_who_reads_it(run, home):
    _, found, _ = run("show", "due_gap")

    assert found["reads"] == {"signals": ["assets_demand", "due_amount", "expected_before_due", "next_due_on"]}
    assert "short_before_due" in found["read_by"]["rules"]
    assert found["look_back_days"] == 62
    assert re.fullmatch(r".*credit\.yaml:\d+", found["place"])
    assert found["zh"]
    assert found["en"]


def test_every_fact_of_a_signal_has_a_name_in_both_languages(said, home):
    for lang, word in (("zh", "被读取"), ("en", "read by")):
        assert word in said("show", "card_spend_30d", "--lang", lang)


def test_a_customers_value_comes_with_its_rows_and_the_same_value_by_sql(run, filled_home):
    code, found, _ = run("show", "card_spend_7d", "--customer", "C1", "--as-of", DAY)

    assert code == 0
    assert (found["value"], found["value_by_sql"], found["agrees"]) == (20.0, 20.0, True)
    (part,) = found["signals"]
    assert [row["status"] for row in part["rows"]] == ["counts", "false", "false"]
    assert "SELECT" in found["sql"]


def test_an_earlier_day_and_earlier_knowledge_see_less(run, filled_home):
    assert run("show", "transactions_7d", "--customer", "C1", "--as-of", "2026-05-04")[1]["value"] == 3
    earlier = run("show", "transactions_7d", "--customer", "C1", "--as-of", DAY, "--known-by", "2026-05-03")
    assert earlier[0] == 2  # the delivery was known on the third at 15:00: nobody knew the customer before
    assert earlier[2] == [f"forecare: C1: not a customer as of {DAY}; check the number and --as-of"]


def test_a_look_at_a_customer_is_written_down_and_a_look_at_a_signal_is_not(run, filled_home):
    run("show", "assets")
    run("show", "assets", "--customer", "C1", "--as-of", DAY)

    with sa.create_engine(f"sqlite:///{filled_home / 'forecare.db'}").connect() as connection:
        rows = connection.execute(sa.text("SELECT action, customer_id, path FROM audit")).all()
    assert rows == [("show signal", "C1", "forecare signals show assets")]


def test_rows_are_told_in_words(said, filled_home):
    out = said("show", "card_spend_7d", "--customer", "C1", "--as-of", DAY)

    assert "card_spend_7d of customer C1 as of 2026-05-04, known by 2026-05-04: 20 (money)" in out
    assert "1 counts, 2 condition false" in out
    assert "The SQL below gives the same: 20" in out


def test_the_sql_that_is_printed_runs_and_gives_the_value(said, filled_home):
    import duckdb

    sql = said("sql", "money_in_30d", "--as-of", DAY)

    assert duckdb.execute(sql).fetchall()[0][-1] == 150.0


def test_sql_by_table_names_and_for_another_engine_names_no_file(said, filled_home):
    out = said("sql", "money_in_30d", "--as-of", DAY, "--plain", "--dialect", "spark", "--lang", "zh")

    assert "FROM transactions" in out
    assert "TIMESTAMP_NTZ" in out
    assert "parquet" not in out


def test_days_that_are_stored_are_skipped_until_the_history_changes(run, filled_home, tiny, forecare):
    days = "2026-05-03,2026-05-04"
    assert run("build", "--as-of", "2026-05-04")[1]["built"] == ["2026-05-04"]
    _, again, _ = run("build", "--as-of", days)
    assert (again["built"], again["skipped"]) == (["2026-05-03"], ["2026-05-04"])
    assert run("build", "--as-of", days, "--again")[1]["skipped"] == []

    source, data = tiny
    with (data / "transactions.csv").open("a") as file:
        file.write("T9,A1,C1,2026-05-03 11:00:00,7.00,137.00,transfer,booked\n")
    assert forecare("intake", "--source", source, "--data", data)[0] == 0
    assert run("build", "--as-of", "2026-05-04")[1]["skipped"] == []


def test_a_build_into_a_folder_stores_nothing_in_the_home(run, filled_home, tmp_path, unchanged):
    with unchanged(filled_home):
        code, _, _ = run("build", "--as-of", DAY, "--out", tmp_path / "out")

    assert code == 0
    assert pq.read_table(tmp_path / "out" / f"{DAY}.parquet").column("customer_id").to_pylist() == ["C1"]


def test_two_days_that_differ_end_with_code_1_and_name_signals_and_customers(run, filled_home):
    run("build", "--as-of", "2026-05-04,2026-05-09")
    code, found, _ = run("diff", "2026-05-04", "2026-05-09")
    (day,) = found["days"].values()

    assert (code, found["different"]) == (1, True)
    assert (day["customers"], day["only_before"], day["only_after"]) == (1, 0, 0)
    assert day["changed"]["transactions_7d"] == {"customers": ["C1"], "largest": 1.0, "nulls": 0, "rows": 1}
    assert run("diff", "2026-05-04", "2026-05-04")[0] == 0


def test_a_day_that_is_not_stored_and_a_folder_of_nothing_are_refused(run, filled_home, tmp_path):
    assert run("diff", "2026-05-01", "2026-05-04")[0] == 2
    assert "holds neither a catalogue nor signals" in run("diff", tmp_path, "2026-05-04")[2][0]


def test_the_catalogue_differs_from_a_changed_copy(run, home, tmp_path):
    copy = Path(shutil.copytree(BUILT_IN, tmp_path / "copy"))
    assert run("diff", "ours", copy)[:2] == (0, {"added": [], "changed": {}, "different": False, "kind": "catalogues",
                                                 "removed": []})  # fmt: skip
    path = copy / "income.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("look_back: 365", "look_back: 364", 1), encoding="utf-8")
    code, found, _ = run("diff", "ours", copy)

    assert code == 1
    assert {"days": [365, 364]} in found["changed"].values()


def test_a_new_file_is_tried_out_and_nothing_is_stored(run, filled_home, tmp_path, unchanged):
    (tmp_path / "new.yaml").write_text(NEW, encoding="utf-8")
    with unchanged(filled_home):
        code, found, _ = run("add-check", tmp_path / "new.yaml", "--as-of", DAY)

    assert code == 0
    short, long = found["signals"]
    assert (short["name"], short["customers"], short["nulls"], short["zeros"]) == ("large_in_30d", 1, 0, 0)
    assert short["quantiles"]["0.5"] == 100.0
    assert (short["months_more"], list(long["months_more"])) == ({}, ["transactions"])


FIVE_LINES = """- {name: 'large_in_{w}d', from: transactions, windows: [30],
   sum: amount, where: amount >= 60,
   unit: money, owner: branches,
   zh: '近{w}天大额入账',
   en: 'Large credits of the last {w} days'}
"""


def test_five_lines_of_yaml_and_nothing_else_make_a_signal(run, filled_home, tmp_path):
    folder = tmp_path / "our-signals"
    folder.mkdir()
    (folder / "flows.yaml").write_text(FIVE_LINES, encoding="utf-8")
    assert FIVE_LINES.count("\n") == 5
    code, found, _ = run("build", "--catalogue", folder, "--as-of", DAY, "--out", tmp_path / "out")

    assert (code, found["signals"]["signals"]) == (0, 1)
    assert pq.read_table(tmp_path / "out" / f"{DAY}.parquet").column("large_in_30d").to_pylist() == [100.0]


def test_what_to_do_next_is_said(said, filled_home, tmp_path):
    (tmp_path / "new.yaml").write_text(NEW, encoding="utf-8")

    assert "forecare signals build --as-of 2026-05-04" in said("add-check", tmp_path / "new.yaml", "--as-of", DAY)


def test_a_mistake_in_a_new_file_is_named_with_line_and_nearest(run, filled_home, tmp_path):
    path = tmp_path / "new.yaml"
    for old, new, line, nearest in (
        ("amount >= 60", "amuont >= 60", 5, "did you mean 'amount'?"),
        ("  sum:", "  smu:", 4, "did you mean 'sum'?"),
        ("from: transactions", "from: transaction", 2, "did you mean 'transactions'?"),
    ):
        path.write_text(NEW.replace(old, new), encoding="utf-8")
        code, _, (refusal,) = run("add-check", path)

        assert code == 2
        assert refusal.startswith(f"forecare: {path}:{line}: ")
        assert nearest in refusal


def test_a_file_without_a_signal_or_no_file_is_refused(run, filled_home, tmp_path):
    (tmp_path / "new.yaml").write_text("- defaults: {owner: branches}\n", encoding="utf-8")

    assert "declares no signal" in run("add-check", tmp_path / "new.yaml")[2][0]
    assert "no such file" in run("add-check", tmp_path / "none.yaml")[2][0]
