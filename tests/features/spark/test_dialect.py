"""What DuckDB's SQL says, said to Spark: the same values, whatever the expression."""

from __future__ import annotations

import duckdb
import pyarrow as pa
from hypothesis import Phase, given, settings

from features.errors import Refusal
from features.expression import parse_expression, to_sql
from features.spark.dialect import to_spark
from tests.features.test_expression import ARROW, TYPES, a_row, conditions, numbers, same

COUNT = 120
# Where the engines' own functions differ: decimal digits, doubles beyond whole numbers, letters that end a text.
EDGES = (
    "round(assets, 2)", "round(assets, 1)", "floor(assets * 1e9)", "ceil(assets * 1e9)", "plus_days(due_on, assets)",
    r"segment = 'a\b' or segment = 'it''s'", "days_between(asked_at, answered_at)", "salaries / 3",
    "least(assets, salaries)",
)  # fmt: skip
ASSETS = (1.005, -1.005, 2.675, 0.15, 1e17, -1e17, 123456789.5, 40000.0)


def drawn(strategy, count):
    """So many examples, the same every time."""
    found = []

    @settings(max_examples=count, deadline=None, derandomize=True, database=None, phases=(Phase.generate,))
    @given(one=strategy)
    def draw(one):
        found.append(one)

    draw()
    return found


def parsed(text):
    try:
        return parse_expression(text, TYPES, place="x")
    except Refusal:
        return None


def test_spark_gives_for_any_expression_over_a_row_what_duckdb_gives(session):
    texts = list(dict.fromkeys([*EDGES, *drawn(conditions(2) | numbers(2), COUNT)]))
    listed = ", ".join(f"{to_sql(one)} AS x{n}" for n, text in enumerate(texts) if (one := parsed(text)))
    drew = drawn(a_row, COUNT)
    drew += [{**row, "assets": assets} for row, assets in zip(drew, ASSETS, strict=False)]
    rows = pa.Table.from_pylist(drew, pa.schema(ARROW)).append_column("n", pa.array(range(len(drew))))
    session.createDataFrame(rows).createOrReplaceTempView("rows_")
    sql = f"SELECT n, {listed} FROM rows_ AS t ORDER BY n"
    with duckdb.connect() as connection:
        connection.register("rows_", rows)
        wanted = connection.execute(sql).to_arrow_table().to_pylist()
    found = session.sql(to_spark(sql)).toArrow().to_pylist()

    wrong = {}
    for row, one, other in zip(rows.to_pylist(), found, wanted, strict=True):
        for name in other:
            if not same(one[name], other[name]):
                wrong[texts[int(name[1:])]] = (row, one[name], other[name])
    assert wrong == {}
