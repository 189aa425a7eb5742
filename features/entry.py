"""One entry of the catalogue as it is written: its fields, and what each of them may hold."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

AGGREGATES = (
    "sum", "count", "mean", "min", "max", "first", "last", "distinct", "std", "quantile", "slope",
    "gap_mean", "gap_std", "days_since", "time_since", "share", "most", "repeats", "burst", "streak", "days_above",
)  # fmt: skip
ZERO_WHEN_EMPTY = frozenset({"sum", "count", "distinct", "most", "repeats", "burst", "streak"})
CARRIED = frozenset({"mean", "min", "max", "last", "slope", "days_above"})
Hours = Annotated[float, Field(gt=0, le=87840, allow_inf_nan=False)]
Days = Annotated[int, Field(ge=1, le=3660)]
Several = Annotated[list[str], BeforeValidator(lambda one: [one] if isinstance(one, str) else one), Field(max_length=3)]
Words = Annotated[str, Field(min_length=2, max_length=200)]
Unit = Literal["count", "money", "ratio", "days", "hours", "day", "text", "flag", "number", "probability", "years"]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Defaults(_Form):
    """What holds for every entry of a file that does not say otherwise: the first item of its list."""

    owner: Words


class DefaultsItem(_Form):
    """`- defaults: {owner: data-team}`."""

    defaults: Defaults


class Quantile(_Form):
    """`quantile: {of: -amount, at: 0.99}`."""

    of: str
    at: float = Field(ge=0, le=1)


class Above(_Form):
    """`days_above: {of: balance, floor: 50000}`; the floor in currency units."""

    of: str
    floor: float = Field(allow_inf_nan=False)


class Entry(_Form):
    """Meaning of the fields: docs/signals.md. Exactly one of the AGGREGATES, `expression` and `given` is there."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_{}]{0,59}$")
    from_: str | None = Field(default=None, alias="from")
    windows: list[Days] | None = Field(default=None, min_length=1)
    look_back: Days | None = None
    until: int = Field(default=0, ge=0, le=3660)
    carry: Literal["account_id"] | None = None
    sum: str | None = None
    count: str | None = None
    mean: str | None = None
    min: str | None = None
    max: str | None = None
    first: str | None = None
    last: str | None = None
    distinct: str | None = None
    std: str | None = None
    quantile: Quantile | None = None
    slope: str | None = None
    gap_mean: str | None = None
    gap_std: str | None = None
    over: Literal["day", "ts"] | None = None
    days_since: str | None = None
    time_since: str | None = None
    share: str | None = None
    most: str | None = None
    repeats: Several | None = None
    burst: str | None = None
    within: Hours | None = None
    streak: str | None = None
    days_above: Above | None = None
    by: str | None = None
    where: str | None = None
    empty: Literal[0] | None = None
    expression: str | None = None
    given: Literal["score", "voice"] | None = None
    hidden: bool = False
    unit: Unit
    owner: Words | None = None
    zh: Words
    en: Words

    @property
    def does(self) -> str:
        """The one of the AGGREGATES, `expression` or `given` that the entry holds."""
        return next(name for name in (*AGGREGATES, "expression", "given") if getattr(self, name) is not None)

    @property
    def measured(self) -> tuple[str, ...]:
        """The expressions that the aggregate is of: one, or the several whose values `repeats` compares together."""
        value = getattr(self, self.does)
        if isinstance(value, Quantile | Above):
            return (value.of,)
        return tuple(value) if isinstance(value, list) else (value,)
