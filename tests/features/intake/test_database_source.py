"""A bank that hands over its database: SQLite and a real PostgreSQL, read only, to the cent, all of one moment."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from features.delivery.source_database import SourceDatabase
from features.errors import Refusal

BOOKINGS = """
    SELECT id AS transaction_id, account AS account_id, customer AS customer_id, utc(CAST(booked AS TIMESTAMP)) AS ts,
        amount, 'card' AS kind, 'booked' AS status, _file, _line, TIMESTAMP '2026-02-28' AS known_at
    FROM read_database('SELECT id, account, customer, booked, amount FROM bookings ORDER BY id')"""


def _bookings(url: str, *rows: tuple[object, ...], amount: str = "NUMERIC(18, 2)") -> sa.Engine:
    """The bank's own database with its table of bookings."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"CREATE TABLE bookings (id TEXT, account TEXT, customer TEXT, booked TEXT, amount {amount})"
        )
        for number, row in enumerate(rows):
            values = dict(zip("abc", row, strict=True))
            statement = f"INSERT INTO bookings VALUES ('T{number}', 'A1', 'C1', :a, CAST(:b AS {amount}) + :c)"
            connection.execute(sa.text(statement), values)
    return engine


@pytest.fixture
def core(found_bank, database_url, monkeypatch):
    """A small bank whose payments lie in a database; its password comes from the environment."""
    bank = found_bank()
    bank.selects["transactions"] = BOOKINGS
    monkeypatch.setenv("BANK_CORE", database_url)
    (bank.source / "about.yaml").write_text("database: ${BANK_CORE}\n", encoding="utf-8")
    return bank


def test_payments_in_a_database_are_taken_in_to_the_cent_and_at_their_instant(core, database_url):
    _bookings(
        database_url, ("2026-02-01 08:00:00", "999999999999.99", 0), ("2026-02-02 08:00:00", "-0.01", 0)
    ).dispose()
    core.take()
    found = core.ask("SELECT transaction_id, ts, amount FROM transactions ORDER BY 1")
    midnight = [datetime(2026, 2, day) for day in (1, 2)]  # noqa: DTZ001
    assert found == [("T0", midnight[0], 99_999_999_999_999), ("T1", midnight[1], -1)]


def test_a_bad_row_of_a_database_is_named_by_the_select_and_its_number(core, database_url):
    _bookings(
        database_url, ("2026-02-01 08:00:00", "1.00", 0), ("2026-02-02 08:00:00", "2.005", 0), amount="NUMERIC"
    ).dispose()
    report = core.take()
    assert report.tables["transactions"].quarantined == 1
    assert report.first[0].startswith("read_database in transactions.sql:2: column amount: '2.005'")


def test_what_one_column_holds_in_several_kinds_comes_as_it_is_written(found_bank, tmp_path):
    bank = found_bank()
    engine = _bookings(f"sqlite:///{tmp_path}/core.db", ("2026-02-01 08:00:00", "1", 0), amount="BLOB")
    with engine.begin() as connection:  # SQLite keeps what it is given: a number, a text, a fraction
        connection.exec_driver_sql("INSERT INTO bookings VALUES ('T8', 'A1', 'C1', '2026-02-03 08:00:00', '12.30')")
        connection.exec_driver_sql("INSERT INTO bookings VALUES ('T9', 'A1', 'C1', '2026-02-03 08:00:00', 0.5)")
        connection.exec_driver_sql("INSERT INTO bookings VALUES ('T7', 'A1', 'C1', '2026-02-03 08:00:00', 'much')")
    engine.dispose()
    bank.selects["transactions"] = BOOKINGS
    (bank.source / "about.yaml").write_text(f"database: sqlite:///{tmp_path}/core.db\n", encoding="utf-8")
    report = bank.take()
    assert report.tables["transactions"].quarantined == 1
    assert bank.ask("SELECT transaction_id, amount FROM transactions WHERE transaction_id > 'T7' ORDER BY 1") == [
        ("T8", 1230),
        ("T9", 50),
    ]


