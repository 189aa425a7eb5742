"""The API's forms: what comes in and what goes out. Money is an integer of minor units with its currency."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import Header, Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from care.tasks.outcomes import declines, outcomes

Language = Literal["zh", "en"]
Channel = Literal["phone", "desktop", "app", "wechat"]
State = Literal["open", "snoozed", "closed"]


def _storable(text: str) -> str:
    """No lone surrogates and no NUL: neither database takes them."""
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("holds a character that cannot be stored")
    return text


def _an_outcome(code: str) -> str:
    if code not in outcomes():
        raise ValueError(f"not one of {', '.join(outcomes())}")
    return code


def _a_reason(code: str) -> str:
    if code not in declines():
        raise ValueError(f"not one of {', '.join(declines())}")
    return code


Text = Annotated[str, AfterValidator(_storable)]
CustomerId = Annotated[Text, Path(max_length=100, description="The bank's number of the customer.")]
TaskId = Annotated[Text, Path(max_length=300)]
IdempotencyKey = Annotated[
    Text,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=100,
        description="Sent again with the same key, a request is done once.",
    ),
]


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Money(_Out):
    """An exact amount: 123456 minor units of CNY are 1,234.56 yuan."""

    amount_minor: int
    currency: str


class Reason(_Out):
    """Why: a rule that matched, with the signals as they stood."""

    rule_id: str
    rule_version: int
    name: str
    care_class: str
    sentence: str
    value: Money
    evidence: dict[str, Any]


class TaskItem(_Out):
    """A task in a manager's list."""

    task_id: str
    as_of: date = Field(description="The night that made it.")
    day: date = Field(description="The newest night that put it on a list.")
    position: int | None
    manager_id: str
    customer_id: str
    customer: str = Field(description="The masked name.")
    state: str
    deadline: str
    due_on: date
    care_class: str
    minutes: int
    value: Money
    expected: Money
    per_minute: float = Field(description="Expected value in currency units for a minute of the manager.")
    rules: list[str]
    reasons: list[Reason]
    talk_track: str
    outcome: str | None
    snoozed_until: date | None


class Tasks(_Out):
    """A day's tasks in the order in which they should be done."""

    as_of: date | None
    tasks: list[TaskItem]


class Other(_Out):
    """A candidate of the same customer and day with its fate."""

    rule_id: str
    stage: str
    fate: str
    reason: str
    said: str


class Event(_Out):
    """A change of a task: who, when, what."""

    at: datetime
    who: str
    event: str
    said: str


class TaskDetail(TaskItem):
    """A task with what became of the customer's other candidates, and what happened to it."""

    score: list[str] = Field(description="Why the model thinks that the customer may leave, a line a theme.")
    others: list[Other]
    events: list[Event]


class Choice(_Out):
    """A code with its words."""

    code: str
    zh: str
    en: str


class OutcomeIn(_In):
    """What came of a task; the codes stand in GET /v1/outcomes."""

    outcome: Annotated[Text, AfterValidator(_an_outcome)]
    note: Text = Field("", max_length=500)


class DeclineIn(_In):
    """Why a task is handed back: a code of care/tasks/declines.yaml."""

    reason: Annotated[Text, AfterValidator(_a_reason)]
    note: Text = Field("", max_length=500)


class SnoozeIn(_In):
    """Until which day a task should rest."""

    until: date


class Changed(_Out):
    """The task after a change."""

    task_id: str
    state: str
    outcome: str | None
    snoozed_until: date | None


class CustomerSummary(_Out):
    """What a colleague needs on the phone: masked name, facts, assets, signals, open tasks."""

    customer_id: str
    name: str
    phone: str
    as_of: date
    opened_on: date | None
    segment: str | None
    risk_rating: str | None
    manager_id: str | None
    assets: Money | None
    signals: dict[str, Any]
    tasks: list[str]


class PreAnswer(_Out):
    """A likely question with its answer filled in."""

    rank: int
    topic_id: str
    question: str
    answer: str
    confidence: float
    mode: str
    evidence: list[str]
    script: str | None = None
    version: int | None = None
    owner: str | None = None


class PreAnswers(_Out):
    """What one channel shows one customer now, best first."""

    customer_id: str
    channel: Channel
    language: Language
    pre_answers: list[PreAnswer]


class EventFault(_Out):
    """What is wrong with a field of a row; the field is empty where it is the row as a whole."""

    field: str
    reason: str


class EventAnswer(_Out):
    """What became of one row."""

    index: int
    id: str | None
    state: str = Field(description="accepted, held (until its time comes), refused, conflict")
    faults: list[EventFault]


class EventAnswers(_Out):
    """What became of the rows, in their order, and how many ended in each state."""

    counts: dict[str, int]
    rows: list[EventAnswer]


class RuleSubmitIn(_In):
    """A rule as YAML."""

    content: Text = Field(max_length=65_536)
    note: Text = Field("", max_length=500)


class RuleStepIn(_In):
    """What a step needs: the report of a replay, a live version's share, a note."""

    note: Text = Field("", max_length=500)
    share: float = Field(1.0, gt=0, le=1)
    report: dict[str, Any] = Field(default_factory=dict)


class RuleStep(_Out):
    """One step of a version."""

    state: str
    who: str
    at: datetime
    note: str
    share: float | None


class RuleVersion(_Out):
    """A version of a rule with everything that happened to it; `tampered` says what is not as it was written."""

    rule_id: str
    version: int
    state: str
    share: float
    sha: str
    tampered: str
    steps: list[RuleStep]


class RuleAlarm(_Out):
    """A rule that a night stopped alone."""

    as_of: date
    rule_id: str
    rule_version: int
    kind: str
    detail: str


class Health(_Out):
    """Whether the service can do its work."""

    ok: bool
    database: bool
    history: bool
    scheduler: bool | None = Field(description="null: this process runs no scheduler")
    newest_night: date | None
