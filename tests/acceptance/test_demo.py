"""The whole chain on a small made bank, from the command line."""

import json
import sqlite3

import pytest
import sqlalchemy as sa

KEYS = {"as_of", "intake", "signals", "model", "matches", "tasks", "pre_answers", "timings"}


def rows(home):
    """Every row of every table of a home, by table."""
    with sqlite3.connect(home / "forecare.db") as connection:
        names = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
        return {
            name: sorted(connection.execute(f"select * from {name}").fetchall(), key=repr) for name in sorted(names)
        }


def files(home):
    """Every file under the warehouse, the snapshots, the scores and the models, with its bytes."""
    folders = ("warehouse", "snapshots", "scores", "models", "made", "quarantine")
    paths = [path for folder in folders for path in sorted((home / folder).rglob("*")) if path.is_file()]
    return {str(path.relative_to(home)): path.read_bytes() for path in paths}


def without_timings(report):
    return {name: value for name, value in report.items() if name != "timings"}


def test_the_demo_tells_every_step(demo):
    report = demo.report

    assert set(report) >= KEYS
    assert report["as_of"] == "2026-07-01"
    versions = report["intake"]["customers"]  # who renewed an identity document has a second version
    assert 400 < versions["accepted"] < 460
    assert versions["quarantined"] == 0
    assert report["signals"]["customers"] == 400
    assert report["signals"]["signals"] >= 40
    assert len(report["matches"]) == 35
    assert sum(report["tasks"]["by_manager"].values()) == report["tasks"]["total"] >= 5
    assert report["model"]["status"] in ("champion", "challenger", "not enough data")
    assert report["model"].get("why")
    assert report["pre_answers"]["customers"] > 0
    for task in report["tasks"]["top"]:
        assert set(task) >= {"customer_id", "rules", "priority", "value", "reasons"}
        assert len(task["reasons"]) == len(task["rules"])


def test_the_summary_says_it_in_words(demo):
    best = demo.report["tasks"]["top"][0]

    assert "First in line" in demo.printed
    assert best["customer_id"] in demo.printed
    for reason in best["reasons"]:
        assert reason["en"] in demo.printed
    for manager in demo.report["tasks"]["by_manager"]:
        assert manager in demo.printed
    assert "Time taken" in demo.printed


def test_the_same_night_again_changes_no_row_and_no_file(forecare, demo, demo_copy, tmp_path):
    before = rows(demo_copy), files(demo_copy)

    done = forecare("run", "--as-of", "2026-07-01", "--json", tmp_path / "run.json", home=demo_copy)

    assert (done.returncode, done.stderr) == (0, "")
    assert (rows(demo_copy), files(demo_copy)) == before
    said, first = json.loads((tmp_path / "run.json").read_text(encoding="utf-8")), demo.report
    assert set(said) == set(first)
    assert {**without_timings(said), "model": None} == {**without_timings(first), "model": None}


def test_the_same_demo_again_changes_nothing_and_says_the_same(forecare, demo, demo_copy, tmp_path):
    before = rows(demo_copy), files(demo_copy)

    done = forecare("demo", "--customers", "400", "--serve", "0", "--json", tmp_path / "again.json", home=demo_copy)

    assert (done.returncode, done.stderr) == (0, "")
    assert (rows(demo_copy), files(demo_copy)) == before
    assert without_timings(json.loads((tmp_path / "again.json").read_text())) == without_timings(demo.report)


def test_another_demo_starts_over_and_clears_only_what_a_demo_made(forecare, demo_copy):
    (demo_copy / "notes.txt").write_text("mine")

    done = forecare("demo", "--customers", "60", "--serve", "0", home=demo_copy)

    assert done.returncode == 0, done.stderr
    assert "starting over" in done.stdout
    assert len(rows(demo_copy)["identities"]) == 60
    assert (demo_copy / "notes.txt").read_text() == "mine"


def test_a_demo_on_postgresql_owns_its_database(forecare, postgres_url, tmp_path):
    def start(home, *arguments):
        small = ("demo", "--customers", "60", "--serve", "0", *arguments)
        return forecare(*small, home=tmp_path / home, FORECARE_DATABASE_URL=postgres_url)

    def count(table):
        engine = sa.create_engine(postgres_url)
        with engine.connect() as connection:
            number = connection.execute(sa.text(f"select count(*) from {table}")).scalar()
        engine.dispose()
        return number

    first, mine = start("one"), (count("identities"), count("runs"))
    foreign = start("two")
    over = start("one", "--seed", "7")

    assert (first.returncode, mine) == (0, (60, 1)), first.stderr
    assert foreign.returncode == 2
    assert foreign.stderr.startswith("forecare: FORECARE_DATABASE_URL: holds data that no demo made; ")
    assert over.returncode == 0, over.stderr
    assert "starting over" in over.stdout
    assert (count("identities"), count("runs")) == (60, 1)


def test_a_day_before_the_newest_night_is_refused_and_changes_nothing(forecare, demo_copy):
    before = rows(demo_copy), files(demo_copy)

    done = forecare("run", "--as-of", "2026-06-30", home=demo_copy)

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "2026-06-30 is before the newest finished night, 2026-07-01" in done.stderr
    assert (rows(demo_copy), files(demo_copy)) == before


@pytest.mark.parametrize(("language", "word"), [("en", "value"), ("zh", "价值")])
def test_a_task_is_explained_in_words_and_as_json(forecare, demo, tmp_path, language, word):
    task = demo.report["tasks"]["top"][0]
    out = tmp_path / "why.json"

    done = forecare("explain", task["task_id"], "--lang", language, "--json", out, home=demo.home)

    assert done.returncode == 0, done.stderr
    assert task["reasons"][0][language] in done.stdout
    assert word in done.stdout
    assert json.loads(out.read_text(encoding="utf-8"))["task"]["task_id"] == task["task_id"]


def test_an_unknown_task_is_refused_in_one_line(forecare, demo):
    done = forecare("explain", "nobody", home=demo.home)

    assert done.returncode == 2
    assert done.stderr.startswith("forecare: task: no task 'nobody'; ")
    assert done.stderr.count("\n") == 1
