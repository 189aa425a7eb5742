import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import sqlalchemy as sa

from features.errors import Refusal
from features.settings import Settings
from training import artefact
from training.artefact import BOOSTER, MANIFEST, Champion
from training.ledger import newest_promotion, promoted_hash, record_promotion
from training.matrix import matrix
from training.registry import NAME, Registry, Run
from training.score import champion, reasons, score

from .conftest import INPUTS, Made, made_snapshot

NOON = datetime(2026, 6, 30, 4, tzinfo=UTC)


@pytest.fixture
def scorer(made: Made) -> Champion:
    manifest = json.loads(made.files[MANIFEST])
    return artefact.unpack(made.files, manifest, NAME, 4, place="here")


@pytest.fixture
def registry(made: Made, home: Settings, engine: sa.Engine, empty_store: Path) -> Registry:
    """A registry with the made model as version 1, promoted."""
    home.home.mkdir(exist_ok=True)
    shutil.copy(empty_store, home.home)
    registry = Registry(home.home)
    files = {f"model/{name}": content for name, content in made.files.items()}
    run = registry.log(Run("abc", {"seed": 1}, {"model.auc_pr": 0.4}, files, {"status": "champion"}), NOON)
    version = registry.version_of(run)
    hashed = artefact.sha256(made.files[MANIFEST])
    record_promotion(engine, NAME, version, hashed, at=NOON, who="gate", why=["better"], metrics={"auc_pr": 0.4})
    registry.name_champion(version)
    return registry


def test_everybody_in_scope_gets_a_probability_and_a_rank_in_order_of_customers(scorer: Champion) -> None:
    table, _ = made_snapshot(500, 3)
    shuffled = table.take(np.random.default_rng(1).permutation(500))
    found = score(scorer, shuffled)
    assert found == score(scorer, table)
    names = found.column("customer_id").to_pylist()
    assert names == sorted(names)
    assert set(found.column("model_version").to_pylist()) == {"4"}
    p, rank = (found.column(name).to_numpy() for name in ("churn_probability", "churn_rank"))
    assert ((p > 0) & (p < 1)).all()
    assert rank[np.argmax(p)] == 0
    assert rank.tolist() == [float((p > own).mean()) for own in p]


def test_staff_those_without_accounts_and_those_below_the_floor_are_not_scored(scorer: Champion) -> None:
    table, _ = made_snapshot(500, 3)
    scored = set(score(scorer, table).column("customer_id").to_pylist())
    rows = table.to_pylist()
    assert 0 < len(scored) < 500
    for row in rows:
        floor = 20_000 if row["segment"] == "affluent" else 2_000
        out = row["is_staff"] or row["accounts_open"] == 0 or row["assets_mean_90d"] < floor
        assert (row["customer_id"] in scored) != out


def test_the_same_score_has_the_same_rank(scorer: Champion) -> None:
    table, _ = made_snapshot(50, 3)
    twins = pa.concat_tables([table.slice(1, 1)] * 4 + [table.slice(2, 1)])
    twins = twins.set_column(0, "customer_id", pa.array(["a", "b", "c", "d", "e"]))
    rank = score(scorer, twins).column("churn_rank").to_pylist()
    assert rank[:4] == [rank[0]] * 4
    assert sorted([rank[0], rank[4]]) in ([0.0, 0.8], [0.0, 0.2])


def test_nobody_to_score_gives_an_empty_table(scorer: Champion) -> None:
    table, _ = made_snapshot(10, 3)
    assert score(scorer, table.slice(0, 0)).num_rows == 0


def test_a_snapshot_that_lacks_a_signal_is_refused_by_name(scorer: Champion) -> None:
    table, _ = made_snapshot(10, 3)
    with pytest.raises(Refusal, match="no signal 'complaints_90d'"):
        score(scorer, table.drop_columns(["complaints_90d"]))


