from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from care.preanswers.recency import RECENCY, recency
from features.intake import intake
from features.settings import read_settings
from features.warehouse import Warehouse

AS_OF = date(2026, 3, 1)
SOURCE = {
    "customers": "SELECT id AS customer_id, DATE '2020-01-01' AS opened_on, "
    "TIMESTAMP '2020-01-01' AS known_at, _file, _line FROM read_csv('customers.csv')",
    "accounts": "SELECT id AS account_id, id AS customer_id, 'current' AS product, 'CNY' AS currency, "
    "DATE '2020-01-01' AS opened_on, _file, _line FROM read_csv('customers.csv')",
    "transactions": "SELECT id AS transaction_id, id AS account_id, id AS customer_id, TIMESTAMP '2020-01-02' AS ts, "
    "'1.00' AS amount, 'other' AS kind, 'booked' AS status, _file, _line FROM read_csv('customers.csv')",
    "contacts": "SELECT id AS contact_id, who AS customer_id, utc(at_time::TIMESTAMP) AS ts, "
    "nullif(topic, '') AS topic_id, "
    "kind, utc(known::TIMESTAMP) AS known_at, _file, _line "
    "FROM read_csv('contacts.csv')",
}


@pytest.fixture
def bank(tmp_path: Path):
    """Takes in a bank whose contacts are (customer, local time, topic, kind, local time at which it was known)."""

    def take(*contacts):
        settings = read_settings(home=tmp_path / "home", time_zone="Asia/Shanghai")
        folders = [tmp_path / "tiny", tmp_path / "data"]
        for folder in folders:
            folder.mkdir(exist_ok=True)
        for table, select in SOURCE.items():
            (folders[0] / f"{table}.sql").write_text(select)
        (folders[1] / "customers.csv").write_text("id\nann\nbob\n")
        rows = [f"{number},{','.join(row)}" for number, row in enumerate(contacts)]
        (folders[1] / "contacts.csv").write_text("\n".join(["id,who,at_time,topic,kind,known", *rows]) + "\n")
        engine = sa.create_engine("sqlite://")
        report = intake(folders[0], folders[1], settings, engine, delivered_at=datetime(2026, 3, 2, tzinfo=UTC))
        engine.dispose()
        assert report.tables["contacts"].quarantined == 0
        return Warehouse(settings.home), settings

    return take


def asked(who, day, topic="fee_reason", kind="question", known=None):
    return (
        who,
        f"{day} 10:00:00" if len(day) == 10 else day,
        topic,
        kind,
        known or (day if len(day) > 10 else f"{day} 10:00:00"),
    )


def test_contacts_are_counted_by_customer_and_topic_with_days_since_the_newest(bank):
    table = recency(
        *bank(asked("bob", "2026-02-01"), asked("ann", "2026-02-26"), asked("ann", "2026-02-10"),
              asked("ann", "2026-02-28", "due_date")), AS_OF,
    )  # fmt: skip
    assert table.schema == RECENCY
    assert table.to_pylist() == [
        {"customer_id": "ann", "topic_id": "due_date", "contacts": 1, "days_since": 1},
        {"customer_id": "ann", "topic_id": "fee_reason", "contacts": 2, "days_since": 3},
        {"customer_id": "bob", "topic_id": "fee_reason", "contacts": 1, "days_since": 28},
    ]


def test_a_day_is_the_banks_day_and_the_day_itself_does_not_count(bank):
    table = recency(*bank(asked("ann", "2026-02-28 23:59:59"), asked("bob", "2026-03-01 00:00:00")), AS_OF)
    assert table.to_pylist() == [{"customer_id": "ann", "topic_id": "fee_reason", "contacts": 1, "days_since": 1}]


def test_what_the_bank_did_not_know_yet_does_not_count(bank):
    warehouse, settings = bank(asked("ann", "2026-02-20", known="2026-03-01 09:00:00"))
    assert recency(warehouse, settings, AS_OF).num_rows == 0
    assert recency(warehouse, settings, AS_OF, known_by=date(2026, 3, 2)).num_rows == 1


def test_praise_and_contacts_without_a_topic_are_no_questions(bank):
    assert (
        recency(*bank(asked("ann", "2026-02-20", kind="praise"), asked("ann", "2026-02-20", "")), AS_OF).num_rows == 0
    )


def test_the_look_back_ends_after_180_days(bank):
    table = recency(*bank(asked("ann", "2025-09-02"), asked("bob", "2025-09-01")), AS_OF)
    assert [(row["customer_id"], row["days_since"]) for row in table.to_pylist()] == [("ann", 180)]
