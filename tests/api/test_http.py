"""The API and the pages over a small bank filled by hand."""

import json
import re
from datetime import UTC, date, datetime
from html import unescape

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from api.audit import audit
from api.cli import answer
from api.main import create_app
from api.settings import read_api_settings
from care.scheduler.runs import runs
from care.tasks.tables import manager_days, task_events, task_reasons, tasks
from features.database import connect
from features.settings import read_settings

DAY = date(2026, 5, 4)
LOCAL = {"base_url": "http://127.0.0.1", "follow_redirects": False}
KEY = "key-of-wang-0123456789"
AT = datetime(2026, 5, 4, 2, tzinfo=UTC)
EVIDENCE = {
    "assets_mean_7d": 52310.0,
    "assets_mean_30d_before_7d": 186400.0,
    "assets_ratio_7_30": 0.28,
    "assets_fall_7_30": 134090.0,
    "wealth_out_7d": 0.0,
    "repayment_out_7d": 0.0,
    "tenure_days": 1204,
}
TASK = {
    "customer_id": "C1",
    "as_of": DAY,
    "day": DAY,
    "manager_id": "M1",
    "state": "assigned",
    "care_class": "care",
    "deadline": "P2",
    "due_on": date(2026, 5, 5),
    "value_minor": 13409000,
    "expected_minor": 598405,
    "minutes": 15,
    "per_minute": 398.94,
}


def fill(connection):
    """A night with one manager and two tasks."""
    night = {"kind": "night", "as_of": DAY, "state": "done", "fingerprint": "f", "inputs": {}, "summary": {}}
    connection.execute(runs.insert(), {**night, "started_at": AT, "finished_at": AT})
    load = {"minutes": 216, "minutes_given": 30, "tasks": 2, "waiting": 1, "away": False}
    connection.execute(manager_days.insert(), {"as_of": DAY, "manager_id": "M1", "name": "李经理", **load})
    for position, task_id in enumerate(("t1", "t2"), start=1):
        connection.execute(tasks.insert(), {**TASK, "task_id": task_id, "position": position})
        reason = {"rule_id": "balance_drop", "key": "", "rank": 1, "rule_version": 1, "candidate_id": task_id}
        worth = {"value_minor": 13409000, "expected_minor": 598405, "evidence": json.dumps(EVIDENCE)}
        connection.execute(
            task_reasons.insert(), {"task_id": task_id, **reason, **worth, "as_of": DAY, "last_as_of": DAY}
        )
        event = {"number": 1, "at": AT, "who": "night", "event": "created", "after": {}, "note": ""}
        connection.execute(task_events.insert(), {"task_id": task_id, **event})


def fresh_database(server):
    """The URL of an empty database on a PostgreSQL server, which its end takes away."""
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("create database served")
    engine.dispose()
    return sa.make_url(server).set(database="served").render_as_string(hide_password=False)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def served(request, tmp_path_factory, tiny_bank):
    """The tiny bank served with keys and as an open demo, on each database; one process for all tests of it."""
    folder = tmp_path_factory.mktemp("served")
    home, patch = folder / "home", pytest.MonkeyPatch()
    patch.setenv("FORECARE_HOME", str(home))
    if request.param == "postgresql":
        patch.setenv("FORECARE_DATABASE_URL", fresh_database(request.getfixturevalue("postgres_server")))
    patch.delenv("FORECARE_API_KEYS", raising=False)
    source, data = tiny_bank(folder)
    assert answer(["intake", "--source", str(source), "--data", str(data)]) == 0
    settings = read_settings()
    patch.undo()
    (home / "demo.json").write_text("{}")
    with (
        TestClient(create_app(settings, api=read_api_settings(api_keys=f"wang:{KEY}")), **LOCAL) as locked,
        TestClient(create_app(settings), **LOCAL) as opened,
    ):
        yield settings, locked, opened


@pytest.fixture
def bank(served):
    """The tiny bank after its night, as nobody has touched it yet."""
    engine = connect(served[0].database)
    with engine.begin() as connection:
        for table in (audit, task_events, task_reasons, tasks, manager_days, runs):
            connection.execute(table.delete())
        fill(connection)
    yield engine
    engine.dispose()


@pytest.fixture
def client(served, bank):
    """Somebody who has a key but has not shown it yet."""
    served[1].headers.pop("X-API-Key", None)
    served[1].cookies.clear()
    return served[1]


@pytest.fixture
def wang(client):
    """Wang, who shows the key with every request."""
    client.headers["X-API-Key"] = KEY
    return client


@pytest.fixture
def demo(served, bank):
    """A visitor of an open demo."""
    served[2].cookies.clear()
    return served[2]


def looks(engine):
    with engine.connect() as connection:
        rows = connection.execute(sa.select(audit).order_by(audit.c.id)).all()
    return [(row.who, row.action, row.customer_id) for row in rows]


