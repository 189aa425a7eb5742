"""One rule as its document says it: fields, their types and ranges."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from care.nouns import CareClass, Deadline

Verdict = Literal["match", "none", "not enough data"]
Channel = Literal["phone", "chat", "wechat", "branch", "app"]
Moment = Literal["day", "transaction", "contact", "app_event", "calendar", "incident"]
"""When a rule is asked: every night for every customer, or when something of this kind comes in, for its customer."""
Moments = Annotated[
    tuple[Moment, ...], BeforeValidator(lambda one: (one,) if isinstance(one, str) else one), Field(min_length=1)
]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Words(_Strict):
    """The same thing said in both languages."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def of(self, language: str) -> str:
        """The words in `language` (zh or en)."""
        return self.zh if language == "zh" else self.en


class Example(_Strict):
    """Signals as they might stand, and what the rule must say to them; a signal not given is unknown."""

    given: dict[str, Any]
    expect: Verdict
    why: str = Field(min_length=1)


class Rule(_Strict):
    """A rule of the book; the meaning of each field stands in docs and design as 'rule book'.

    when, value and probability are expressions over signals: the condition, the money at stake in currency units, and
    how likely the loss is without us. effect: the share of that loss which a contact is believed to avert. minutes: of
    a manager's time. cool_down: days, per key; key: signals that name the business fact, none for the customer.
    until: the condition that ends an episode (unknown does not), timeout_days: what ends it anyway. silences: classes
    of which nothing else may be done for a customer who matches; suppressed_by holds the same, rule by rule. waits_for:
    what no bank hands over yet, so that the rule cannot fire; without it a rule that never fires is a dead one.
    cap_a_day: matches a day over which the rule is stopped (None: the policy's).
    """

    id: str = Field(pattern="^[a-z][a-z0-9_]*$", max_length=64)
    version: int = Field(ge=1, le=1_000_000)
    owner: str = Field(min_length=1)
    expires_on: date
    name: Words
    care_class: CareClass = Field(alias="class")
    on: Moments
    when: str
    until: str
    timeout_days: int = Field(ge=1, le=3660)
    cap_a_day: int | None = Field(None, ge=1)
    evidence: tuple[str, ...] = Field(min_length=1)
    value: str | float
    probability: str | float
    effect: float = Field(ge=0, le=1)
    deadline: Deadline
    minutes: int = Field(ge=1, le=480)
    channels: tuple[Channel, ...] = Field(min_length=1)
    cool_down: int = Field(ge=0, le=3660)
    key: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    suppressed_by: tuple[str, ...] = ()
    silences: tuple[CareClass, ...] = ()
    playbook: str | None = None
    reason: Words
    talk_track: Words
    holdout: float = Field(ge=0, lt=1)
    enabled: bool = Field(strict=True)
    topics: tuple[str, ...] = ()
    waits_for: Words | None = None
    examples: tuple[Example, ...] = Field(min_length=1)
