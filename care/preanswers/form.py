"""The written form of a topic: its front matter, and the rules by which its texts are written."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from care.nouns import CareClass
from features.documents import read_documents, validate

Language = Literal["zh", "en"]
TOPIC_IDS = (
    "transfer_arrival", "transfer_blocked", "account_restricted", "bill_amount", "bill_higher", "due_date",
    "instalment_cost", "credit_limit", "fee_reason", "auto_debit", "unknown_charge", "refund_arrival", "salary_arrival",
    "deposit_maturity", "deposit_rates", "redemption_arrival", "product_loss", "prepay_loan", "loan_repricing",
    "application_status", "card_delivery", "password_device", "otp_face", "document_update", "case_progress",
)  # fmt: skip
"""The closed list of topics: contacts, topics, rules and channels use these ids and no others."""


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Words(_Form):
    """One text in every language we speak."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def say(self, language: str) -> str:
        """The text in `language` ('zh' or 'en')."""
        return str(getattr(self, language))


class SignForm(_Form):
    """A condition over signals that makes the question likely; `because` is what the agent reads about it."""

    condition: str
    likelihood: float = Field(gt=0, lt=1)
    because: Words


class SlotForm(_Form):
    """A signal that a text may say; with `where` only for customers of whom that condition is true."""

    signal: str
    where: str | None = None


class TopicForm(_Form):
    """The front matter of topics/<id>.md; what each field means: README.md beside this file."""

    id: str
    version: int = Field(ge=1)
    owner: str = Field(min_length=1)
    valid_from: date
    valid_to: date
    approved_by: str | None = None
    care_class: CareClass = Field(alias="class")
    sensitive: bool = False
    family: str
    base: float = Field(gt=0, lt=1)
    when: list[SignForm] = Field(min_length=1)
    forbid: str | None = None
    slots: dict[str, SlotForm] = {}
    evidence: list[str] = []
    avoid: dict[Language, list[str]] = {}

    @field_validator("slots", mode="before")
    @classmethod
    def _short_slot(cls, slots: Any) -> Any:
        if not isinstance(slots, dict):
            return slots
        return {name: {"signal": slot} if isinstance(slot, str) else slot for name, slot in slots.items()}


class Recency(_Form):
    """How much a customer's own contacts on a topic say about the next one."""

    look_back_days: int = Field(ge=1)
    strength: float = Field(ge=0, lt=1)
    again: float = Field(ge=0, lt=1)
    most: float = Field(ge=0, lt=1)
    half_life_days: float = Field(gt=0)


class Prediction(_Form):
    """The numbers of prediction.yaml."""

    owner: str
    most: int = Field(ge=1)
    floor: float = Field(gt=0, lt=1)
    recency: Recency


class Section(_Form):
    """How long a section may be in each language, in characters, and how many sentences it has."""

    zh: int
    en: int
    sentences: int | None = None


class Writing(_Form):
    """The rules of writing.yaml."""

    owner: str
    languages: list[Language]
    slot_length: dict[Language, int]
    sections: dict[str, Section]
    selling: dict[Language, list[str]]
    blunt: dict[Language, list[str]]
    seen_by_customers: list[str]

    @model_validator(mode="after")
    def _known_sections(self) -> Writing:
        if unknown := set(self.seen_by_customers) - set(self.sections):
            raise ValueError(f"unknown section {sorted(unknown)}")
        return self


class DesktopWords(_Form):
    """The words of words.yaml."""

    asked: Words
    signal: Words


def _beside(name: str) -> Path:
    return Path(__file__).with_name(name)


@cache
def read_prediction() -> Prediction:
    """The numbers of prediction.yaml; Refusal if it is broken."""
    return validate(read_documents(_beside("prediction.yaml"))[0], Prediction)


@cache
def read_writing() -> Writing:
    """The rules of writing.yaml; Refusal if it is broken."""
    return validate(read_documents(_beside("writing.yaml"))[0], Writing)


@cache
def read_words() -> DesktopWords:
    """The words of words.yaml; Refusal if it is broken."""
    return validate(read_documents(_beside("words.yaml"))[0], DesktopWords)
