"""Names and numbers of people: encrypted or nowhere, masked on screen."""

from __future__ import annotations

import stat

import pytest

from features.errors import Refusal
from features.identities import masked, read_identity

RAW = ("欧阳小明".encode(), b"13812345678", b"110101199003071234")
PEOPLE = """SELECT id AS customer_id, '欧阳小明' AS name, '13812345678' AS phone, '110101199003071234' AS id_number,
    NULL AS wechat_id, true AS made_up, _file, _line FROM read_csv('customers.csv')"""


def _identity(bank, customer_id, settings=None):
    with bank.engine.begin() as connection:
        return read_identity(connection, settings or bank.settings, customer_id)


def test_a_name_comes_back_in_clear_for_who_has_the_key_and_lies_on_no_disk(small_bank):
    small_bank.selects["identities"] = PEOPLE
    small_bank.take()
    assert _identity(small_bank, "C1").name == "欧阳小明"
    assert not [raw for raw in RAW if raw in small_bank.everything_on_disk()]
    assert stat.S_IMODE((small_bank.settings.home / "identity.key").stat().st_mode) == 0o600


def test_the_quarantine_names_whose_identity_is_bad_and_not_the_person(small_bank):
    small_bank.selects["identities"] = PEOPLE.replace("id AS customer_id", "replace(id, 'C1', 'C9') AS customer_id")
    small_bank.put("customers.csv", (small_bank.data / "customers.csv").read_text() + "C5,2025-01-01,13812345678\n")
    report = small_bank.take()
    assert "customers.csv:3: column customer_id: 'C9' is not known" in report.first
    assert not [raw for raw in RAW if raw in small_bank.everything_on_disk()]


def test_a_mask_leaves_the_family_name_and_two_digits_of_the_phone(small_bank):
    small_bank.selects["identities"] = PEOPLE
    small_bank.take()
    shown = masked(_identity(small_bank, "C1"))
    assert (shown.name, shown.phone, shown.id_number, shown.wechat_id) == ("欧***", "*********78", "********", None)


def test_an_identity_in_a_log_line_tells_the_customer_number_only(small_bank):
    small_bank.selects["identities"] = PEOPLE
    small_bank.take()
    assert repr(_identity(small_bank, "C1")) == "Identity(customer_id='C1', made_up=True)"


def test_a_changed_phone_replaces_the_old_one_and_an_unknown_person_is_none(small_bank):
    small_bank.selects["identities"] = PEOPLE
    small_bank.take()
    small_bank.say("identities", "13812345678", "13900000000")
    small_bank.take()
    assert _identity(small_bank, "C1").phone == "13900000000"
    assert _identity(small_bank, "C9") is None


def test_another_key_is_refused_and_so_is_one_that_is_no_key(small_bank):
    small_bank.selects["identities"] = PEOPLE
    small_bank.take()
    for key, reason in (("00" * 32, "does not fit"), ("secret", "is not 32 bytes in hex")):
        with pytest.raises(Refusal, match=f"FORECARE_IDENTITY_KEY: .*{reason}"):
            _identity(small_bank, "C1", small_bank.settings.model_copy(update={"identity_key": key}))
