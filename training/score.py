"""Score customers with the champion and say why."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from features.errors import Refusal
from training import artefact
from training.artefact import Champion, Files
from training.labels import in_scope
from training.ledger import newest_promotion
from training.matrix import matrix
from training.metrics import Numbers
from training.registry import NAME, Registry
from training.themes import theme_of

if TYPE_CHECKING:
    import sqlalchemy as sa

    from features.settings import Settings

SCORES = pa.schema(
    [
        ("customer_id", pa.string()),
        ("churn_probability", pa.float64()),
        ("churn_rank", pa.float64()),
        ("model_version", pa.string()),
    ]
)


@dataclass(frozen=True)
class Reason:
    """One signal that speaks for leaving: contribution in log-odds (exact TreeSHAP), value as it stood."""

    signal: str
    theme: str
    contribution: float
    value: Any


def champion(settings: Settings, engine: sa.Engine) -> Champion | None:
    """The model in force by the ledger, None if none was ever promoted.

    Its files come from home/models/promoted if they are there and whole, else from MLflow; either way their hashes
    must be those of the ledger. A model that is fetched is loaded and tried in a child process first. Refusal names
    what is wrong.
    """
    promotion = newest_promotion(engine, NAME)
    if promotion is None:
        return None
    place = f"{NAME} version {promotion.version}"
    shelf = settings.home / "models" / "promoted" / promotion.sha256
    try:
        files = {path.name: path.read_bytes() for path in sorted(shelf.iterdir())} if shelf.is_dir() else {}
        manifest = artefact.check(files, promotion.sha256, place=place)
    except Refusal:
        files = Registry(settings.home).model_files(promotion.version)
        manifest = artefact.check(files, promotion.sha256, place=place)
        artefact.prove_files(files, manifest, place=place)
        _shelve(shelf, files)
    return artefact.unpack(files, manifest, NAME, promotion.version, place=place)


def _shelve(shelf: Path, files: Files) -> None:
    shelf.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".", dir=shelf.parent))
    for name, content in files.items():
        (folder / name).write_bytes(content)
    if shelf.exists():
        shutil.rmtree(shelf)
    folder.replace(shelf)


def score(champion: Champion, snapshot: pa.Table) -> pa.Table:
    """customer_id, churn_probability, churn_rank, model_version, by customer_id, of the customers in the label's scope.

    churn_rank is the share of them who score higher: 0 is the likeliest leaver. Staff, those gone already and those
    below the floor have no row.
    """
    snapshot = snapshot.filter(pa.array(in_scope(snapshot, champion.label))).sort_by("customer_id")
    raw = champion.model.raw(matrix(snapshot, champion.inputs), champion.inputs.names)
    number = snapshot.num_rows
    columns = [
        snapshot.column("customer_id").cast(pa.string()),
        pa.array(champion.calibration.probability(raw), pa.float64()),
        pa.array(_rank(raw), pa.float64()),
        pa.array([str(champion.version)] * number, pa.string()),
    ]
    return pa.table(columns, schema=SCORES)


def _rank(raw: Numbers) -> Numbers:
    """Share of rows with a higher value."""
    if not len(raw):
        return np.empty(0)
    _, place, counts = np.unique(-raw, return_inverse=True, return_counts=True)
    higher = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return np.asarray(higher[place] / len(raw), dtype=np.float64)


def reasons(champion: Champion, rows: pa.Table, most: int | None = None) -> dict[str, list[Reason]]:
    """What speaks for leaving, by customer: the strongest signals first, at most `most` (default: settings).

    Only contributions above zero are reasons. Explaining is slow: pass the customers who are in the queue.
    """
    from training.settings import read_training_settings

    most = most or read_training_settings().reasons.most
    names = champion.inputs.names
    shares = champion.model.contributions(matrix(rows, champion.inputs), names)[:, :-1]
    values = {name: rows.column(name) for name in names}
    found: dict[str, list[Reason]] = {}
    for row, customer in enumerate(rows.column("customer_id").to_pylist()):
        strongest = [place for place in np.argsort(-shares[row], kind="stable")[:most] if shares[row, place] > 0]
        found[customer] = [
            Reason(
                names[place],
                theme_of(names[place], champion.inputs.subjects[names[place]]),
                float(shares[row, place]),
                values[names[place]][row].as_py(),
            )
            for place in strongest
        ]
    return found
