"""The champion's scores: put into the signals of the day, and stored with the version that gave them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from care.words import read_words

if TYPE_CHECKING:
    from features.settings import Settings
    from features.warehouse import Warehouse
    from training.artefact import Champion

SCORES = ("churn_probability", "churn_rank")
CHANGE = "churn_change"


def score_customers(
    home: Path, signals: pa.Table, model: Champion | None, as_of: date
) -> tuple[pa.Table, dict[str, Any] | None]:
    """The signals with the model's scores in them, and {status, version, customers}; None without one.

    The scores are stored as scores/as_of=DAY/scores.parquet with the model's version. Customers outside of the model's
    label (staff, those gone already) keep NULL. The change is against the newest scores stored for an earlier day, of
    whatever version; NULL without them.
    """
    if model is None:
        return signals, None
    from training.score import score

    scores = score(model, signals)
    store_scores(home, scores, as_of)
    found = signals.select(["customer_id"]).join(scores, "customer_id", join_type="left outer")
    before = newest_before(home, as_of)
    found = found.join(before, "customer_id", join_type="left outer").sort_by("customer_id")
    change = pc.subtract(found.column("churn_probability"), found.column("churn_before"))
    for name, values in {**{name: found.column(name) for name in SCORES}, CHANGE: change}.items():
        if name in signals.column_names:
            place = signals.column_names.index(name)
            signals = signals.set_column(place, signals.field(name), values.cast(pa.float64()))
    return signals.combine_chunks(), {"status": "champion", "version": str(model.version), "customers": scores.num_rows}


def newest_before(home: Path, as_of: date) -> pa.Table:
    """customer_id and churn_before: the newest scores stored for a day before `as_of`; empty without any."""
    stored = [path for path in sorted((home / "scores").glob("as_of=*/scores.parquet"))
              if path.parent.name < f"as_of={as_of.isoformat()}"]  # fmt: skip
    if not stored:
        return pa.table({"customer_id": pa.array([], pa.string()), "churn_before": pa.array([], pa.float64())})
    found = pq.ParquetFile(stored[-1]).read(["customer_id", "churn_probability"])
    return found.rename_columns(["customer_id", "churn_before"])


def store_scores(home: Path, scores: pa.Table, as_of: date) -> None:
    """Keep the scores of a day; those that were stored for it before are replaced."""
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
