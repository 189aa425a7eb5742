"""The champion's scores: put into the signals of the day, and stored with the version that gave them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from care.words import read_words

if TYPE_CHECKING:
    from features.settings import Settings
    from features.warehouse import Warehouse
    from training.artefact import Champion

SCORES = ("churn_probability", "churn_rank")


def score_customers(
    home: Path, signals: pa.Table, model: Champion | None, as_of: date
) -> tuple[pa.Table, dict[str, Any] | None]:
    """The signals with the model's scores in them, and {status, version, customers}; None without one.

    The scores are stored as scores/as_of=DAY/scores.parquet with the model's version. Customers outside of the model's
    label (staff, those gone already) keep NULL.
    """
    if model is None:
        return signals, None
    from training.score import score

    scores = score(model, signals)
    _store(home, scores, as_of)
    found = signals.select(["customer_id"]).join(scores, "customer_id", join_type="left outer").sort_by("customer_id")
    for name in SCORES:
        if name in signals.column_names:
            place = signals.column_names.index(name)
            signals = signals.set_column(place, signals.field(name), found.column(name).cast(pa.float64()))
    return signals.combine_chunks(), {"status": "champion", "version": str(model.version), "customers": scores.num_rows}


def _store(home: Path, scores: pa.Table, as_of: date) -> None:
    folder = home / "scores" / f"as_of={as_of.isoformat()}"
    folder.mkdir(parents=True, exist_ok=True)
    waiting = folder / ".scores.writing"
    pq.write_table(scores.combine_chunks(), waiting, compression="zstd", write_page_checksum=True)
    waiting.replace(folder / "scores.parquet")


def why_unscored(warehouse: Warehouse, settings: Settings, as_of: date) -> dict[str, Any]:
    """{status, why} of a night without a champion: 'not enough data' and what is lacking, or 'not trained'."""
    from training.report import kept_lack
    from training.train import lack_of_history

    lack = lack_of_history(warehouse, settings, as_of)
    told = kept_lack(settings.home) if lack is None else lack.as_json()
    if told is None:
        words = read_words(Path(__file__).with_name("summary.yaml"))["not_trained"]
        return {"status": "not trained", "why": [words["en"]]}
    return {"status": told["status"], "why": told["why"]}
