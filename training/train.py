"""Train a churn model, from the warehouse to a promoted version. Readable from top to bottom."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from features.errors import Refusal
from features.moments import day_of, midnight
from training import artefact
from training.dataset import Build, Dataset, Part, Split, build_dataset, split_days
from training.fitness import Verdict, fitness_of_dataset, fitness_of_history, missing
from training.ledger import newest_promotion, promoted_hash, record_promotion
from training.matrix import model_inputs
from training.registry import MODEL_FOLDER, NAME, Registry, Run
from training.report import CHALLENGER, CHAMPION, TrainReport, keep_lack, not_enough, restored
from training.score import champion
from training.settings import TrainingSettings, read_training_settings
from training.trial import Trial, try_model

if TYPE_CHECKING:
    from features.catalogue import Catalogue
    from features.progress import Progress
    from features.settings import Settings
    from features.warehouse import Warehouse

WHO = "gate"  # of the ledger: promoted by the gate alone
Tell = Callable[[], None]


def train(
    warehouse: Warehouse,
    settings: Settings,
    *,
    as_of: date,
    seed: int,
    engine: sa.Engine,
    trained_at: datetime,
    progress: Progress | None = None,
    training: TrainingSettings | None = None,
    catalogue: Catalogue | None = None,
) -> TrainReport:
    """Train on what was known on `as_of`, log to MLflow, and promote if the gate lets it pass.

    Too little data is a report, not an error. The same warehouse, as_of, catalogue, settings and seed find the
    finished run again and return its report. `trained_at` (aware) is written down and changes nothing else.
    """
    training = training or read_training_settings()
    report = _trained(warehouse, settings, as_of, seed, engine, trained_at, progress, training, catalogue)
    keep_lack(settings.home, report)
    return report


def lack_of_history(
    warehouse: Warehouse, settings: Settings, as_of: date, training: TrainingSettings | None = None
) -> TrainReport | None:
    """Why what was known on `as_of` is too short for any model; None if it is long enough to try."""
    report, _, _ = _readiness(warehouse, settings, as_of, training or read_training_settings())
    return report


def _readiness(
    warehouse: Warehouse, settings: Settings, as_of: date, training: TrainingSettings
) -> tuple[TrainReport | None, Split | None, list[Verdict]]:
    first, last = _history(warehouse, settings, as_of)
    split = split_days(min(as_of, last + timedelta(days=1)), first, training) if first and last else None
    verdicts = fitness_of_history(first, last, split, training)
    lacking = missing(verdicts)
    return (not_enough(as_of, lacking) if split is None or lacking else None), split, verdicts


def _trained(
    warehouse: Warehouse,
    settings: Settings,
    as_of: date,
    seed: int,
    engine: sa.Engine,
    trained_at: datetime,
    progress: Progress | None,
    training: TrainingSettings,
    catalogue: Catalogue | None,
) -> TrainReport:
    from features.catalogue import read_catalogue

    catalogue = catalogue or read_catalogue()
    lacking, split, verdicts = _readiness(warehouse, settings, as_of, training)
    if split is None or lacking is not None:
        return lacking or not_enough(as_of, missing(verdicts))

    registry = Registry(settings.home)
    fingerprint = _fingerprint(warehouse, settings, catalogue, training, as_of, seed)
    found = registry.find(fingerprint)
    if found is None:
        inputs = model_inputs(catalogue, training.features)
        tell = _teller(progress, split)
        dataset = build_dataset(_builder(warehouse, catalogue, settings, tell), split, inputs, training.label, as_of)
        verdicts += fitness_of_dataset(dataset, training)
        if missing(verdicts):
            return not_enough(as_of, missing(verdicts))
        trial = try_model(dataset, training, seed, champion(settings, engine))
        tell()
        report = _report(trial, dataset, verdicts, as_of, catalogue)
        run = _run(trial, dataset, report, training, fingerprint, seed)
        found = registry.log(run, trained_at), report.stored()
        tell()
    version = registry.version_of(found[0])
    finished = restored(found[1], version)
    if finished.status == CHAMPION:
        _promote(registry, engine, finished, version, trained_at)
    return finished


def _history(warehouse: Warehouse, settings: Settings, as_of: date) -> tuple[date | None, date | None]:
    """First and last day with a transaction, as known on as_of."""
    from features.engine import open_history

    with open_history(warehouse, settings, known_by=midnight(as_of, settings.zone)) as history:
        row = history.execute("select min(event_at), max(event_at) from transactions").fetchone()
    if row is None or row[0] is None:
        return None, None
    return day_of(row[0], settings.zone), day_of(row[1], settings.zone)


def _fingerprint(
    warehouse: Warehouse, settings: Settings, catalogue: Catalogue, training: TrainingSettings, as_of: date, seed: int
) -> str:
    """What a training depends on, as one hash."""
    parts = [warehouse.version, settings.time_zone, catalogue.version, training.version, as_of.isoformat(), seed]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _builder(warehouse: Warehouse, catalogue: Catalogue, settings: Settings, tell: Tell) -> Build:
    from features.build import build_signals

    def build(day: date, known_by: date, names: tuple[str, ...]) -> pa.Table:
        table = build_signals(warehouse, catalogue, day, settings, known_by=known_by, names=names)
        tell()
        return table

    return build


def _teller(progress: Progress | None, split: Split) -> Tell:
    """Progress of a training: two builds a day, then fitting and storing."""
    total = 2 * len(split.days) + 2
    done = -1

    def tell() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress.step("train", done, total)

    tell()
    return tell


def _report(trial: Trial, dataset: Dataset, verdicts: list[Verdict], as_of: date, catalogue: Catalogue) -> TrainReport:
    parts: dict[str, Part] = {"train": dataset.train, "validate": dataset.validate, "test": dataset.test}
    facts: dict[str, Any] = {
        "days": dataset.split.as_json(),
        "rows": {name: len(part.y) for name, part in parts.items()},
        "share_left": {name: round(float(part.y.mean()), 6) for name, part in parts.items()},
        "customers": len(np.unique(np.concatenate([part.customers for part in parts.values()]))),
        "signals": len(dataset.inputs.names),
        "catalogue": catalogue.version,
        "trees": trial.model.rounds,
        "model": trial.quality.as_json(),
        "baselines": {name: rival.quality.as_json() for name, rival in trial.rivals.items()},
        "difference": {name: rival.difference.as_json() for name, rival in trial.rivals.items()},
        "importance": {name: round(share, 6) for name, share in list(trial.model.importance().items())[:15]},
        "fitness": [{"check": v.check, "found": v.found, "needed": v.needed, "ok": v.ok} for v in verdicts],
    }
    if trial.champion is not None:
        facts["former"] = trial.champion.quality.as_json()
        facts["difference"]["champion"] = trial.champion.difference.as_json()
    status = CHAMPION if trial.decision.passed else CHALLENGER
    return TrainReport(status, trial.decision.reasons, as_of, None, facts)


def _run(
    trial: Trial, dataset: Dataset, report: TrainReport, training: TrainingSettings, fingerprint: str, seed: int
) -> Run:
    """What MLflow keeps: parameters, measures, plots, the card, and the model's files."""
    from training.card import write_card
    from training.plots import draw_plots

    facts = {"fingerprint": fingerprint, "as_of": report.as_of.isoformat(), "days": report.facts["days"], "seed": seed}
    model = artefact.pack(trial.model, trial.calibration, dataset.inputs, training.label, dataset.train.x, facts)
    plots = draw_plots(
        dataset.test.y, trial.probability, trial.rankings, report.facts["importance"], training.metrics.bins
    )
    shown = {"status": report.status, "as_of": report.as_of.isoformat(), **report.facts}
    card = write_card(shown, report.why, training.label, plots)
    files = {**{f"{MODEL_FOLDER}/{name}": content for name, content in model.items()}, **plots, "card.html": card}
    params = {
        "as_of": report.as_of, "seed": seed, "settings": training.version, "signals": len(dataset.inputs.names),
        "catalogue": report.facts["catalogue"], **{f"label.{key}": value for key, value in training.label},
        **{f"model.{key}": value for key, value in training.model.params.items()},
    }  # fmt: skip
    return Run(fingerprint, params, _measures(report), files, report.stored())


def _measures(report: TrainReport) -> dict[str, float]:
    groups = {"model": report.facts["model"], **report.facts["baselines"]}
    flat = {f"{who}.{name}": value for who, found in groups.items() for name, value in found.items()}
    return {name: value for name, value in flat.items() if value is not None}


def _promote(registry: Registry, engine: sa.Engine, report: TrainReport, version: int, at: datetime) -> None:
    """Write the ledger once, then the alias; a training cut off between the two is finished by the next one."""
    files = registry.model_files(version)
    hashed = artefact.sha256(files.get(artefact.MANIFEST, b""))
    known = promoted_hash(engine, NAME, version)
    if known is None:
        artefact.check(files, hashed, place=f"{NAME} version {version}")
        why = [line.text("en") for line in report.why]
        measures = dict(report.facts["model"])
        record_promotion(engine, NAME, version, hashed, at=at, who=WHO, why=why, metrics=measures)
    elif known != hashed:
        place = f"{NAME} version {version}"
        raise Refusal("is not the model that the ledger promoted", place=place, remedy="restore mlflow.db and models/")
    newest = newest_promotion(engine, NAME)
    if newest is not None and newest.version == version:
        registry.name_champion(version)
