"""The page of the catalogue: whole without a script, and never older than the catalogue."""

import json
import re
from pathlib import Path

import pytest
from markupsafe import escape

from features.catalogue import read_catalogue

COMMITTED = Path(__file__).parents[2] / "docs" / "catalogue.html"
HOW = "build it again: forecare simulate --customers 2000, intake, forecare signals docs (docs/signals.md)"


def test_the_committed_page_says_what_the_catalogue_says():
    page, catalogue = COMMITTED.read_text(encoding="utf-8"), read_catalogue()
    signals = [catalogue.signals[name] for name in catalogue.stored]

    assert re.findall(r'<article id="signal-(\w+)"', page) == [signal.name for signal in signals], HOW
    assert [signal.name for signal in signals if str(escape(signal.zh)) not in page] == [], HOW
    assert [signal.name for signal in signals if str(escape(signal.en)) not in page] == [], HOW


def test_the_committed_page_is_small_and_asks_nobody_for_anything():
    page = COMMITTED.read_text(encoding="utf-8")

    assert len(page.encode()) < 1_500_000
    assert not re.search(r'(src|href)="(?!#)', page)


@pytest.fixture
def page(forecare, filled_home, tmp_path):
    """The page of the tiny bank."""
    out = tmp_path / "catalogue.html"
    assert (
        forecare("signals", "docs", "--out", out, "--as-of", "2026-05-04", "--json", tmp_path / "report.json")[0] == 0
    )
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["bytes"] == len(out.read_bytes())
    return out.read_text(encoding="utf-8")


def test_a_signal_has_meaning_entry_sql_and_spread(page):
    (part,) = re.findall(r'<article id="signal-money_in_30d">.*?</article>', page, re.S)

    for said in (
        "近30天转入金额",
        "Money in, last 30 days",
        "- name: money_in_{w}d",
        "FROM transactions",
        "150",
        "<svg",
    ):
        assert said in part, said


def test_the_sql_on_the_page_names_no_file_of_the_home(page, filled_home):
    assert str(filled_home) not in page


def test_a_signal_whose_table_was_not_handed_over_is_unknown_for_everybody(page):
    (part,) = re.findall(r'<article id="signal-contacts_30d">.*?</article>', page, re.S)

    assert "100.0%" in part
    assert "<svg" not in part
