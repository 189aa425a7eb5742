"""MLflow: runs, versions, the alias champion, and the bytes of a model. The only importer of mlflow.

MLflow keeps and shows; it decides nothing (training.ledger does), and nothing of it is ever executed or unpickled.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from features.errors import Refusal

NAME = "churn"  # of the experiment and of the registered model
MODEL_FOLDER = "model"
REPORT = "report.json"
LONGEST = 500  # characters of a parameter that MLflow takes
# No reports about us, no progress bars on the user's terminal.
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
}


@dataclass(frozen=True)
class Run:
    """What a finished training leaves: `files` by path (those of the model under `model/`), `report` as it is shown."""

    fingerprint: str
    params: Mapping[str, Any]
    metrics: Mapping[str, float]
    files: Mapping[str, bytes]
    report: Mapping[str, Any]


class Registry:
    """The MLflow store under home: mlflow.db and models/runs."""

    def __init__(self, home: Path) -> None:
        self._home = home.absolute()

    @cached_property
    def _client(self) -> Any:
        from mlflow.tracking import MlflowClient

        self._home.mkdir(parents=True, exist_ok=True)
        address = f"sqlite:///{self._home / 'mlflow.db'}"
        return MlflowClient(tracking_uri=address, registry_uri=address)

    def prepare(self) -> None:
        """Make the store's tables where there are none; everything else does so by itself."""
        with _quiet():
            _ = self._client

    def find(self, fingerprint: str) -> tuple[str, dict[str, Any]] | None:
        """Id and report of the finished run with this fingerprint, None if there is none."""
        if not (self._home / "mlflow.db").exists():
            return None
        with _quiet():
            query = f"tags.fingerprint = '{fingerprint}' and attributes.status = 'FINISHED'"
            found = self._client.search_runs([self._experiment()], query, max_results=1)
            if not found:
                return None
            run = found[0].info.run_id
            return run, json.loads(self._files(run, REPORT)[REPORT])

    def log(self, run: Run, at: datetime) -> str:
        """Store a run and return its id; it counts as finished only when everything is there."""
        with _quiet():
            from mlflow.entities import Metric, Param

            moment = int(at.timestamp() * 1000)
            created = self._client.create_run(
                self._experiment(),
                start_time=moment,
                tags={"fingerprint": run.fingerprint},
                run_name=run.fingerprint[:12],
            )
            identifier: str = created.info.run_id
            metrics = [Metric(name, value, moment, 0) for name, value in sorted(run.metrics.items())]
            params = [Param(name, str(value)[:LONGEST]) for name, value in sorted(run.params.items())]
            self._client.log_batch(identifier, metrics=metrics, params=params)
            with tempfile.TemporaryDirectory() as folder:
                report = {REPORT: json.dumps(run.report, ensure_ascii=False, sort_keys=True).encode()}
                _write(Path(folder), {**run.files, **report})
                self._client.log_artifacts(identifier, folder)
            self._client.set_terminated(identifier, end_time=moment)
            return identifier

    def version_of(self, run: str) -> int:
        """The registered version of a run, made if there is none yet."""
        with _quiet():
            from mlflow.exceptions import MlflowException

            try:
                self._client.get_registered_model(NAME)
            except MlflowException:
                self._client.create_registered_model(NAME)
            known = self._client.search_model_versions(f"name = '{NAME}' and run_id = '{run}'")
            if known:
                return min(int(version.version) for version in known)
            source = f"{self._client.get_run(run).info.artifact_uri}/{MODEL_FOLDER}"
            return int(self._client.create_model_version(NAME, source, run_id=run).version)

    def name_champion(self, version: int) -> None:
        """Set MLflow's alias, for people who look there; the ledger is what counts."""
        with _quiet():
            self._client.set_registered_model_alias(NAME, "champion", str(version))

    def model_files(self, version: int) -> dict[str, bytes]:
        """The files of a version, unchecked; Refusal if MLflow does not have them."""
        place = f"{NAME} version {version}"
        if not (self._home / "mlflow.db").exists():
            raise Refusal("mlflow.db is missing", place=place, remedy="restore it from the backup or train again")
        with _quiet():
            from mlflow.exceptions import MlflowException

            try:
                return self._files(self._client.get_model_version(NAME, str(version)).run_id, MODEL_FOLDER)
            except (MlflowException, OSError) as error:
                reason = f"MLflow has no files ({error.__class__.__name__})"
                raise Refusal(reason, place=place, remedy="restore models/ from the backup or train again") from None

    def _experiment(self) -> str:
        found = self._client.get_experiment_by_name(NAME)
        if found is not None:
            return str(found.experiment_id)
        return str(self._client.create_experiment(NAME, artifact_location=(self._home / "models" / "runs").as_uri()))

    def _files(self, run: str, path: str) -> dict[str, bytes]:
        with tempfile.TemporaryDirectory() as folder:
            found = Path(self._client.download_artifacts(run, path, dst_path=folder))
            if found.is_file():
                return {found.name: found.read_bytes()}
            return {file.name: file.read_bytes() for file in sorted(found.iterdir()) if file.is_file()}


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@contextmanager
def _quiet() -> Iterator[None]:
    """MLflow and its migrations log and warn on the terminal of whoever calls; here they do not."""
    os.environ.update({name: value for name, value in QUIET.items() if name not in os.environ})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mlflow  # noqa: F401 - it sets its own logger's level when first imported

        loggers = [logging.getLogger(name) for name in ("mlflow", "alembic")]
        levels = [logger.level for logger in loggers]
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