def events(engine, task_id="t1"):
    with engine.connect() as connection:
        query = sa.select(task_events.c.event).where(task_events.c.task_id == task_id).order_by(task_events.c.number)
        return list(connection.execute(query).scalars())


PATHS = ["/v1/tasks", "/v1/tasks/t1", "/v1/outcomes", "/v1/customers/C1", "/v1/customers/C1/pre-answers?channel=app"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("key", [None, "", "key-of-wang-012345678", "wang", "é" * 20])
def test_without_a_known_key_nothing_is_told(client, bank, path, key):
    headers = {} if key is None else {"X-API-Key": key.encode()}

    found = client.get(path, headers=headers)

    assert found.status_code == 401
    assert found.json() == {"detail": "a known X-API-Key is needed"}
    assert looks(bank) == []


def test_every_route_but_health_wants_a_key(client):
    spec = client.get("/v1/openapi.json").json()
    open_paths = [
        path for path, methods in spec["paths"].items() for method in methods.values() if not method.get("security")
    ]

    assert open_paths == ["/v1/health"]


def test_the_list_has_the_days_tasks_with_their_reasons(wang):
    said = wang.get("/v1/tasks", params={"language": "en"}).json()

    assert said["as_of"] == "2026-05-04"
    assert [task["task_id"] for task in said["tasks"]] == ["t1", "t2"]
    task = said["tasks"][0]
    assert task["value"] == {"amount_minor": 13409000, "currency": "CNY"}
    assert task["rules"] == ["balance_drop"]
    assert "CNY 134,090" in task["reasons"][0]["sentence"]
    assert task["reasons"][0]["evidence"] == EVIDENCE
    assert wang.get("/v1/tasks", params={"manager": "M2"}).json()["tasks"] == []
    assert wang.get("/v1/tasks", params={"day": "2026-05-03"}).json()["tasks"] == []
    assert wang.get("/v1/tasks", params={"state": "closed"}).json()["tasks"] == []


def test_every_look_at_a_customer_is_written_down(wang, bank):
    wang.get("/v1/tasks")
    wang.get("/v1/tasks/t1")
    wang.get("/v1/customers/C1")
    wang.get("/v1/customers/C1/pre-answers", params={"channel": "desktop"})

    seen = [("wang", "list tasks", "C1"), ("wang", "list tasks", "C1"), ("wang", "show task", "C1")]
    assert looks(bank) == [*seen, ("wang", "show customer", "C1"), ("wang", "pre-answers desktop", "C1")]


def test_what_is_not_there_is_404_as_json_and_no_look(wang, bank):
    for path in ("/v1/tasks/nobody", "/v1/customers/nobody", "/v1/customers/nobody/pre-answers?channel=app", "/v1/x"):
        found = wang.get(path)

        assert found.status_code == 404
        assert "detail" in found.json()
        assert "nobody" not in found.text
    assert looks(bank) == []


def test_an_outcome_sent_twice_is_recorded_once(wang, bank):
    sent = {"json": {"outcome": "reached_satisfied", "note": "ok"}, "headers": {"Idempotency-Key": "request-1"}}

    first = wang.post("/v1/tasks/t1/outcome", **sent)
    second = wang.post("/v1/tasks/t1/outcome", **sent)

    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert first.json()["state"] == "done"
    assert events(bank) == ["created", "outcome"]


def test_one_key_for_two_requests_is_a_conflict(wang, bank):
    headers = {"Idempotency-Key": "request-1"}
    wang.post("/v1/tasks/t1/outcome", json={"outcome": "reached_satisfied"}, headers=headers)

    for task, outcome in (("t1", "not_reached"), ("t2", "reached_satisfied")):
        assert wang.post(f"/v1/tasks/{task}/outcome", json={"outcome": outcome}, headers=headers).status_code == 409
    assert (events(bank), events(bank, "t2")) == (["created", "outcome"], ["created"])


def test_a_task_rests_until_its_day_and_not_longer_than_allowed(wang, bank):
    def send(key, until):
        return wang.post("/v1/tasks/t1/snooze", json={"until": until}, headers={"Idempotency-Key": key})

    assert send("request-1", "2026-05-06").json()["snoozed_until"] == "2026-05-06"
    assert send("request-2", "2026-05-04").status_code == 422
    assert send("request-3", "2027-05-04").status_code == 422
    assert events(bank) == ["created", "snoozed"]


BAD_BODIES = [
    b"",
    b"{",
    b"[]",
    b"\xff\xfe",
    b'{"outcome": NaN}',
    b'{"outcome": 1e999}',
    b'{"outcome": "\\ud800"}',
    b'{"outcome": "13800138000"}',
    b'{"outcome": "reached_satisfied", "13800138000": 1}',
    b'{"outcome": "reached_satisfied", "note": "13800138000\\u0000"}',
]


@pytest.mark.parametrize("body", BAD_BODIES)
def test_a_bad_body_is_422_without_its_own_words(wang, bank, body):
    headers = {"Idempotency-Key": "request-1", "Content-Type": "application/json"}

    found = wang.post("/v1/tasks/t1/outcome", content=body, headers=headers)

    assert found.status_code == 422
    for one in found.json()["detail"]:
        assert set(one) == {"loc", "type", "msg"}
    assert "13800138000" not in found.text
    assert events(bank) == ["created"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1e9", "limit=NaN", "day=13800138000", "state=x", "language=fr", "manager=%00"]
)
def test_a_bad_query_is_422(wang, query):
    found = wang.get(f"/v1/tasks?{query}")

    assert found.status_code == 422
    assert "13800138000" not in found.text


def test_the_summary_of_a_customer_has_exact_money_and_no_open_number(wang):
    said = wang.get("/v1/customers/C1").json()

    assert said["assets"] == {"amount_minor": 13000, "currency": "CNY"}
    assert said["tasks"] == ["t1", "t2"]
    assert (said["opened_on"], said["segment"]) == ("2020-01-01", "mass")


def test_health_tells_nothing_about_anybody(client):
    found = client.get("/v1/health")

    assert found.status_code == 200
    said = {"ok": True, "database": True, "history": True, "scheduler": None, "newest_night": "2026-05-04"}
    assert found.json() == said


def test_pages_need_a_session_and_a_key_opens_one(client):
    assert client.get("/tasks").headers["location"] == "/login"
    token = re.search(r'name="token" value="(\w+)"', client.get("/login").text)[1]

    wrong = client.post("/login", data={"key": "key-of-wang-012345678", "token": token})
    right = client.post("/login", data={"key": KEY, "token": token})

    assert wrong.status_code == 401
    assert right.headers["location"] == "/tasks"
    cookie = right.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert client.get("/tasks").status_code == 200
    assert client.get("/v1/tasks").status_code == 401  # a session is for pages, not for the API


def form(page):
    """What the first outcome form of a page holds."""
    text = re.search(r'<form[^>]* action="/task/outcome">(.*?)</form>', page.text, re.S)[1]
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text)}


