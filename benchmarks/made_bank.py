"""The made bank beside its truth: `python -m benchmarks.made_bank [--customers N] [--sizes 5000,20000,...]`.

First part: how well our churn model ranks, beside models that are given the truth as well as every signal, on the same
customers, days and labels:

    causes   each cause that has begun, its planned dates, and money that is away for a while; not who stays after all,
             nor who leaves without a cause: the ceiling of what can be known
    fate     who leaves and when: what is left is what the label itself cannot tell

Second part: time and memory of `forecare simulate` by size, each in a process of its own.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from features.build import build_signals
from features.catalogue import read_catalogue
from features.database import connect, migrate
from features.intake import intake
from features.settings import Settings, read_settings
from features.sources import simulated
from features.sources.simulated.simulate import simulate
from features.warehouse import Warehouse
from training.dataset import Dataset, Part, build_dataset, split_days
from training.matrix import model_inputs
from training.metrics import Numbers, quality
from training.model import fit_model
from training.settings import TrainingSettings, read_training_settings
from training.trial import try_model

SOURCE = Path(simulated.__file__).parent
AS_OF = date(2026, 7, 1)
FIRST = date(2025, 1, 1)
CAUSES = ("service", "salary", "offer", "drift")


@dataclass(frozen=True)
class Truth:
    """What each customer and day is given, as matrices: of the causes that have begun, and of the fate."""

    causes: Numbers
    fate: Numbers


def read_truth(folder: Path, part: Part) -> Truth:
    """The truth for each row of a part of the training set."""
    days = np.repeat(list(part.counts), list(part.counts.values()))
    rows = pa.table({"place": np.arange(len(days)), "customer_id": part.customers.tolist(), "day": pa.array(days)})
    with duckdb.connect() as connection:
        connection.register("rows", rows)
        told = connection.execute(
            f"""SELECT CASE WHEN exposed_on < day AND coalesce(back_on > day, true) THEN list_position($1, cause) END,
                CASE WHEN exposed_on < day THEN day - exposed_on END,
                CASE WHEN exposed_on < day THEN leaves_on - day END,
                CASE WHEN exposed_on < day AND coalesce(back_on > day, true) THEN leave_chance END,
                day - a.starts_on, a.ends_on - day,
                CASE WHEN leaves THEN leaves_on - day END, CASE WHEN leaves THEN gone_on - day END
            FROM rows JOIN read_parquet('{folder}/customers.parquet') AS c USING (customer_id)
            ASOF LEFT JOIN (SELECT * FROM read_parquet('{folder}/events.parquet')
                WHERE name IN ('bridge', 'house', 'elsewhere', 'payoff', 'inflow')) AS a
                ON a.customer_id = rows.customer_id AND rows.day > a.starts_on
            ORDER BY place""",
            [list(CAUSES)],
        ).to_arrow_table()
    columns = [told.column(place).cast(pa.float64()).to_numpy() for place in range(told.num_columns)]
    return Truth(np.column_stack(columns[:6]), np.column_stack(columns[4:]))


def ceilings(folder: Path, dataset: Dataset, training: TrainingSettings, seed: int) -> dict[str, Numbers]:
    """Scores of the later days by models that are given signals and truth, fitted as ours is."""
    parts = (dataset.train, dataset.validate, dataset.test)
    truths = [read_truth(folder, part) for part in parts]
    scores = {}
    for name in ("causes", "fate"):
        given = [np.hstack([part.x, getattr(truth, name)]) for part, truth in zip(parts, truths, strict=True)]
        train, validate, test = given
        names = [f"c{place}" for place in range(train.shape[1])]
        model = fit_model(train, dataset.train.y, validate, dataset.validate.y, names, training.model, seed)
        scores[name] = model.raw(test, tuple(names))
    return scores


def made(folder: Path, customers: int, seed: int) -> Settings:
    """A home with a made bank of that size taken in."""
    settings = read_settings(home=folder / "home")
    simulate(folder / "made", customers=customers, seed=seed)
    engine = connect(settings.database)
    migrate(engine)
    intake(SOURCE, folder / "made", settings, engine, delivered_at=datetime(2026, 7, 1, tzinfo=UTC))
    engine.dispose()
    return settings


def measure_model(folder: Path, customers: int, seed: int) -> list[str]:
    """Lines of a table: our model, the plain rule, the ceilings."""
    settings, training, catalogue = made(folder, customers, seed), read_training_settings(), read_catalogue()
    split = split_days(AS_OF, FIRST, training)
    if split is None:
        raise SystemExit("the made bank is too short to train on")
    warehouse = Warehouse(settings.home)

    def build(day: date, known_by: date, names: tuple[str, ...]) -> pa.Table:
        return build_signals(warehouse, catalogue, day, settings, known_by=known_by, names=names)

    dataset = build_dataset(build, split, model_inputs(catalogue, training.features), training.label, AS_OF)
    trial = try_model(dataset, training, seed, None)
    y = dataset.test.y
    lines = ["| who ranks | AP | AUC | lift in the first 5 % |", "|---|---|---|---|"]
    ours = {"our model": trial.quality, "the plain rule 'balance fell'": trial.rivals["balance_fell"].quality}
    truth = ceilings(folder / "made" / "truth", dataset, training, seed)
    known = {f"ceiling: knows the {name}": quality(y, score, None, training.metrics) for name, score in truth.items()}
    for name, found in (ours | known).items():
        lines.append(f"| {name} | {found.auc_pr:.3f} | {found.auc_roc:.3f} | {found.lift:.1f} |")
    best = known["ceiling: knows the causes"]
    gap = f"AP {best.auc_pr - trial.quality.auc_pr:.3f}, AUC {best.auc_roc - trial.quality.auc_roc:.3f}"
    return [
        f"{customers:,} customers, {len(y):,} rows, {y.mean():.1%} left\n",
        *lines,
        f"\nDistance to the ceiling: {gap}",
    ]


def measure_size(customers: int, months: int) -> str:
    """A line of the table of sizes: a made bank in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["--customers", str(customers), "--months", str(months), "--out", f"{folder}/made"]
        began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "api.cli", "simulate", *words], check=True, capture_output=True)
        wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        rows = duckdb.sql(f"SELECT count(*) FROM '{folder}/made/transactions/*.parquet'").fetchall()[0][0]
        size = sum(path.stat().st_size for path in Path(folder).rglob("*.parquet"))
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    memory = after.ru_maxrss / 2**20
    return f"| {customers:,} | {months} | {rows:,} | {wall:.0f} | {cpu:.0f} | {memory:.1f} | {size / 1e9:.2f} |"


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=20_000, help="for the ceiling; 0 leaves it out")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--sizes", default="", help="customers, with commas, ascending: memory is the most so far")
    parser.add_argument("--months", type=int, default=18, help="of the sizes")
    asked = parser.parse_args(words)
    if asked.customers:
        with tempfile.TemporaryDirectory() as folder:
            print("\n".join(measure_model(Path(folder), asked.customers, asked.seed)), flush=True)
    if asked.sizes:
        print("\n| customers | months | transactions | seconds | CPU seconds | GB at most | GB on disk |")
        print("|---|---|---|---|---|---|---|", flush=True)
        for customers in asked.sizes.split(","):
            print(measure_size(int(customers), asked.months), flush=True)


if __name__ == "__main__":
    main()
