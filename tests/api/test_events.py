"""Rows that come in by day over HTTP and on the command line, for the tiny bank after its night."""

import json

import pytest
from starlette.testclient import TestClient

from api.main import create_app
from api.settings import read_api_settings
from features.settings import read_settings

LOCAL = {"base_url": "http://127.0.0.1", "follow_redirects": False}
KEY = "key-of-wang-0123456789"
HEADERS = {"X-API-Key": KEY}
ROW = {
    "account_id": "A1", "customer_id": "C1", "amount": "-900.00", "kind": "transfer", "channel": "app",
    "status": "declined", "decline_reason": "limit_exceeded",
}  # fmt: skip


def row(key, hour, **fields):
    return {**ROW, "transaction_id": key, "ts": f"2026-05-04T{hour:02d}:00:00+08:00", **fields}


@pytest.fixture
def night(home, tiny, forecare):
    """The tiny bank after the night of 4 May."""
    source, data = tiny
    assert forecare("intake", "--source", str(source), "--data", str(data))[0] == 0
    assert forecare("run", "--as-of", "2026-05-04")[0] == 0
    return home


@pytest.fixture
def client(night):
    settings = read_settings(home=night)
    with TestClient(create_app(settings, api=read_api_settings(api_keys=f"wang:{KEY}")), **LOCAL) as opened:
        yield opened


def test_two_declined_transfers_are_a_task_and_a_pre_answer_when_the_answer_comes(client):
    said = client.post("/v1/events/transactions", json=row("X1", 9), headers=HEADERS)
    assert (said.status_code, said.json()["rows"]) == (
        200,
        [{"index": 0, "id": "X1", "state": "accepted", "faults": []}],
    )
    assert client.get("/v1/tasks", headers=HEADERS).json()["tasks"] == []
    client.post("/v1/events/transactions", json=[row("X2", 10)], headers=HEADERS)
    (task,) = client.get("/v1/tasks", headers=HEADERS).json()["tasks"]
    assert (task["customer_id"], task["rules"], task["deadline"]) == ("C1", ["transfer_blocked"], "P1")
    asked = client.get("/v1/customers/C1/pre-answers?channel=app", headers=HEADERS).json()
    assert "transfer_blocked" in [one["topic_id"] for one in asked["pre_answers"]]


def test_a_batch_goes_on_past_its_broken_rows_and_names_them(client):
    given = [row("X1", 9), row("X2", 9, amount="a lot"), row("X3", 9, status="maybe"), "text", row("X1", 10)]
    said = client.post("/v1/events/transactions", json=given, headers=HEADERS)
    assert said.status_code == 200
    assert said.json()["counts"] == {"accepted": 1, "held": 0, "refused": 3, "conflict": 1}
    assert [(one["index"], [fault["field"] for fault in one["faults"]]) for one in said.json()["rows"]] == [
        (0, []), (1, ["amount"]), (2, ["status"]), (3, [""]), (4, ["transaction_id"]),
    ]  # fmt: skip
    assert "a lot" not in said.text


def test_the_same_row_is_answered_as_before_and_another_content_is_a_conflict(client):
    first = client.post("/v1/events/transactions", json=row("X1", 9), headers=HEADERS)
    again = client.post("/v1/events/transactions", json=row("X1", 9), headers=HEADERS)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    other = client.post("/v1/events/transactions", json=row("X1", 11), headers=HEADERS)
    assert other.status_code == 409
    assert other.json()["rows"][0]["faults"][0]["field"] == "transaction_id"


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        '{"ts": 1e999}',
        '{"amount": NaN}',
        "null",
        '"x"',
        "[" + ",".join(["{}"] * 1001) + "]",
        '{"\\ud800": 1}',
        "[",
    ],
)
def test_what_is_no_row_is_refused_and_never_a_fault_of_ours(client, body):
    headers = {**HEADERS, "Content-Type": "application/json"}
    for kind in ("transactions", "contacts", "app_events"):
        assert client.post(f"/v1/events/{kind}", content=body, headers=headers).status_code == 422
    assert client.post("/v1/events/loans", json={}, headers=HEADERS).status_code == 422
    assert client.post("/v1/events/contacts", json={}).status_code == 401


def test_the_command_line_takes_a_file_and_names_line_and_field(night, tmp_path, forecare, capsys):
    file = tmp_path / "today.jsonl"
    rows = [row("X1", 9), row("X2", 10, amount="x"), row("X2", 10)]
    file.write_text("".join(json.dumps({"kind": "transactions", "row": one}) + "\n" for one in rows))
    at = "2026-05-04T12:00:00+08:00"
    assert forecare("event", "--file", str(file), "--at", at, "--json", str(tmp_path / "said.json"))[0] == 0
    said = json.loads((tmp_path / "said.json").read_text())
    assert said["counts"] == {"accepted": 2, "held": 0, "refused": 1, "conflict": 0}
    assert [one["state"] for one in said["rows"]] == ["accepted", "refused", "accepted"]
    file.write_text("nothing\n")
    code, lines = forecare("event", "--file", str(file))
    assert code == 2
    assert "today.jsonl:1: is no row of an event" in str(lines)
