"""A small model on made numbers, for tests that need a trained one but no bank."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import sqlalchemy as sa

from features.database import connect
from features.settings import Settings, read_settings
from training import artefact
from training.calibration import Calibration
from training.ledger import promotions
from training.matrix import Inputs, matrix
from training.model import Model, fit_model
from training.registry import Registry
from training.settings import read_training_settings

INPUTS = Inputs(
    ("assets_mean_90d", "assets_ratio_7_30", "complaints_90d", "segment"),
    {"segment": ("mass", "affluent")},
    {"assets_mean_90d": "balance", "assets_ratio_7_30": "balance", "complaints_90d": "service", "segment": "person"},
)


def made_snapshot(number: int = 2000, seed: int = 1) -> tuple[pa.Table, np.ndarray]:
    """Customers of a made day, and who of them left: the less balance kept and the more complaints, the likelier."""
    generator = np.random.default_rng(seed)
    ratio, complaints = generator.uniform(0.2, 1.5, number), generator.poisson(0.3, number)
    left = generator.random(number) < 1 / (1 + np.exp(3 * ratio - complaints))
    table = pa.table(
        {
            "customer_id": [f"c{i:05d}" for i in range(number)],
            "assets_mean_90d": generator.uniform(1_000, 90_000, number),
            "assets_mean_7d": np.full(number, 50_000.0),
            "accounts_open": np.where(np.arange(number) % 50 == 0, 0, 2),
            "is_staff": np.arange(number) % 40 == 0,
            "segment": np.where(np.arange(number) % 3 == 0, "affluent", "mass").tolist(),
            "assets_ratio_7_30": ratio,
            "complaints_90d": complaints,
        }
    )
    return table, left.astype(float)


@dataclass(frozen=True)
class Made:
    """A fitted model, and its files as they are stored."""

    model: Model
    files: artefact.Files


@pytest.fixture(scope="session")
def made() -> Made:
    table, y = made_snapshot()
    rows = matrix(table, INPUTS)
    later, later_y = made_snapshot(seed=2)
    settings = read_training_settings()
    fit = settings.model.model_copy(update={"rounds": 60, "stop_after": 10})
    model = fit_model(rows, y, matrix(later, INPUTS), later_y, INPUTS.names, fit, 1)
    return Made(model, artefact.pack(model, Calibration(1.1, 0.2), INPUTS, settings.label, rows, {"seed": 1}))


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow store without a run: making one takes seconds, copying it does not."""
    folder = tmp_path_factory.mktemp("store")
    Registry(folder).prepare()
    return folder / "mlflow.db"


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return read_settings(home=tmp_path / "home")


@pytest.fixture
def engine(home: Settings) -> Iterator[sa.Engine]:
    found = connect(home.database)
    promotions.create(found)
    yield found
    found.dispose()
