"""`forecare rules check`: everything that is wrong at once, for people and for machines."""

import json

import pytest


@pytest.fixture
def checked(forecare, tmp_path):
    """Runs the check; exit code, lines, and what it wrote as JSON."""

    def run(*arguments):
        file = tmp_path / "rules.json"
        code, lines = forecare("rules", "check", *arguments, "--json", file)
        return code, lines, json.loads(file.read_text(encoding="utf-8"))

    return run


def test_the_book_that_comes_along_is_sound(checked, home):
    code, _, told = checked()
    assert code == 0
    assert told["problems"] == []
    assert len(told["rules"]) == 35
    assert all(set(rule) == {"id", "version", "examples"} and rule["examples"] >= 3 for rule in told["rules"])


def test_every_problem_is_told_with_file_line_field_and_remedy(checked, home, book):
    for name, old, new in (
        ("churn_risk", "churn_rank <= 0.02", "churn_rnk <= 0.02"),
        ("unbinding", "unbindings_30d >= 1", "unbindings_30d >= 3"),
        ("repeat_contact", "minutes: 10", "minuets: 10"),
    ):
        path = book / f"{name}.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    code, lines, told = checked("--book", book)

    assert code == 2
    assert len(lines) == len(told["problems"]) >= 4
    assert {problem["file"].rpartition("/")[2] for problem in told["problems"]} == {
        "churn_risk.yaml", "unbinding.yaml", "repeat_contact.yaml",
    }  # fmt: skip
    assert all(problem["line"] and problem["field"] and problem["remedy"] for problem in told["problems"])
    fields = {problem["field"] for problem in told["problems"]}
    assert {"when", "minuets", "examples.0"} <= fields
    assert "did you mean 'minutes'?" in "".join(lines)


def test_a_rule_alone_is_checked_alone(checked, home, book):
    path = book / "churn_risk.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("churn_rank <= 0.02", "churn_rnk <= 0.02"), encoding="utf-8"
    )

    code, _, told = checked("unbinding", "--book", book)

    assert code == 0
    assert [rule["id"] for rule in told["rules"]] == ["unbinding"]


def test_a_home_without_stored_days_is_refused(forecare, home, tmp_path):
    code, lines = forecare("rules", "check", "--over", tmp_path)

    assert code == 2
    assert "no stored days of signals" in lines[0]
