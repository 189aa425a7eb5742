"""Rules nobody writes by mistake: each is refused in one line, or accepted and then harmless."""

from __future__ import annotations

import pytest

from benchmarks.hostile import hostile_texts
from care.rules.book import check_book
from care.rules.matching import compile_book
from care.rules.soundness import check_whole
from features.errors import Refusal
from features.expression import evaluate, parse_expression, to_sql
from features.expression.columns import run_over
from features.expression.parse import MOST_DEPTH, MOST_NODES
from features.expression.program import compile_program
from features.expression.scan import MOST_BYTES
from features.expression.tree import Call, walk

TYPES = {"assets": "number", "segment": "text", "due_on": "day", "is_staff": "flag", "complaints": "number"}
TEXTS = hostile_texts()


def parsed(text):
    """The checked expression, or the line in which it was refused; anything else would be a crash."""
    try:
        return parse_expression(text, TYPES, place="x.yaml:1")
    except Refusal as refusal:
        return str(refusal)


@pytest.fixture(scope="module")
def answers():
    return [parsed(text) for text in TEXTS]


@pytest.fixture(scope="module")
def accepted(answers):
    return [one for one in answers if not isinstance(one, str)]


def depth(node):
    return 1 + max((depth(one) for one in node.arguments), default=0) if isinstance(node, Call) else 1


def test_there_are_two_thousand_different_ones():
    assert len(TEXTS) == 2000
    assert len(set(TEXTS)) > 1900


def test_each_is_refused_in_one_line_or_accepted(answers, accepted):
    assert 20 < len(accepted) < 400
    for line in (one for one in answers if isinstance(one, str)):
        assert line.startswith("x.yaml:1: ")
        assert "\n" not in line
        assert len(line) < 400


def test_what_is_accepted_keeps_the_limits(accepted):
    for one in accepted:
        assert len(one.text.encode()) <= MOST_BYTES
        assert len(list(walk(one.tree))) <= MOST_NODES
        assert depth(one.tree) <= MOST_DEPTH


def test_what_is_accepted_answers_a_customer_of_whom_nothing_is_known(accepted):
    for one in accepted:
        evaluate(one, {})
        evaluate(one, {"assets": float("inf"), "complaints": float("nan"), "segment": "", "is_staff": None})
        evaluate(one, {"assets": 10**400, "complaints": -0.0, "segment": "\x00"})
        assert to_sql(one)


def test_what_is_accepted_runs_over_columns_of_nothing(accepted):
    import pyarrow as pa

    arrow = {"number": pa.float64(), "text": pa.string(), "flag": pa.bool_(), "day": pa.date32()}
    nothing = pa.table({name: pa.nulls(5, arrow[type_]) for name, type_ in TYPES.items()})
    for one, found in zip(accepted, run_over(compile_program(accepted), nothing), strict=True):
        assert len(found) == 5, one.text


def test_a_book_of_hostile_conditions_names_each_file_and_stops_nobody_else(write_rule, small_catalogue):
    for at, text in enumerate(TEXTS[::10]):
        path = write_rule(f"bad_{at}") / f"bad_{at}.yaml"
        written = path.read_text(encoding="utf-8").replace("when: assets <= 1000", f"when: {yaml_text(text)}")
        path.write_text(written, encoding="utf-8", errors="surrogatepass")
    folder = write_rule("sound")
    book, problems = check_book(folder, small_catalogue)
    assert "sound" in book.rules
    assert len(book.rules) + len({problem.split(":")[0] for problem in problems}) >= 201
    _, told = check_whole(folder, small_catalogue)
    assert len(told) >= len(problems)
    compile_book(book)


def yaml_text(text):
    """The text in YAML's double quotes, escaped; what YAML itself cannot hold stays raw."""
    import json

    return json.dumps(text)


@pytest.mark.parametrize(
    "line",
    [
        "when: {a: b}",
        "when: [1, 2]",
        "when: 5",
        "when: null",
        "when: !!python/object:os.system x",
        "when: &a [*a]",
        "evidence: [assets, assets]",
        "evidence: []",
        "key: [due_on, due_on]",
        "value: .nan",
        "value: .inf",
        "value: 1e999",
        "minutes: -1",
        "minutes: 1e9",
        "cool_down: 99999999999999999999",
        "effect: .nan",
        "holdout: 1",
        "version: 0",
        "version: 99999999999999999999999",
        "id: ../../etc/passwd",
        "id: CON",
        "expires_on: 9999-99-99",
        "expires_on: 10000-01-01",
        "channels: [fax]",
        "class: sales",
        "on: [day, day]",
        "on: [moon]",
        "timeout_days: 0",
        "until: drop table x",
        "silences: [everybody]",
        "name: {zh: x}",
        "name: {zh: '', en: ''}",
        "talk_track: 5",
        "reason: {zh: '$${x', en: '${assets.__class__}'}",
        "probability: '1/0 >'",
        "probability: segment",
        "examples: []",
        "examples: [{given: [], expect: match, why: x}]",
        "examples: [{given: {}, expect: maybe, why: x}]",
        "enabled: 'no'",
        "owner: ''",
        "unknown_field: 1",
        "topics: 5",
        "suppressed_by: [low]",
        "supersedes: [nobody]",
    ],
)
def test_a_hostile_field_is_refused_with_its_place(write_rule, small_catalogue, line):
    field = line.partition(":")[0]
    path = write_rule() / "low.yaml"
    kept = [one for one in path.read_text(encoding="utf-8").splitlines() if not one.startswith(f"{field}:")]
    if field in ("examples", "reason"):
        kept = kept[: kept.index(next(one for one in kept if one.startswith(("  - ", "  zh"))))]
    path.write_text("\n".join([*kept, line]) + "\n", encoding="utf-8")
    _, problems = check_book(path.parent, small_catalogue)
    if line == "on: [day, day]":
        assert problems == []  # twice the same moment is one
        return
    assert problems
    assert all("low.yaml" in problem for problem in problems)
