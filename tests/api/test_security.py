"""Who is let in."""

from datetime import UTC, datetime, timedelta

import pytest

from api.security import Gate, User, is_loopback, open_gate
from features.errors import Refusal

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
KEYS = "wang:key-of-wang-0123456789,li:key-of-li-0123456789"


def gate(tmp_path, keys=KEYS, host="127.0.0.1"):
    return open_gate(keys, home=tmp_path, host=host, session_hours=12)


def test_a_known_key_names_its_user_and_another_nobody(tmp_path):
    opened = gate(tmp_path)

    assert opened.by_key("key-of-li-0123456789") == User("li")
    assert opened.by_key("key-of-li-012345678") is None
    assert opened.by_key("") is None


def test_a_session_ends_after_its_hours(tmp_path):
    opened = gate(tmp_path)
    cookie = opened.open_session(User("wang"), NOON)

    assert opened.by_session(cookie, NOON + timedelta(hours=11)).name == "wang"
    assert opened.by_session(cookie, NOON + timedelta(hours=12)) is None


def test_a_session_outlives_a_restart_but_not_its_users_key(tmp_path):
    cookie = gate(tmp_path).open_session(User("wang"), NOON)

    assert gate(tmp_path).by_session(cookie, NOON).name == "wang"
    assert gate(tmp_path, "li:key-of-li-0123456789").by_session(cookie, NOON) is None
    assert gate(tmp_path, "wang:another-key-0123456789").by_session(cookie, NOON) is None


@pytest.mark.parametrize("position", range(3))
def test_a_session_with_a_changed_part_is_forged(tmp_path, position):
    opened = gate(tmp_path)
    parts = opened.open_session(User("wang"), NOON).split(".")
    parts[position] = opened.open_session(User("li"), NOON + timedelta(hours=1)).split(".")[position]

    assert opened.by_session(".".join(parts), NOON) is None


@pytest.mark.parametrize("cookie", ["", ".", "a.b.c", "..", "d2FuZw==.99999999999999999999.x", "é.1.2"])
def test_nonsense_is_no_session(tmp_path, cookie):
    assert gate(tmp_path).by_session(cookie, NOON) is None


def test_a_form_of_another_session_is_not_ours(tmp_path):
    opened = gate(tmp_path)
    wang, li = User("wang", "session-1"), User("li", "session-2")

    assert opened.form_is_ours(wang, opened.form_token(wang))
    assert not opened.form_is_ours(wang, opened.form_token(li))
    assert not opened.form_is_ours(wang, opened.form_token(User("wang", "session-0")))
    assert not opened.form_is_ours(wang, "")


def test_a_home_that_is_no_demo_needs_keys(tmp_path):
    with pytest.raises(Refusal, match=r"^FORECARE_API_KEYS: no API key is set.*; write FORECARE_API_KEYS=name:key"):
        gate(tmp_path, keys="")


def test_a_demo_is_open_on_loopback_only(tmp_path):
    (tmp_path / "demo.json").write_text("{}")

    assert gate(tmp_path, keys="").by_session("", NOON) == User("demo")
    with pytest.raises(Refusal, match=r"^--host: .*loopback only, not on 0\.0\.0\.0; write FORECARE_API_KEYS"):
        gate(tmp_path, keys="", host="0.0.0.0")


@pytest.mark.parametrize(
    "keys",
    [
        "wang",
        "wang:",
        ":key-of-wang-0123456789",
        "wang:short",
        f"{KEYS},wang:third-key-0123456789",
        "a:same-key-0123456789,b:same-key-0123456789",
    ],
)
def test_a_bad_key_is_refused_without_being_told(tmp_path, keys):
    with pytest.raises(Refusal) as refusal:
        gate(tmp_path, keys=keys)

    assert refusal.value.place == "FORECARE_API_KEYS"
    assert not any(part and part in str(refusal.value) for part in ("short", "0123456789"))


@pytest.mark.parametrize(
    ("host", "near"),
    [
        ("localhost", True),
        ("127.0.0.9", True),
        ("[::1]", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("bank.example", False),
        ("", False),
        ("127.0.0.1.evil.example", False),
    ],
)
def test_only_this_machine_is_loopback(host, near):
    assert is_loopback(host) is near


def test_the_gate_of_a_demo_signs_with_a_secret_of_its_own():
    one, two = (Gate({}, demo=True, session_hours=1) for _ in range(2))

    assert one.form_token(User("demo")) != two.form_token(User("demo"))