def test_reasons_speak_for_leaving_strongest_first_with_theme_and_value(scorer: Champion) -> None:
    table, _ = made_snapshot(200, 5)
    found = reasons(scorer, table)
    assert list(found) == table.column("customer_id").to_pylist()
    shares = scorer.model.contributions(matrix(table, INPUTS), INPUTS.names)[:, :-1]
    for row, (customer, given) in enumerate(found.items()):
        strengths = [reason.contribution for reason in given]
        assert strengths == sorted(strengths, reverse=True)
        assert all(strength > 0 for strength in strengths)
        assert len(given) == min(5, int((shares[row] > 0).sum()))
        for reason in given:
            assert reason.value == table.column(reason.signal)[row].as_py(), customer
    assert {reason.theme for given in found.values() for reason in given} >= {"money_leaving", "service_pain"}
    assert all(len(given) <= 1 for given in reasons(scorer, table, most=1).values())


def test_without_a_promotion_there_is_no_champion(home: Settings, engine: sa.Engine) -> None:
    assert champion(home, engine) is None
    assert not (home.home / "mlflow.db").exists()


@pytest.mark.usefixtures("registry")
def test_the_champion_comes_through_the_registry_and_then_from_the_shelf(
    made: Made, home: Settings, engine: sa.Engine
) -> None:
    first = champion(home, engine)
    assert first is not None
    (home.home / "mlflow.db").unlink()
    second = champion(home, engine)
    assert second is not None
    rows = matrix(made_snapshot()[0], INPUTS)
    assert np.array_equal(first.model.raw(rows, INPUTS.names), second.model.raw(rows, INPUTS.names))
    assert np.array_equal(first.model.raw(rows, INPUTS.names), made.model.raw(rows, INPUTS.names))


@pytest.mark.usefixtures("registry")
def test_a_tampered_booster_is_refused_by_hash_and_a_tampered_shelf_is_replaced(
    made: Made, home: Settings, engine: sa.Engine
) -> None:
    assert champion(home, engine) is not None
    shelf = home.home / "models" / "promoted"
    (shelved,) = shelf.rglob(BOOSTER)
    shelved.write_bytes(shelved.read_bytes().replace(b"leaf_value=", b"leaf_value=9", 1))
    assert champion(home, engine) is not None
    assert shelved.read_bytes() == made.files[BOOSTER]

    (stored,) = (home.home / "models" / "runs").rglob(BOOSTER)
    for path in (shelved, stored):
        path.write_bytes(path.read_bytes().replace(b"leaf_value=", b"leaf_value=9", 1))
    with pytest.raises(Refusal, match=r"^churn version 1: booster\.txt is not the one that was promoted"):
        champion(home, engine)


def test_lost_files_are_a_refusal_that_says_what_to_restore(made: Made, home: Settings, engine: sa.Engine) -> None:
    hashed = artefact.sha256(made.files[MANIFEST])
    record_promotion(engine, NAME, 1, hashed, at=NOON, who="gate", why=[], metrics={})
    with pytest.raises(Refusal, match=r"mlflow\.db is missing; restore it"):
        champion(home, engine)


def test_a_run_is_found_by_its_fingerprint_and_registered_once(made: Made, registry: Registry) -> None:
    found = registry.find("abc")
    assert found is not None
    assert found[1] == {"status": "champion"}
    assert registry.find("abd") is None
    assert [registry.version_of(found[0]), registry.version_of(found[0])] == [1, 1]
    assert registry.model_files(1) == made.files


def test_the_ledger_appends_and_never_rewrites(engine: sa.Engine) -> None:
    for version, who in ((1, "gate"), (2, "li")):
        record_promotion(engine, NAME, version, f"{version}" * 64, at=NOON, who=who, why=["x"], metrics={})
    newest = newest_promotion(engine, NAME)
    assert newest is not None
    assert (newest.version, newest.sha256, newest.promoted_at) == (2, "2" * 64, NOON)
    with pytest.raises(sa.exc.IntegrityError):
        record_promotion(engine, NAME, 2, "3" * 64, at=NOON, who="li", why=[], metrics={})
    assert promoted_hash(engine, NAME, 2) == "2" * 64
    assert promoted_hash(engine, NAME, 3) is None
    assert newest_promotion(engine, "other") is None
