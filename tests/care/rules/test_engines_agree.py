"""One condition, one answer: over a row, over columns, and in DuckDB, SQLite and PostgreSQL."""

from __future__ import annotations

import random
import sqlite3
from datetime import date, timedelta

import duckdb
import pyarrow as pa
import pytest
import sqlalchemy as sa

from features.errors import Refusal
from features.expression import evaluate, parse_expression, to_sql
from features.expression.columns import run_over
from features.expression.program import compile_program

TYPES = {
    "assets": "number",
    "fall": "number",
    "complaints": "number",
    "segment": "text",
    "rating": "text",
    "is_staff": "flag",
    "due_on": "day",
    "opened_on": "day",
}
ARROW = {"number": pa.float64(), "text": pa.string(), "flag": pa.bool_(), "day": pa.date32()}
RULES, ROWS = 500, 40
"""Each rule over all the rows: 20,000 pairs, asked of each engine in 500 statements."""
NUMBERS = ["0", "1", "0.5", "3", "2.5", "5000", "5000.01", "0.1", "1e6", "-1", "7"]
TEXTS = ["'mass'", "'private'", "''", "'é'", "'it''s'", "'R3'"]
PAIR = ["and", "or"]
WORDS = ["segment", "rating"]
DAYS = ["due_on", "opened_on", "date '2026-03-01'", "date '2024-02-29'", "plus_days(due_on, complaints)"]


class Writer:
    """Writes conditions as a rule owner might, and worse."""

    def __init__(self, seed):
        self.chance = random.Random(seed)

    def number(self, depth):
        pick = self.chance.random()
        if depth == 0 or pick < 0.35:
            return self.chance.choice(["assets", "fall", "complaints", *NUMBERS])
        below = [self.number(depth - 1) for _ in range(3)]
        if pick < 0.6:
            return f"({below[0]} {self.chance.choice('+-*/')} {below[1]})"
        if pick < 0.7:
            return f"{self.chance.choice(['abs', 'floor', 'ceil', 'round'])}({below[0]})"
        if pick < 0.85:
            return f"{self.chance.choice(['least', 'greatest', 'coalesce'])}({', '.join(below)})"
        if pick < 0.92:
            return f"days_between({self.chance.choice(DAYS)}, {self.chance.choice(DAYS)})"
        return f"case when {self.flag(depth - 1)} then {below[0]} else {below[1]} end"

    def flag(self, depth):
        pick = self.chance.random()
        if depth and pick < 0.45:
            parts = [self.flag(depth - 1) for _ in range(self.chance.choice([2, 2, 3]))]
            joined = f" {self.chance.choice(PAIR)} ".join(parts)
            return f"({joined})" if pick < 0.38 else f"not {parts[0]}"
        compare = self.chance.choice(["=", "<>", "<", "<=", ">", ">="])
        leaf = self.chance.randrange(8)
        low, high = self.number(1), self.number(1)
        return [
            f"{self.number(depth)} {compare} {self.number(depth)}",
            f"{self.chance.choice(WORDS)} {compare} {self.chance.choice([*TEXTS, *WORDS])}",
            f"{self.chance.choice(DAYS)} {compare} {self.chance.choice(DAYS)}",
            f"{self.number(1)} between {low} and {high}",
            f"segment {self.chance.choice(['', 'not '])}in ({', '.join(self.chance.sample(TEXTS, 3))})",
            f"{self.number(1)} in ({low}, {high}, 3)",
            f"{self.chance.choice(list(TYPES))} is {self.chance.choice(['', 'not '])}null",
            f"coalesce(is_staff, {self.chance.choice(['true', 'false', 'is_staff'])})",
        ][leaf]


def rows(seed):
    chance = random.Random(seed)
    numbers = [0.0, -0.0, 0.5, 1.0, -1.0, 2.5, 3.0, 4999.99, 5000.0, 5000.01, 1e6, 0.1, -7.25, 123456789.125]
    days = [date(2026, 3, 1), date(2026, 2, 28), date(2024, 2, 29), date(1999, 12, 31)]

    def one():
        row = {name: chance.choice(numbers) for name in ("assets", "fall")}
        row |= {"complaints": chance.choice([0.0, 1.0, 3.0, 7.0, -2.0])}
        row |= {name: chance.choice(["mass", "private", "", "é", "it's", "R3", "Z"]) for name in ("segment", "rating")}
        row |= {"is_staff": chance.random() < 0.5}
        row |= {
            name: chance.choice(days) + timedelta(days=chance.randrange(0, 400, 7)) for name in ("due_on", "opened_on")
        }
        return {name: None if chance.random() < 0.2 else value for name, value in row.items()}

    return [one() for _ in range(ROWS)]


