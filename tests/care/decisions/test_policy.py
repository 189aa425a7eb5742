import re
from pathlib import Path

import pytest

import care.decisions
from care.decisions.policy import read_policy
from care.words import read_words
from features.errors import Refusal

ROOM = Path(care.decisions.__file__).parent


def test_every_number_has_an_owner_and_a_date():
    policy = read_policy()
    assert all(getattr(policy, name).owner and getattr(policy, name).since for name in type(policy).model_fields)
    assert policy.minute_cost_minor == 300


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("value: 3.00", "value: -3", ":3"),
        ("owner: compliance", "owned: compliance", "owned"),
        ("P3: {days: 7}", "P3: {}", "deadlines"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_by_file_line_and_field(tmp_path, old, new, place):
    text = (ROOM / "policy.yaml").read_text(encoding="utf-8")
    path = tmp_path / "policy.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(Refusal) as refused:
        read_policy(path)
    assert place in str(refused.value)
    assert str(path) in str(refused.value)


def test_every_reason_that_the_funnel_gives_has_words_in_both_languages():
    source = "".join((ROOM / name).read_text() for name in ("funnel.py", "assignment.py", "decide.py"))
    codes = set(re.findall(r'Stage\.[A-Z_]+, "([a-z_]+)"', source))
    codes |= set(re.findall(r'^[A-Z_]+ = "([a-z_]+)"', source, re.M)) | set(re.findall(r'"([a-z]+_task)"', source))
    words = read_words(ROOM / "words.yaml")["reasons"]
    assert codes - {"any"} == set(words)
    assert all(words[code]["zh"] and words[code]["en"] for code in words)
