"""Reading the catalogue: what is refused, where, and what a bank adds in its own folder."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from features.build import build_from
from features.catalogue import read_catalogue, read_folders
from features.errors import Refusal
from features.moments import midnight
from features.series import read_series_form

MEANING = "\n  zh: 含义\n  en: meaning\n  owner: tests"
SPEND = f"- name: spend_{{w}}d\n  from: transactions\n  windows: [7, 30]\n  sum: -amount\n  unit: money{MEANING}"
SHARE = f"- name: share\n  expression: spend_7d / spend_30d\n  unit: ratio{MEANING}"

REPEATS = (
    "- name: doubled_{w}d\n  from: transactions\n  windows: [7]\n  repeats: [counterparty_id, amount]\n  within: 24"
    f"\n  unit: count{MEANING}"
)
BURST = (
    f"- name: failed_{{w}}d\n  from: app_events\n  windows: [1]\n  burst: event_id\n  within: 1\n  unit: count{MEANING}"
)
ABOVE = (
    "- name: idle_{w}d\n  from: balances\n  windows: [30]\n  days_above: {of: balance, floor: 500}"
    f"\n  carry: account_id\n  unit: days{MEANING}"
)
GIVEN = f"- name: risk\n  unit: probability\n  given: score{MEANING}"


@pytest.fixture
def catalogue_of(tmp_path):
    def read(*texts):
        for number, text in enumerate(texts):
            (tmp_path / f"own{number or ''}.yaml").write_text(text, encoding="utf-8")
        return read_folders([tmp_path])

    return read


def test_windows_unfold_in_name_meaning_and_expression(catalogue_of):
    text = SPEND.replace("zh: 含义", "zh: 近{w}天消费")
    doubled = SHARE.replace("share", "double_{w}d").replace("spend_7d / spend_30d", "2 * spend_{w}d")
    doubled = doubled.replace("unit: ratio", "windows: [7, 30]\n  unit: money")
    catalogue = catalogue_of(f"{text}\n{doubled}")
    assert list(catalogue.signals) == ["spend_7d", "spend_30d", "double_7d", "double_30d"]
    assert catalogue.signals["spend_30d"].zh == "近30天消费"
    assert catalogue.signals["double_30d"].expression.text == "2 * spend_30d"
    assert catalogue.types == dict.fromkeys(catalogue.signals, "number")


def test_an_expression_may_stand_before_what_it_reads(catalogue_of):
    catalogue = catalogue_of(f"{SHARE}\n{SPEND}")
    assert [signal.name for signal in catalogue.needed(["share"])] == ["spend_30d", "spend_7d", "share"]


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        (SPEND.replace("-amount", "-amont"), 4, "unknown name 'amont'; did you mean 'amount'?"),
        (SHARE.replace("spend_7d", "spent_7d") + "\n" + SPEND, 2, "unknown name 'spent_7d'; did you mean 'spend_7d'?"),
        (SPEND.replace("transactions", "transaction"), 2, "unknown table 'transaction'; did you mean 'transactions'?"),
        (SPEND.replace("  from: transactions\n", ""), 1, "lacks 'from'"),
        (SPEND.replace("  windows: [7, 30]\n", "").replace("_{w}d", ""), 1, "does not say how far it looks back"),
        (SPEND.replace("windows", "window"), 3, "unknown field 'window'; did you mean 'windows'?"),
        (SPEND.replace("[7, 30]", "[7, 0]"), 3, "greater than or equal to 1"),
        (SPEND.replace("_{w}", "_{v}"), 1, "is no name of a signal"),
        (SPEND.replace("_{w}d", ""), 1, "several windows and one name"),
        (SPEND.replace("\n  zh: 含义", ""), 1, "field 'zh': field required"),
        (SPEND.replace("\n  en: meaning", ""), 1, "field 'en': field required"),
        (SPEND.replace("含义", "meaning"), 6, "holds no Chinese"),
        (SPEND.replace("\n  owner: tests", ""), 1, "has no owner"),
        (SPEND.replace("unit: money", "unit: money\n  count: amount"), 6, "has sum and count"),
        (SPEND.replace("  sum: -amount\n", ""), 1, "says nothing to compute"),
        (SPEND.replace("unit: money", "unit: moneys"), 5, "input should be 'count'"),
        (SPEND.replace("unit: money", "unit: count"), 5, "'-amount' is money"),
        (SPEND.replace("unit: money", "unit: text"), 5, "a number cannot have the unit 'text'"),
        (SPEND.replace("sum: -amount", "sum: kind"), 4, "'sum' wants a number, not a text"),
        (SPEND.replace("sum: -amount", "max: kind"), 4, "'max' wants a number or a day, not a text"),
        (SPEND.replace("sum: -amount", "last: ts"), 5, "a instant cannot have the unit"),
        (SPEND.replace("sum: -amount", "share: kind").replace("money", "ratio"), 4, "'share' wants a flag, not a text"),
        (SPEND.replace("sum: -amount", "count: amount"), 5, "'count' gives count, not money"),
        (SPEND.replace("sum: -amount", "sum: as_of"), 4, "unknown name 'as_of'"),
        (SPEND.replace("unit: money", "where: kind\n  unit: money"), 5, "the expression is a text, not a flag"),
        (SPEND.replace("unit: money", "where: amount > 'x'\n  unit: money"), 5, "between a number and a text"),
        (SPEND.replace("unit: money", "by: amount\n  unit: money"), 5, "'by' goes with first and last only"),
        (SPEND.replace("unit: money", "carry: account_id\n  unit: money"), 5, "levels are carried, events are not"),
        (SPEND.replace("from: transactions", "from: accounts").replace("-amount", "balance"), 3, "does not go with"),
        (SHARE.replace("unit", "from: accounts\n  unit") + "\n" + SPEND, 3, "'from' does not go with expression"),
        (SHARE.replace("spend_7d / spend_30d", "share + 1"), 2, "'share' is computed from itself"),
        (f"{SPEND}\n{SPEND}", 9, "signal 'spend_7d' stands already at"),
        (SPEND.replace("spend_{w}d", "customer_id").replace("[7, 30]", "[7]"), 1, "name of a column already"),
        (REPEATS.replace("\n  within: 24", ""), 4, "'repeats' does not say within how many hours; add 'within: 24'"),
        (REPEATS.replace("within: 24", "within: 0"), 5, "greater than 0"),
        (REPEATS.replace("within: 24", "within: .inf"), 5, "finite number"),
        (REPEATS.replace("amount]", "amont]"), 4, "unknown name 'amont'; did you mean 'amount'?"),
        (REPEATS.replace("amount]", "kind, status, amount]"), 4, "at most 3 items"),
        (REPEATS.replace("unit: count", "unit: days"), 6, "'repeats' gives count, not days"),
        (REPEATS.replace("transactions", "statements").replace("amount]", "owed]"), 4, "rows have a time of day"),
        (REPEATS.replace("transactions\n  windows: [7]", "series").replace("_{w}d", ""), 3, "rows happen at a moment"),
        (REPEATS.replace("repeats", "repeat"), 4, "unknown field 'repeat'; did you mean 'repeats'?"),
        (SPEND.replace("unit: money", "within: 24\n  unit: money"), 5, "'within' goes with repeats and burst only"),
        (BURST.replace("\n  within: 1", ""), 4, "'burst' does not say within how many hours"),
        (BURST.replace("burst: event_id", "streak: name"), 5, "'within' goes with repeats and burst only"),
        (BURST.replace("burst: event_id\n  within: 1", "streak: name"), 4, "'streak' wants a flag, not a text"),
        (
            BURST.replace("burst: event_id\n  within: 1\n  unit: count", "time_since: day\n  unit: days"),
            4,
            "'time_since' wants a instant, not a day",
        ),
        (BURST.replace("burst: event_id\n  within: 1", "time_since: ts"), 5, "'time_since' gives days or hours"),
        (BURST.replace("burst: event_id\n  within: 1", "gap_mean: ts"), 5, "'gap_mean' gives days or hours, not count"),
        (ABOVE.replace("balance, floor", "balances, floor"), 4, "unknown name 'balances'; did you mean 'balance'?"),
        (ABOVE.replace(", floor: 500", ""), 4, "field 'days_above.floor': field required"),
        (ABOVE.replace("of: balance", "of: balance / 2"), 4, "'balance / 2' is no money"),
        (ABOVE.replace("unit: days", "unit: money"), 6, "'days_above' gives days, not money"),
        (
            ABOVE.replace("balances", "transactions")
            .replace("\n  carry: account_id", "")
            .replace("balance,", "amount,"),
            4,
            "'days_above' is of levels",
        ),
        (SPEND.replace("unit: money", "over: ts\n  unit: money"), 5, "'over' goes with slope of events only"),
        (SPEND.replace("sum: -amount", "slope: -amount\n  over: hour"), 5, "input should be 'day' or 'ts'"),
        (
            SPEND.replace("transactions", "statements").replace("sum: -amount", "slope: owed\n  over: ts"),
            5,
            "have no time of day",
        ),
        (SPEND.replace("unit: money", "hidden: yes please\n  unit: money"), 5, "valid boolean"),
        (GIVEN.replace("given: score", "given: score\n  hidden: true"), 4, "'hidden' does not go with given"),
        ("- name: [", 1, "not YAML"),
        ("- just a word", 1, "not a mapping"),
    ],
)
def test_what_does_not_hold_is_refused_with_its_line(catalogue_of, tmp_path, text, line, complaint):
    with pytest.raises(Refusal) as refused:
        catalogue_of(text)
    assert str(refused.value).startswith(f"{tmp_path / 'own.yaml'}:{line}: ")
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_cycle_over_two_signals_is_refused(catalogue_of):
    one = SHARE.replace("spend_7d / spend_30d", "other + 1")
    other = SHARE.replace("name: share", "name: other").replace("spend_7d / spend_30d", "share - 1")
    with pytest.raises(Refusal, match="is computed from itself; break the cycle"):
        catalogue_of(f"{one}\n{other}")


def test_a_name_of_the_services_own_catalogue_is_taken(tmp_path):
    text = SPEND.replace("spend_{w}d", "assets").replace("[7, 30]", "[7]")
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Refusal, match=r"own.yaml:1: signal 'assets' stands already at .*balance.yaml:"):
        read_catalogue([tmp_path])


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(Refusal, match="no such folder"):
        read_catalogue([tmp_path / "nowhere"])


def test_the_version_changes_with_what_is_said_and_not_with_where(catalogue_of):
    version = catalogue_of(SPEND).version
    assert catalogue_of(f"# a word\n\n{SPEND}").version == version
    assert catalogue_of(SPEND.replace("-amount", "amount")).version != version
    assert catalogue_of(SPEND.replace("meaning", "another meaning")).version != version


def test_a_hidden_signal_is_read_by_others_and_stored_by_nobody(catalogue_of):
    catalogue = catalogue_of(f"{SPEND}\n  hidden: true\n{SHARE}")
    assert catalogue.stored == ("share",)
    assert catalogue.types == {"share": "number"}
    assert [signal.name for signal in catalogue.needed(catalogue.stored)] == ["spend_30d", "spend_7d", "share"]


def test_what_a_recurring_payment_is_belongs_to_the_version(catalogue_of):
    series = SPEND.replace("transactions\n  windows: [7, 30]", "series").replace("spend_{w}d", "spend")
    said = catalogue_of(series).signals["spend"].said
    assert read_series_form().said in said
    assert None in catalogue_of(SPEND).signals["spend_7d"].said


FIVE_LINES = """- {name: 'large_cash_{w}d', from: transactions, windows: [30],
   sum: -amount, unit: money,
   where: kind = 'cash' and channel = 'atm' and amount <= -1000,
   owner: our bank,
   zh: '近{w}天大额取现', en: 'Large cash withdrawals, last {w} days'}"""


def test_a_new_signal_is_five_lines_of_yaml_and_nothing_else(tmp_path, by_hand):
    assert len(FIVE_LINES.splitlines()) == 5
    (tmp_path / "cash.yaml").write_text(FIVE_LINES, encoding="utf-8")
    catalogue, zone, day = read_catalogue([tmp_path]), ZoneInfo("Asia/Shanghai"), date(2026, 7, 1)
    assert catalogue.signals["large_cash_30d"].subject == "cash"
    row = {"account_id": "C", "customer_id": "li", "ts": midnight(date(2026, 6, 20), zone), "kind": "cash"}
    row |= {"channel": "atm", "status": "booked"}
    amounts = (-99_999, -100_000, -250_050)
    rows = {
        "customers": [{"customer_id": "li", "opened_on": date(2020, 1, 1)}],
        "transactions": [{**row, "transaction_id": str(at), "amount": a} for at, a in enumerate(amounts)],
    }
    tables = frozenset({"customers", "accounts", "transactions"})
    table = build_from(by_hand(rows, tables=tables), catalogue, [day], zone=zone)
    assert table.column("large_cash_30d").to_pylist() == [3500.5]
    assert table.column_names == ["customer_id", "as_of", *catalogue.stored]
