"""Settings of training: settings.yaml beside this file, checked, with a hash that names them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from features.documents import read_documents, validate
from features.errors import Refusal


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(_Part):
    """What counts as leaving; days and shares."""

    name: str
    lead_days: int = Field(ge=0)
    until_days: int = Field(ge=1)
    look_back_days: int = Field(ge=1)
    drop: float = Field(gt=0, lt=1)
    floors: dict[str, float]
    floor: float = Field(ge=0)
    gone: float = Field(ge=0, lt=1)

    @property
    def before(self) -> str:
        """The signal of the mean assets before, at the as-of day."""
        return f"assets_mean_{self.look_back_days}d"

    @property
    def after(self) -> str:
        """The signal of the mean assets in the outcome window, at the window's end."""
        return f"assets_mean_{self.until_days - self.lead_days}d"


class Features(_Part):
    """Which signals the model sees."""

    look_back_days: int = Field(ge=1)
    left_out: tuple[str, ...]
    coded: dict[str, tuple[str, ...]]


class Days(_Part):
    """How many as-of days each part has, and how far apart they lie."""

    spacing: int = Field(ge=1)
    test: int = Field(ge=1)
    validate_: int = Field(ge=1, alias="validate")
    train: int = Field(ge=1)


class Fitness(_Part):
    """Limits below which data are not enough for a model."""

    history_times: float
    customers: int
    positives_train: int
    positives_validate: int
    positives_test: int
    positive_share: float
    signals: int
    filled_share: float


class Fit(_Part):
    """LightGBM's parameters and when to stop."""

    rounds: int = Field(ge=1)
    stop_after: int = Field(ge=1)
    params: dict[str, Any]


class Baselines(_Part):
    """What a model has to beat."""

    balance_fell: str
    logistic_c: float = Field(gt=0)


class Metrics(_Part):
    """How quality is measured."""

    served_share: float = Field(gt=0, lt=1)
    bins: int = Field(ge=2)
    bootstrap: int = Field(ge=20)
    interval: float = Field(gt=0, lt=1)


class Gate(_Part):
    """What a challenger must show."""

    baselines: float
    champion: float
    calibration_error: float
    single_auc: float
    auc: float


class Reasons(_Part):
    """How many reasons a customer gets."""

    most: int = Field(ge=1)


class TrainingSettings(_Part):
    """All of settings.yaml; meaning and units stand there."""

    label: Label
    features: Features
    days: Days
    fitness: Fitness
    model: Fit
    baselines: Baselines
    metrics: Metrics
    gate: Gate
    reasons: Reasons

    @property
    def version(self) -> str:
        """Hash of everything that is set."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def history_days(self) -> int:
        """Days of history below which there is no model."""
        return int(self.fitness.history_times * (self.features.look_back_days + self.label.until_days))


def read_training_settings(path: Path | None = None) -> TrainingSettings:
    """The settings in `path` (default: ours); Refusal names file, line and field at fault."""
    path = path or Path(__file__).with_name("settings.yaml")
    documents = read_documents(path)
    if len(documents) != 1:
        raise Refusal("must be one mapping", place=str(path))
    settings = validate(documents[0], TrainingSettings)
    if settings.label.lead_days >= settings.label.until_days:
        raise Refusal("'lead_days' must be below 'until_days'", place=documents[0].place(("label", "until_days")))
    return settings
