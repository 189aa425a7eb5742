"""`forecare loop` on the made bank itself: two days of sixty people, told in words, as JSON and as a page."""

import json

import pytest

ASKED = ("loop", "--days", 2, "--customers", 60, "--months", 4, "--seed", 4, "--rules-only")


@pytest.fixture
def ran(forecare, home, tmp_path):
    """A loop that ran, its JSON and its page; and runs it again with whatever is changed."""
    out, told, page = tmp_path / "loop", tmp_path / "loop.json", tmp_path / "loop.html"

    def run(*more):
        code, lines = forecare(*ASKED, "--out", out, "--json", told, "--html", page, *more)
        return code, lines, told, page

    return run


def test_a_loop_says_what_care_did_and_again_the_same(ran):
    code, _, told, page = ran()
    assert code == 0
    report = json.loads(told.read_text(encoding="utf-8"))
    assert (report["asked"]["customers"], report["start"], report["end"]) == (60, "2025-04-29", "2025-05-01")
    assert set(report["totals"]) == {"contacts", "complaints", "left", "lost"}
    assert [day["day"] for day in report["days"]] == ["2025-04-29", "2025-04-30"]
    assert report["days"][0]["contacts"]["with"] <= report["days"][0]["contacts"]["without"] + 1
    assert {row["experiment"] for row in report["effects"]} == {"calls", "pre_answers"}
    written = page.read_bytes()
    assert "有关怀".encode() in written
    assert b"with care" in written
    assert b"data:image/png;base64," in written

    assert ran()[0] == 0
    assert json.loads(told.read_text(encoding="utf-8")) == report
    assert page.read_bytes() == written

    code, lines, *_ = ran("--days", 3)
    assert code == 2
    assert "another loop lies there" in lines[0]
