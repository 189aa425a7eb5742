from typing import Any

import numpy as np
import pyarrow as pa

from training.labels import after_signals, assets_drop, in_scope, scope_signals
from training.settings import read_training_settings

LABEL = read_training_settings().label


def _before(**given: Any) -> dict[str, Any]:
    usual = {
        "customer_id": "anna", "assets_mean_90d": 10_000.0, "assets_mean_7d": 9_000.0, "accounts_open": 2,
        "is_staff": False, "segment": "mass",
    }  # fmt: skip
    return {**usual, **given}


def _after(**given: Any) -> dict[str, Any]:
    return {"customer_id": "anna", "assets_mean_60d": 10_000.0, "accounts_open": 2, **given}


def _label(before: dict[str, Any], *after: dict[str, Any]) -> float:
    schema = pa.schema([("customer_id", pa.string()), ("assets_mean_60d", pa.float64()), ("accounts_open", pa.int64())])
    return float(
        assets_drop(pa.Table.from_pylist([before]), pa.Table.from_pylist(list(after), schema=schema), LABEL)[0]
    )


def _counts(**given: Any) -> bool:
    return bool(in_scope(pa.Table.from_pylist([_before(**given)]), LABEL)[0])


def test_exactly_half_of_the_assets_before_is_leaving_and_a_cent_more_is_staying() -> None:
    assert _label(_before(), _after(assets_mean_60d=5_000.0)) == 1
    assert _label(_before(), _after(assets_mean_60d=5_000.01)) == 0


def test_a_customer_who_closed_every_account_has_left_whatever_the_mean_says() -> None:
    assert _label(_before(), _after(accounts_open=0)) == 1
    assert _label(_before(), _after(accounts_open=0, assets_mean_60d=None)) == 1


def test_a_customer_missing_from_later_data_has_left() -> None:
    assert _label(_before(), _after(customer_id="somebody else")) == 1
    assert _label(_before()) == 1


def test_an_unknown_mean_with_open_accounts_is_no_label() -> None:
    assert np.isnan(_label(_before(), _after(assets_mean_60d=None)))
    assert np.isnan(_label(_before(assets_mean_90d=None), _after()))


def test_labels_follow_the_customer_and_not_the_place_in_the_table() -> None:
    before = pa.Table.from_pylist([_before(customer_id=name) for name in ("anna", "bao", "chen")])
    after = pa.Table.from_pylist(
        [_after(customer_id="chen", assets_mean_60d=1.0), _after(customer_id="aaron"), _after(customer_id="anna")]
    )
    assert assets_drop(before, after, LABEL).tolist() == [0, 1, 1]


def test_staff_and_customers_without_an_open_account_are_left_out() -> None:
    assert _counts()
    assert not _counts(is_staff=True)
    assert _counts(is_staff=None)
    assert not _counts(accounts_open=0)
    assert not _counts(accounts_open=None)


def test_the_floor_depends_on_the_segment_and_includes_itself() -> None:
    assert _counts(assets_mean_90d=2_000.0, assets_mean_7d=2_000.0)
    assert not _counts(assets_mean_90d=1_999.99, assets_mean_7d=2_000.0)
    assert not _counts(assets_mean_90d=19_999.0, segment="affluent")
    assert _counts(assets_mean_90d=20_000.0, assets_mean_7d=20_000.0, segment="affluent")
    assert _counts(assets_mean_90d=2_000.0, segment=None)
    assert not _counts(assets_mean_90d=None)


def test_a_customer_whose_money_is_gone_already_is_left_out() -> None:
    assert not _counts(assets_mean_7d=5_000.0)
    assert _counts(assets_mean_7d=5_000.01)
    assert not _counts(assets_mean_7d=None)


def test_the_label_asks_the_builder_only_for_what_it_reads() -> None:
    assert scope_signals(LABEL) == ("assets_mean_90d", "assets_mean_7d", "accounts_open", "is_staff", "segment")
    assert after_signals(LABEL) == ("assets_mean_60d", "accounts_open")
