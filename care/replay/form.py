"""How past days are replayed: the numbers of replay.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from features.documents import read_documents, validate


class Form(BaseModel):
    """Meaning of each number: replay.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days_at_once: int = Field(ge=1, le=366)
    warm_up_days: int = Field(ge=0, le=90)
    overlap_days: int = Field(ge=0, le=90)
    examples: int = Field(ge=1, le=200)
    bootstrap: int = Field(ge=50, le=10_000)
    interval: float = Field(gt=0, lt=1)
    seed: int


@cache
def read_form() -> Form:
    """The numbers in force."""
    return validate(read_documents(Path(__file__).with_name("replay.yaml"))[0], Form)
