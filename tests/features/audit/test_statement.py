"""The text of a statement: readable, complete, in the reader's language, sound in both dialects."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from string import Template
from zoneinfo import ZoneInfo

import pytest
import sqlglot
import yaml

from features.audit.dialect import DIALECTS, read_dialect
from features.audit.question import WORDS, Named, Question, Stored, speak
from features.audit.statement import signal_sql
from features.catalogue import read_catalogue
from features.contract import TABLES
from features.errors import Refusal

CATALOGUE = read_catalogue()
DAY = date(2026, 7, 1)
NEEDED = frozenset({"customers", "accounts", "transactions"})


@pytest.fixture
def statement():
    """The SQL of one of our signals, by table names."""

    def of(name, *, dialect="duckdb", language="en", tables=frozenset(TABLES), known_by=DAY):
        zone = ZoneInfo("Asia/Shanghai")
        question = Question(DAY, known_by, zone, Named(tables), DIALECTS[dialect], speak(language))
        return signal_sql(CATALOGUE, [name], question)

    return of


def test_a_statement_says_what_it_computes_and_cuts_time_at_the_banks_midnights(statement):
    sql = statement("card_spend_30d")

    assert sql.startswith("-- card_spend_30d: Card spend in the last 30 days\n")
    assert "event_at >= TIMESTAMP '2026-05-31 16:00:00'" in sql
    assert "event_at < TIMESTAMP '2026-06-30 16:00:00'" in sql
    assert "kind = 'card' AND amount < 0 AND status = 'booked'" in sql


def test_what_was_known_is_asked_of_every_table(statement):
    sql = statement("wealth_out_7d", known_by=date(2026, 7, 9))

    tables = re.findall(r"SELECT \* FROM (\w+)", sql)
    assert sorted(tables) == ["accounts", "customers", "transactions"]
    assert sql.count("known_at <= TIMESTAMP '2026-07-08 16:00:00'") == 3
    assert "event_at < TIMESTAMP '2026-06-30 16:00:00'" in sql


def test_comments_are_in_the_language_of_the_reader(statement):
    assert "-- card_spend_30d：近30天卡消费额" in statement("card_spend_30d", language="zh")


def test_both_languages_have_every_comment_with_the_same_slots():
    texts = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    for key, said in texts.items():
        zh, en = (set(Template(said[language]).get_identifiers()) for language in ("zh", "en"))
        assert {*said} == {"zh", "en"}, key
        assert zh == en or key == "title", key


def test_an_expression_expands_what_it_reads_down_to_the_tables(statement):
    sql = statement("money_out_ratio_30_90")

    assert "3 * money_out_30d / NULLIF(money_out_90d, 0)" in sql
    assert sql.count("SELECT * FROM transactions") == 1


def test_a_signal_of_a_table_that_was_not_handed_over_is_null(statement):
    assert 'CAST(NULL AS DOUBLE) AS "contacts_30d"' in statement("contacts_30d", tables=NEEDED)
    assert 'CAST(NULL AS DOUBLE) AS "churn_probability"' in statement("churn_probability")


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_every_form_is_sound_in_every_dialect(statement, dialect):
    forms = {(signal.aggregate, signal.carry, signal.table): name for name, signal in CATALOGUE.signals.items()}
    for name in forms.values():
        assert len(sqlglot.parse(statement(name, dialect=dialect), read=dialect)) == 1


def test_an_unknown_dialect_names_the_nearest():
    with pytest.raises(Refusal, match=r"--dialect: no dialect 'sparks'; did you mean 'spark'\?"):
        read_dialect("sparks")


def test_stored_files_are_listed_by_month_as_far_as_the_window_reaches(made_bank):
    bank, warehouse = made_bank
    question = Question(DAY, DAY, bank.zone, Stored(warehouse), DIALECTS["duckdb"], speak("en"))
    sql = signal_sql(CATALOGUE, ["card_spend_30d"], question)

    months = {Path(path).parent.name for path in re.findall(r"'(.+?\.parquet)'", sql)}
    assert months == {"2026-05", "2026-06", "all"}
