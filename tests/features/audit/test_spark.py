"""The same statements on Spark: run with FORECARE_FULL=1 where Spark and Java are (a session is slow to start)."""

from __future__ import annotations

import os
import shutil

import pytest

from features.audit.dialect import DIALECTS
from features.audit.question import Named, Question, speak
from features.audit.statement import signal_sql
from features.catalogue import read_folders
from features.contract import TABLES
from tests.features.audit.by_sql import build_by_sql
from tests.features.signals.by_hand import open_by_hand
from tests.features.signals.cases import catalogue_text
from tests.features.signals.histories import DAYS, at_every_edge
from tests.features.signals.oracle import BERLIN

pytestmark = pytest.mark.skipif(os.environ.get("FORECARE_FULL") != "1", reason="FORECARE_FULL=1 starts a Spark session")


@pytest.fixture(scope="module")
def spark():
    """A session on this machine, in UTC."""
    sql = pytest.importorskip("pyspark.sql")
    if shutil.which("java") is None:
        pytest.skip("no Java")
    made = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = made.config("spark.sql.session.timeZone", "UTC").config("spark.sql.shuffle.partitions", "2").getOrCreate()
    yield session
    session.stop()


@pytest.fixture
def catalogue(tmp_path):
    """Every form over every table."""
    (tmp_path / "tests.yaml").write_text(catalogue_text(), encoding="utf-8")
    return read_folders([tmp_path])


@pytest.mark.filterwarnings("ignore")
def test_spark_gives_for_every_form_what_duckdb_gives(spark, catalogue):
    day, rows = DAYS[0], at_every_edge(DAYS[0])
    history = open_by_hand({"balances": [], **rows})
    for table in set(TABLES) - {"identities"}:
        spark.createDataFrame(history.connection.table(table).to_arrow_table()).createOrReplaceTempView(table)
    expected = build_by_sql(rows, [day], catalogue)
    question = Question(day, day, BERLIN, Named(history.tables), DIALECTS["spark"], speak("en"))
    wrong = {}
    for name in catalogue.signals:
        found = [row[name] for row in spark.sql(signal_sql(catalogue, [name], question)).collect()]
        wanted = expected.column(name).to_pylist()
        if found != [pytest.approx(value, rel=1e-9) if isinstance(value, float) else value for value in wanted]:
            wrong[name] = (found, wanted)
    history.connection.close()

    assert wrong == {}
