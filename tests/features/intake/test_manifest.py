"""The bank's own word on a delivery is held against what is read, before anything is stored."""

from __future__ import annotations

import hashlib
import json

import pytest

from features.errors import Refusal
from features.stored_files import verify


def say(bank, sequence=1, business_date="2026-03-09", **changed):
    """Write a true manifest of the delivery, but for what is changed about the file of payments."""
    files = {}
    for path in sorted(bank.data.glob("*.csv")):
        content = path.read_bytes()
        files[path.name] = {"rows": content.count(b"\n") - 1, "sha256": hashlib.sha256(content).hexdigest()}
    files["transactions.csv"] |= {"totals": {"amount": "246.80"}, **changed}
    said = {"business_date": business_date, "sequence": sequence, "files": files}
    (bank.data / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    return said


def test_a_true_manifest_is_remembered_and_does_not_make_another_version(found_bank):
    told, silent = found_bank(), found_bank()
    say(told, 17)
    told.take()
    silent.take()
    assert told.warehouse.manifest["delivery"]["sequence"] == 17
    assert told.warehouse.version == silent.warehouse.version


def test_the_same_delivery_again_changes_nothing_and_says_so(small_bank):
    say(small_bank)
    assert small_bank.take().again is None
    before = small_bank.stored()
    assert small_bank.take().again == 1
    assert small_bank.stored() == before


def test_the_next_delivery_follows_on_the_last(small_bank):
    say(small_bank)
    small_bank.take()
    say(small_bank, 2, "2026-03-10")
    small_bank.take()
    assert small_bank.warehouse.manifest["delivery"]["business_date"] == "2026-03-10"


@pytest.mark.parametrize(
    ("sequence", "day", "reason"),
    [
        (5, "2026-03-08", "sequence 5 was taken in before with other content"),
        (4, "2026-03-09", "sequence 4 is older"),
        (7, "2026-03-09", "sequence 7 skips"),
        (6, "2026-03-08", "business_date 2026-03-08 is before 2026-03-09"),
    ],
)
def test_a_delivery_out_of_order_is_refused(small_bank, sequence, day, reason):
    say(small_bank, 5)
    small_bank.take()
    before = small_bank.stored()
    say(small_bank, sequence, day)
    with pytest.raises(Refusal, match=reason):
        small_bank.take()
    assert small_bank.stored() == before


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"rows": 19}, r"transactions\.csv: holds 20 rows; its manifest says 19"),
        ({"sha256": "0" * 64}, r"transactions\.csv: its SHA-256 is"),
        ({"totals": {"amount": "246.81"}}, r"amount adds up to 246\.8; its manifest says 246\.81"),
        ({"totals": {"amuont": "246.80"}}, "no column 'amuont' to total; did you mean 'amount'"),
        ({"totals": {"kind": "1"}}, r"transactions\.csv:2: column kind: is no number"),
        ({"rows": True}, r"field 'files\.transactions\.csv\.rows'"),
        ({"row": 20}, r"unknown field 'files\.transactions\.csv\.row'"),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(small_bank, changed, reason):
    say(small_bank, **changed)
    with pytest.raises(Refusal, match=reason):
        small_bank.take()
    assert not small_bank.warehouse.tables


def test_a_broken_line_counts_as_a_row_that_was_handed_over(small_bank):
    small_bank.pay(*[small_bank.payment(number) for number in range(20)], "T20,too,few")
    say(small_bank)
    assert small_bank.take().tables["transactions"].quarantined == 1


@pytest.mark.parametrize(("listed", "reason"), [(False, "read but not listed"), (True, "listed but missing")])
def test_files_and_list_are_the_same(small_bank, listed, reason):
    said = say(small_bank)
    if listed:
        said["files"]["cards.csv"] = said["files"]["customers.csv"]
    else:
        del said["files"]["customers.csv"]
    small_bank.put("manifest.json", json.dumps(said))
    with pytest.raises(Refusal, match=reason):
        small_bank.take()


@pytest.mark.parametrize("text", ["{", "[]", "", '{"sequence": 1, "sequence": 1}', "{}".encode("utf-16")])
def test_what_is_no_manifest_is_refused(small_bank, text):
    small_bank.put("manifest.json", text)
    with pytest.raises(Refusal, match=r"manifest\.json"):
        small_bank.take()


def test_a_damaged_stored_file_is_named_and_stops_the_next_delivery(small_bank):
    small_bank.take()
    assert verify(small_bank.warehouse) == []
    (path,) = small_bank.warehouse.files("transactions").values()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert verify(small_bank.warehouse) == [path]
    with pytest.raises(Refusal, match=f"{path.name}: this stored file is damaged"):
        small_bank.take()
