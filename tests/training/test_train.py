"""The whole training on a small made bank: 1,000 customers, 18 months, limits lowered to its size."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import sqlalchemy as sa

import features.sources
from care.decisions.explain import explain_task
from care.night import run_night
from care.score_reasons import read_score_reasons
from care.scores import why_unscored
from care.tasks.store import tasks_of_day
from features.build import build_signals
from features.catalogue import read_catalogue
from features.database import connect, migrate
from features.intake import intake
from features.settings import Settings, read_settings
from features.sources.simulated.simulate import simulate
from features.warehouse import Warehouse
from training.ledger import newest_promotion, promotions
from training.matrix import matrix, model_inputs
from training.registry import NAME, Registry
from training.report import TrainReport, keep_lack, not_enough
from training.score import champion, reasons, score
from training.settings import TrainingSettings, read_training_settings
from training.themes import OTHER, read_themes, theme_of
from training.train import train
from training.words import Line

SOURCE = Path(features.sources.__file__).parent / "simulated"
DELIVERED = datetime(2026, 7, 1, 1, tzinfo=UTC)
TODAY = date(2026, 7, 1)


def _small(days: int = 2) -> TrainingSettings:
    settings = read_training_settings()
    limits = {"customers": 300, "positives_train": 40, "positives_validate": 20, "positives_test": 30}
    return settings.model_copy(
        update={
            "days": settings.days.model_copy(update={"train": days, "test": days}),
            "fitness": settings.fitness.model_copy(update=limits),
            "model": settings.model.model_copy(update={"rounds": 200, "stop_after": 20}),
            "metrics": settings.metrics.model_copy(update={"bootstrap": 40}),
        }
    )


@dataclass(frozen=True)
class Bank:
    """A made bank with a home, and what training on it said."""

    settings: Settings
    warehouse: Warehouse
    engine: sa.Engine
    report: TrainReport

    def train(
        self, as_of: date = TODAY, seed: int = 1, at: datetime = DELIVERED, training: TrainingSettings | None = None
    ) -> TrainReport:
        return train(
            self.warehouse, self.settings, as_of=as_of, seed=seed, engine=self.engine, trained_at=at,
            training=training or _small(),
        )  # fmt: skip


def _taken(data: Path, home: Path) -> tuple[Settings, sa.Engine]:
    settings = read_settings(home=home, database_url="", identity_key="")
    engine = connect(settings.database)
    migrate(engine)
    intake(SOURCE, data, settings, engine, delivered_at=DELIVERED)
    return settings, engine


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    data = tmp_path_factory.mktemp("data")
    simulate(data, customers=1000)
    settings, engine = _taken(data, tmp_path_factory.mktemp("home"))
    warehouse = Warehouse(settings.home)
    empty = Bank(settings, warehouse, engine, TrainReport("", (), TODAY))
    yield Bank(settings, warehouse, engine, empty.train())
    engine.dispose()


def test_the_first_model_beats_both_baselines_and_becomes_champion(bank: Bank) -> None:
    told = bank.report.as_json()
    assert told["status"] == "champion", told["why"]
    assert told["version"] == "1"
    assert told["model"]["auc_pr"] > told["baselines"]["logistic"]["auc_pr"]
    assert told["model"]["auc_pr"] > told["baselines"]["balance_fell"]["auc_pr"]
    assert told["model"]["calibration_error"] <= 0.03
    assert 0.01 < told["share_left"]["test"] < 0.2
    promotion = newest_promotion(bank.engine, NAME)
    assert promotion is not None
    assert (promotion.version, promotion.promoted_at) == (1, DELIVERED)


def test_training_again_with_the_same_inputs_gives_the_same_report_and_no_second_version(bank: Bank) -> None:
    again = bank.train(at=datetime(2026, 7, 2, tzinfo=UTC))
    assert again == bank.report
    with bank.engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(promotions)).scalar() == 1


def test_a_promotion_that_was_cut_off_is_finished_by_the_next_training(bank: Bank) -> None:
    with bank.engine.begin() as connection:
        connection.execute(promotions.delete())
    assert champion(bank.settings, bank.engine) is None
    assert bank.train() == bank.report
    held = champion(bank.settings, bank.engine)
    assert held is not None
    assert held.version == 1


def test_a_challenger_that_is_no_better_than_the_champion_is_kept_but_not_promoted(bank: Bank) -> None:
    other = bank.train(seed=2, training=_small(days=1))
    assert other.status == "challenger"
    assert [line.code for line in other.why] == ["gate.champion"]
    assert other.version == 2
    promotion = newest_promotion(bank.engine, NAME)
    assert promotion is not None
    assert promotion.version == 1


def test_the_run_keeps_plots_card_and_a_model_without_pickles(bank: Bank) -> None:
    files = {path.name for path in (bank.settings.home / "models" / "runs").rglob("*") if path.is_file()}
    plots = {"precision_recall.png", "calibration.png", "importance.png"}
    assert files == {*plots, "card.html", "report.json", "booster.txt", "calibration.json", "manifest.json"}
    cards = [path.read_text(encoding="utf-8") for path in (bank.settings.home / "models" / "runs").rglob("card.html")]
    assert all("流失模型卡" in card and "Churn model card" in card for card in cards)
    assert set(Registry(bank.settings.home).model_files(1)) == {"booster.txt", "calibration.json", "manifest.json"}


def test_a_night_is_scored_by_the_champion_with_reasons_that_have_a_theme(bank: Bank) -> None:
    held = champion(bank.settings, bank.engine)
    assert held is not None
    snapshot = build_signals(bank.warehouse, read_catalogue(), TODAY, bank.settings)
    scores = score(held, snapshot)
    p = scores.column("churn_probability").to_numpy()
    assert 600 < scores.num_rows < snapshot.num_rows
    assert 0.02 < p.mean() < 0.12
    likeliest = set(
        scores.filter(pa.array(scores.column("churn_rank").to_numpy() < 0.02)).column("customer_id").to_pylist()
    )
    queue = snapshot.filter(pa.array([name in likeliest for name in snapshot.column("customer_id").to_pylist()]))
    found = reasons(held, queue)
    assert len(found) == len(likeliest)
    assert all(given and given[0].theme in read_themes() for given in found.values())
    assert {reason.theme for given in found.values() for reason in given} != {OTHER}


def test_a_night_keeps_why_each_one_on_the_list_may_leave_and_tells_it_by_theme(bank: Bank) -> None:
    said = run_night(bank.settings, bank.engine, TODAY, started_at=DELIVERED)
    assert said["model"]["status"] == "champion"
    with bank.engine.connect() as connection:
        listed = [
            task
            for task in tasks_of_day(connection, TODAY)
            if any(reason["rule_id"] == "churn_risk" for reason in task["reasons"])
        ]
        assert listed
        for task in listed:
            rows = read_score_reasons(connection, task["customer_id"], TODAY)
            shares = [row["contribution"] for row in rows]
            assert shares == sorted(shares, reverse=True)
            assert min(shares) > 0
        told = explain_task(connection, listed[0]["task_id"], "zh")
    themes = read_themes()
    strongest = themes[told["score"][0]["theme"]]
    assert any(strongest.zh in line and strongest.action_zh in line for line in told["lines"])
    assert any(one["en"].startswith(tuple(theme.en for theme in themes.values())) for one in _scores(said))


def _scores(said: dict[str, Any]) -> list[dict[str, str]]:
    return [line for task in said["tasks"]["top"] for line in task["score"]]


def test_a_night_without_a_model_says_what_the_newest_training_lacked(bank: Bank, tmp_path: Path) -> None:
    assert why_unscored(bank.warehouse, bank.settings, date(2026, 3, 1))["status"] == "not enough data"
    settings = read_settings(home=tmp_path, database_url="", identity_key="")
    assert why_unscored(bank.warehouse, settings, TODAY)["status"] == "not trained"
    keep_lack(tmp_path, not_enough(TODAY, [Line("fitness.customers", {"found": 3, "needed": 9, "day": "2026-03-01"})]))
    assert why_unscored(bank.warehouse, settings, TODAY)["status"] == "not enough data"
    keep_lack(tmp_path, bank.report)
    assert why_unscored(bank.warehouse, settings, TODAY)["status"] == "not trained"


def test_every_signal_that_the_model_reads_has_a_theme_by_name_or_subject() -> None:
    inputs = model_inputs(read_catalogue(), read_training_settings().features)
    subjects = {subject for theme in read_themes().values() for subject in theme.subjects}
    assert len(inputs.names) > 80
    assert set(inputs.subjects.values()) <= subjects
    assert not {"is_staff", "tenure_days", "churn_probability", "churn_rank", "last_topic"} & set(inputs.names)
    assert all(theme_of(name, inputs.subjects[name]) in read_themes() for name in inputs.names)


def test_every_signal_that_a_theme_names_is_in_the_catalogue() -> None:
    named = {name for theme in read_themes().values() for name in theme.signals}
    assert named <= set(read_catalogue().signals)


def test_a_bank_with_fourteen_months_has_no_model_and_says_why(bank: Bank) -> None:
    told = bank.train(as_of=date(2026, 3, 1)).as_json()
    assert told["status"] == "not enough data"
    assert len(told["why"]) == 1
    assert "at least 540 are needed" in told["why"][0]


def test_a_bank_with_too_few_customers_has_no_model_and_says_why(bank: Bank) -> None:
    small = _small(days=1)
    wanted = small.model_copy(update={"fitness": small.fitness.model_copy(update={"customers": 5000})})
    report = bank.train(training=wanted)
    told = report.as_json("zh")
    assert told["status"] == "not enough data"
    assert any("至少需要 5,000 人" in line for line in told["why"])


def test_an_empty_warehouse_has_no_model_and_says_why(tmp_path: Path) -> None:
    settings = read_settings(home=tmp_path, database_url="", identity_key="")
    engine = connect(settings.database)
    migrate(engine)
    report = train(
        Warehouse(tmp_path), settings, as_of=TODAY, seed=1, engine=engine, trained_at=DELIVERED, training=_small()
    )
    assert report.as_json()["status"] == "not enough data"
    assert "history of 0 days" in report.as_json()["why"][0]
    engine.dispose()


def test_rows_at_or_after_the_day_change_no_training_signal(tmp_path: Path) -> None:
    day = date(2025, 12, 2)
    simulate(tmp_path / "before", customers=150)
    shutil.copytree(tmp_path / "before", tmp_path / "after")
    with duckdb.connect() as connection:
        for path in [*(tmp_path / "after" / "transactions").glob("*.parquet"), tmp_path / "after" / "contacts.parquet"]:
            later = f"ts >= TIMESTAMP '{day} 00:00'"
            columns = [row[0] for row in connection.execute(f"DESCRIBE FROM '{path}'").fetchall()]
            change = (
                f"* REPLACE (CASE WHEN {later} THEN amount * 3 ELSE amount END AS amount)"
                if "amount" in columns
                else "*"
            )
            rows = connection.execute(
                f"SELECT {change} FROM '{path}' WHERE {change != '*'} OR NOT {later}"
            ).to_arrow_table()
            pa.parquet.write_table(rows, path)
    inputs = model_inputs(read_catalogue(), read_training_settings().features)
    found = []
    for name in ("before", "after"):
        settings, engine = _taken(tmp_path / name, tmp_path / f"home_{name}")
        engine.dispose()
        warehouse = Warehouse(settings.home)
        found.append((warehouse.version, build_signals(warehouse, read_catalogue(), day, settings, names=inputs.names)))
    assert found[0][0] != found[1][0]
    assert matrix(found[0][1], inputs).tobytes() == matrix(found[1][1], inputs).tobytes()
