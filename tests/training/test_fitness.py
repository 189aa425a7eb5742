from dataclasses import replace
from datetime import date

import numpy as np

from training.dataset import Dataset, Part, Split, split_days
from training.fitness import fitness_of_dataset, fitness_of_history, missing
from training.matrix import Inputs
from training.settings import read_training_settings

SETTINGS = read_training_settings()
NAMES = tuple(f"s{i}" for i in range(25))


def _part(days: list[date], rows: int, leavers: int) -> Part:
    number = rows * len(days)
    y = np.zeros(number)
    y[:leavers] = 1
    return Part(np.ones((number, 25)), y, np.array(["c"] * number), dict.fromkeys(days, rows), ())


def _dataset() -> Dataset:
    first, second, third = date(2025, 7, 1), date(2025, 12, 1), date(2026, 4, 1)
    split = Split((first,), (second,), (third,))
    inputs = Inputs(NAMES, {}, {})
    return Dataset(inputs, split, _part([first], 1500, 120), _part([second], 1500, 60), _part([third], 1500, 60))


def _lacks(dataset: Dataset) -> list[str]:
    return [verdict.check for verdict in fitness_of_dataset(dataset, SETTINGS) if not verdict.ok]


def test_enough_of_everything_is_fit() -> None:
    assert _lacks(_dataset()) == []
    first, last = date(2025, 1, 1), date(2026, 6, 30)
    verdicts = fitness_of_history(first, last, split_days(last, first, SETTINGS), SETTINGS)
    assert missing(verdicts) == []


def test_fourteen_months_are_not_enough_and_it_is_said_what_to_do() -> None:
    first, last = date(2013, 1, 1), date(2014, 2, 28)
    lines = missing(fitness_of_history(first, last, split_days(last, first, SETTINGS), SETTINGS))
    assert lines[0].text("en").startswith("history of 424 days, at least 540 are needed: ")
    assert lines[0].text("zh").startswith("历史数据 424 天，至少需要 540 天：")


def test_no_history_at_all_is_a_report_and_not_an_error() -> None:
    assert [line.code for line in missing(fitness_of_history(None, None, None, SETTINGS))] == ["fitness.history"]


def test_a_long_history_without_a_mature_training_day_says_so() -> None:
    first, last = date(2025, 1, 1), date(2026, 6, 30)
    assert [line.code for line in missing(fitness_of_history(first, last, None, SETTINGS))] == ["fitness.days"]


def test_the_day_with_the_fewest_customers_decides_and_is_named() -> None:
    data = _dataset()
    small = replace(data, test=replace(data.test, counts={date(2026, 4, 1): 999}))
    assert _lacks(small) == ["customers"]
    assert "999 customers can be asked about on 2026-04-01" in missing(fitness_of_dataset(small, SETTINGS))[0].text(
        "en"
    )


def test_too_few_leavers_in_any_part_are_named_by_part() -> None:
    data = _dataset()
    assert _lacks(replace(data, train=_part([date(2025, 7, 1)], 1500, 99))) == ["positives_train"]
    assert _lacks(replace(data, validate=_part([date(2025, 7, 1)], 1500, 29))) == ["positives_validate"]
    assert _lacks(replace(data, test=_part([date(2025, 7, 1)], 1500, 29))) == ["positives_test"]


def test_if_nearly_everybody_leaves_the_label_is_broken() -> None:
    assert _lacks(
        replace(_dataset(), test=_part([date(2026, 4, 1)], 1500, 1500), train=_part([date(2025, 7, 1)], 1500, 900))
    ) == ["positive_share"]


def test_signals_without_values_do_not_count() -> None:
    data = _dataset()
    data.train.x[:, 19:] = np.nan
    assert _lacks(data) == ["signals"]


def test_an_empty_bank_has_a_report_too() -> None:
    data = _dataset()
    nobody = _part([date(2025, 7, 1)], 0, 0)
    nothing = replace(data, train=nobody, validate=nobody, test=nobody)
    assert _lacks(nothing) == ["customers", "positives_train", "positives_validate", "positives_test", "signals"]