def written_rules():
    writer, found = Writer(20260701), []
    while len(found) < RULES:
        text = writer.flag(2)
        try:
            found.append(parse_expression(text, TYPES, place="x", wants="flag"))
        except Refusal as refusal:
            if "parts or" not in str(refusal):
                raise
    return found


@pytest.fixture(scope="module")
def asked():
    """Every rule with its rows, and what it says to each of them alone."""
    table = rows(7)
    return table, [(rule, [evaluate(rule, row) for row in table]) for rule in written_rules()]


def columns(table):
    return pa.table({name: pa.array([row[name] for row in table], ARROW[type_]) for name, type_ in TYPES.items()})


def flags(values):
    return [None if value is None else bool(value) for value in values]


def test_the_generated_rules_say_all_three(asked):
    said = [answer for _, answers in asked[1] for answer in answers]
    assert min(said.count(True), said.count(False), said.count(None)) > len(said) / 20


def test_columns_say_what_each_row_says(asked):
    table, rules = asked
    for rule, wanted in rules:
        (found,) = run_over(compile_program([rule]), columns(table))
        assert [{0: False, 1: None, 2: True}[int(one)] for one in found] == wanted, rule.text


def test_all_rules_in_one_program_say_what_each_says_alone(asked):
    table, rules = asked
    answers = run_over(compile_program([rule for rule, _ in rules]), columns(table))
    for (rule, wanted), found in zip(rules, answers, strict=True):
        assert [{0: False, 1: None, 2: True}[int(one)] for one in found] == wanted, rule.text


def test_duckdb_says_what_each_row_says(asked):
    table, rules = asked
    with duckdb.connect() as connection:
        connection.register("signals", columns(table))
        for rule, wanted in rules:
            found = connection.execute(f"SELECT {to_sql(rule)} FROM signals").fetchall()
            assert flags(value for (value,) in found) == wanted, rule.text


def test_sqlite_says_what_each_row_says(asked):
    table, rules = asked
    with sqlite3.connect(":memory:") as connection:
        names = ", ".join(f"{name} {'REAL' if type_ == 'number' else ''}" for name, type_ in TYPES.items())
        connection.execute(f"CREATE TABLE signals (at INTEGER, {names})")
        for at, row in enumerate(table):
            values = [value.isoformat() if isinstance(value, date) else value for value in row.values()]
            connection.execute(f"INSERT INTO signals VALUES (?, {', '.join('?' * len(TYPES))})", [at, *values])
        for rule, wanted in rules:
            found = connection.execute(f"SELECT {to_sql(rule, 'sqlite')} FROM signals ORDER BY at").fetchall()
            assert flags(value for (value,) in found) == wanted, rule.text


def test_postgresql_says_what_each_row_says(asked, postgres_url):
    table, rules = asked
    kinds = {"number": "double precision", "text": 'text COLLATE "C"', "flag": "boolean", "day": "date"}
    engine = sa.create_engine(postgres_url)
    with engine.begin() as connection:
        names = ", ".join(f"{name} {kinds[type_]}" for name, type_ in TYPES.items())
        connection.exec_driver_sql(f"CREATE TABLE signals (at integer, {names})")
        slots = ", ".join(f":{name}" for name in TYPES)
        connection.execute(
            sa.text(f"INSERT INTO signals VALUES (:at, {slots})"), [{"at": at, **row} for at, row in enumerate(table)]
        )
        for rule, wanted in rules:
            said = to_sql(rule, "postgresql").replace("%", "%%")
            found = connection.exec_driver_sql(f"SELECT {said} FROM signals ORDER BY at").fetchall()
            assert flags(value for (value,) in found) == wanted, rule.text
    engine.dispose()


def test_a_condition_that_takes_the_unknown_for_false_would_be_seen(asked):
    """The planted defect: an engine without a third value."""
    table, rules = asked
    two_valued = [[bool(answer) for answer in answers] for _, answers in rules]
    assert sum(found != wanted for found, (_, wanted) in zip(two_valued, rules, strict=True)) > RULES / 4
    assert len(table) * len(rules) == RULES * ROWS
