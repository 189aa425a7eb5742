"""Versions of rules over HTTP and on the command line: who may do what, and what is told."""

import json

import pytest
from starlette.testclient import TestClient

from api.main import create_app
from api.settings import read_api_settings
from care.books import live_books
from features.settings import read_settings

LOCAL = {"base_url": "http://127.0.0.1", "follow_redirects": False}
KEYS = {"wang": "key-of-wang-0123456789", "li": "key-of-li-0123456789ab", "zhao": "key-of-zhao-0123456789"}
RULE = "unbinding"
REPORT = {
    "from": "2026-01-01",
    "to": "2026-06-30",
    "rules": {RULE: {"tried": {"version": 2, "episodes": 3, "tasks": 2}}},
}


@pytest.fixture(scope="module")
def text():
    source = live_books().book.documents[RULE].path.read_text(encoding="utf-8")
    return source.replace("version: 1\n", "version: 2\n", 1)


@pytest.fixture
def client(filled_home):
    api = read_api_settings(
        api_keys=",".join(f"{name}:{key}" for name, key in KEYS.items()), rule_makers="wang, li", rule_checkers="li"
    )
    with TestClient(create_app(read_settings(home=filled_home), api=api), **LOCAL) as opened:
        yield opened


def post(client, who, path, **body):
    return client.post(f"/v1/rules{path}", json=body, headers={"X-API-Key": KEYS[who]})


def test_makers_submit_and_checkers_approve_and_nobody_else_does_either(client, text):
    assert post(client, "zhao", "/versions", content=text).status_code == 403
    assert post(client, "wang", "/versions", content=text).json()["state"] == "checked"
    steps = f"/{RULE}/versions/2"
    assert post(client, "wang", f"{steps}/replayed", report=REPORT).status_code == 200
    assert post(client, "wang", f"{steps}/approved").status_code == 403
    assert post(client, "li", f"{steps}/approved").json()["state"] == "approved"
    assert post(client, "li", f"{steps}/shadow").status_code == 200
    assert post(client, "li", f"{steps}/live", share=0.5).json()["share"] == 0.5
    assert post(client, "li", f"{steps}/live", share=0.2).status_code == 422
    told = client.get("/v1/rules/versions", headers={"X-API-Key": KEYS["zhao"]}).json()
    assert [step["state"] for step in told[0]["steps"]] == [
        "draft",
        "checked",
        "replayed",
        "approved",
        "shadow",
        "live",
    ]
    assert client.get("/v1/rules/alarms", headers={"X-API-Key": KEYS["zhao"]}).json() == []


def test_who_wrote_a_version_does_not_approve_it(client, text):
    assert post(client, "li", "/versions", content=text).status_code == 200
    assert post(client, "li", f"/{RULE}/versions/2/replayed", report=REPORT).status_code == 200
    said = post(client, "li", f"/{RULE}/versions/2/approved")
    assert said.status_code == 422
    assert "a second person" in said.json()["detail"]


@pytest.mark.parametrize("content", ["", "[", "id: x", "id: ../x\nversion: 2", "a: &a [*a]"])
def test_what_is_no_rule_is_refused(client, content):
    assert post(client, "wang", "/versions", content=content).status_code == 422


def test_the_whole_way_on_the_command_line(home, tmp_path, text, forecare, capsys):
    file, report = tmp_path / "mine.yaml", tmp_path / "report.json"
    file.write_text(text, encoding="utf-8")
    report.write_text(json.dumps(REPORT))
    assert forecare("rules", "submit", str(file), "--who", "wang")[0] == 0
    assert forecare("rules", "approve", RULE, "2", "--who", "li")[0] == 2
    assert forecare("rules", "replayed", RULE, "2", "--report", str(report), "--who", "wang")[0] == 0
    code, lines = forecare("rules", "approve", RULE, "2", "--who", "wang")
    assert (code, "a second person approves" in str(lines)) == (2, True)
    assert forecare("rules", "approve", RULE, "2", "--who", "li")[0] == 0
    assert forecare("rules", "shadow", RULE, "2", "--who", "li")[0] == 0
    assert forecare("rules", "live", RULE, "2", "--share", "0.25", "--who", "li")[0] == 0
    out = tmp_path / "versions.json"
    assert forecare("rules", "versions", "--json", str(out))[0] == 0
    assert [(one["state"], one["share"]) for one in json.loads(out.read_text())] == [("live", 0.25)]
    assert forecare("rules", "diff", RULE, "1", "2", "--json", str(out))[0] == 0
    assert json.loads(out.read_text())["lines"] == ["version:", "  - 1", "  + 2"]
    assert forecare("rules", "alarms")[0] == 0
    assert forecare("rules", "retire", RULE, "2", "--who", "li")[0] == 0