def test_an_outcome_form_sent_twice_records_once(demo, bank):
    sent = {**form(demo.get("/task?id=t1")), "outcome": "not_reached", "note": ""}

    for _ in range(2):
        found = demo.post("/task/outcome", data=sent)
        assert found.status_code == 303
        assert found.headers["location"] == "/task?id=t1&notice=outcome"
    assert events(bank) == ["created", "seen", "outcome"]


def test_a_form_without_our_token_or_from_another_site_changes_nothing(demo, bank):
    sent = {**form(demo.get("/tasks")), "outcome": "not_reached"}

    assert demo.post("/task/outcome", data={**sent, "token": "0" * 64}).status_code == 403
    foreign = {"Origin": "http://evil.example"}
    assert demo.post("/task/outcome", data=sent, headers=foreign).status_code == 403
    assert events(bank) == ["created"]


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example/", "/tasks\\evil", "/tasks\r\nSet-Cookie: a=b", ""]
)
def test_a_form_never_leads_to_another_site(demo, back):
    sent = {**form(demo.get("/tasks")), "outcome": "not_reached", "back": back}

    assert demo.post("/task/outcome", data=sent).headers["location"] == "/tasks?notice=outcome"


def test_an_open_demo_answers_to_this_machines_names_only(demo):
    assert demo.get("/v1/tasks").status_code == 200
    assert demo.get("/v1/tasks", headers={"Host": "bank.example"}).status_code == 421


def test_too_large_a_request_is_refused(wang):
    headers = {"Idempotency-Key": "request-1"}
    found = wang.post("/v1/tasks/t1/outcome", content=b"x" * 1_100_000, headers=headers)
    streamed = wang.post("/v1/tasks/t1/outcome", content=(b"x" * 10_000 for _ in range(110)), headers=headers)

    assert found.status_code == streamed.status_code == 413


@pytest.mark.parametrize(
    "path", ["/tasks", "/task?id=t1", "/customer/C1", "/customers", "/pre-answers", "/nothing", "/static/workbench.css"]
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_answer_keeps_the_browser_honest(demo, path, language):
    found = demo.get(path, headers={"Accept-Language": language})

    assert found.status_code == (404 if path == "/nothing" else 200)
    policy = found.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert found.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<script(?! src=)|\son\w+=|style=", found.text) or path.startswith("/static")


def test_a_note_with_a_tag_in_it_is_shown_as_text(demo):
    sent = {**form(demo.get("/tasks")), "outcome": "not_reached", "note": "<script>alert(1)</script>"}
    demo.post("/task/outcome", data=sent)

    page = demo.get("/task?id=t1").text

    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_a_day_without_a_night_says_what_to_do(demo, bank):
    with bank.begin() as connection:
        connection.execute(manager_days.delete())

    page = demo.get("/tasks?lang=en").text

    assert "No night has been run yet" in page
    assert "forecare run --as-of DAY" in page