def test_the_banks_own_sql_may_hold_colons_and_percent_signs(postgres_url):
    database = SourceDatabase(postgres_url, "about.yaml")
    query = "SELECT to_char(TIMESTAMP '2026-02-01 09:30', 'HH24:MI') AS t, '5 %'::text AS p, 7 % 4 AS r, ':x' AS x"
    assert list(database.rows(query, "x.sql")) == [(["t", "p", "r", "x"], [("09:30", "5 %", 3, ":x")])]
    database.close()


def test_all_tables_are_of_one_moment_whatever_the_bank_books_meanwhile(postgres_url):
    engine = _bookings(postgres_url, ("2026-02-01 08:00:00", "1.00", 0))
    database = SourceDatabase(postgres_url, "about.yaml")
    count = "SELECT count(*) AS n FROM bookings"
    assert list(database.rows(count, "x.sql")) == [(["n"], [(1,)])]
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO bookings VALUES ('T1', 'A1', 'C1', '2026-02-01', 1)")
    assert list(database.rows(count, "x.sql")) == [(["n"], [(1,)])]
    database.close()
    assert list(database.rows(count, "x.sql")) == [(["n"], [(2,)])]
    database.close()
    engine.dispose()


@pytest.mark.parametrize("statement", ["DELETE FROM bookings", "DROP TABLE bookings", "UPDATE bookings SET amount = 0"])
def test_a_source_cannot_change_the_banks_database(core, database_url, statement):
    engine = _bookings(database_url, ("2026-02-01 08:00:00", "1.00", 0))
    core.say("transactions", "SELECT id, account, customer, booked, amount FROM bookings ORDER BY id", statement)
    with pytest.raises(Refusal):
        core.take()
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*), sum(amount) FROM bookings").one() == (1, 1)
    engine.dispose()


def test_a_query_that_the_database_refuses_is_refused_with_its_place_and_without_the_password(core, database_url):
    _bookings(database_url).dispose()
    core.say("transactions", "FROM bookings", "FROM bookngs")
    with pytest.raises(Refusal, match=r"transactions\.sql: the database says: .*bookngs") as refused:
        core.take()
    assert "password" not in str(refused.value)


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ("currency: CNY", "names no database"),
        ("database: postgresql://reader:${NO_SUCH_NAME}@127.0.0.1:1/core", "the environment has no NO_SUCH_NAME"),
        ("database: nonsense", "the address of its database is none"),
        ("database: sqlite:////nowhere/core.db", "file /nowhere/core.db is not there"),
        (
            "database: postgresql://reader:tellnobody@127.0.0.1:1/core",
            r"reader:\*\*\*@127.0.0.1:1/core cannot be reached",
        ),
        ("database: nosuch://host/core", "cannot be reached"),
    ],
)
def test_a_database_that_cannot_be_read_is_refused_and_told_how_to_mend_it(small_bank, about, said):
    small_bank.selects["transactions"] = BOOKINGS
    (small_bank.source / "about.yaml").write_text(f"{about}\n", encoding="utf-8")
    with pytest.raises(Refusal, match=said) as refused:
        small_bank.take()
    assert "about.yaml" in str(refused.value)
    assert "tellnobody" not in str(refused.value)


def test_a_day_without_payments_is_an_empty_table_and_no_error(core, database_url):
    _bookings(database_url).dispose()
    core.take()
    assert core.ask("SELECT count(*) FROM transactions") == [(0,)]


def test_dates_flags_and_instants_of_a_database_keep_their_meaning(postgres_url):
    from features.delivery.row_batches import one_type, to_table

    database = SourceDatabase(postgres_url, "about.yaml")
    query = """SELECT DATE '2026-02-01' AS d, true AS f, TIMESTAMPTZ '2026-02-01 08:00+08' AS z,
        TIMESTAMP '2026-02-01 08:00' AS t, NULL AS n, 12345678901234567890::NUMERIC AS big"""
    ((names, rows),) = database.rows(query, "x.sql")
    database.close()
    table = to_table(names, rows, 1).cast(one_type([to_table(names, rows, 1).schema]))
    assert [str(kind) for kind in table.schema.types] == [
        "date32[day]", "bool", "timestamp[us, tz=UTC]", "timestamp[us]", "string", "string", "int64",
    ]  # fmt: skip
    assert table.to_pylist()[0]["z"] == datetime(2026, 2, 1, tzinfo=UTC)
    assert table.to_pylist()[0]["big"] == "12345678901234567890"
