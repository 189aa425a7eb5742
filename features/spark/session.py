"""A Spark session for one piece of work: quiet, in UTC, on loopback if it runs on this machine, stopped at the end."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from features.errors import Refusal
from features.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LOG = "spark.log"
_HERE = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.sql.shuffle.partitions": "8"}
_ALWAYS = {
    "spark.app.name": "forecare",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.maxResultSize": "0",  # answers are streamed, a part of a chunk at a time
}
_OF_SQL = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
    "spark.sql.execution.arrow.useLargeVarTypes": "false",
    # A projection of a hundred signals as one generated method is more than Java's compiler takes: in parts it does.
    "spark.sql.codegen.hugeMethodLimit": "8000",
    # Files are named one by one: listing them is not worth a job of its own.
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "10000",
}


@contextmanager
def open_session(settings: Settings) -> Iterator[SparkSession]:
    """A session on `settings.engine`; one that is running already is used and left running.

    Refusal where pyspark or Java is missing, or the cluster does not answer.
    """
    sql = _pyspark()
    running = sql.SparkSession.getActiveSession()
    if running is not None:
        yield _set(running.newSession())
        return
    check_java()
    session = _start(settings)
    try:
        yield _set(session)
    finally:
        _stop(session)


def _pyspark() -> Any:
    try:
        import pyspark.sql
    except ImportError:
        raise Refusal(
            "pyspark is not installed", place="FORECARE_ENGINE", remedy="pip install 'forecare[spark]', or use duckdb"
        ) from None
    return pyspark.sql


def check_java() -> None:
    """Refusal where there is no Java to start Spark with."""
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java", path=os.path.join(home, "bin") if home else None) is None:  # noqa: PTH118 - a search path
        remedy = "install Java 17 (Debian: openjdk-17-jre-headless), or use duckdb"
        raise Refusal("Spark needs Java, and there is none", place="FORECARE_ENGINE", remedy=remedy)


def _set(session: SparkSession) -> SparkSession:
    for name, value in _OF_SQL.items():
        session.conf.set(name, value)
    return session


def _start(settings: Settings) -> SparkSession:
    """A new session; what Spark's machine says of itself goes to the home's spark.log."""
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkException
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("PYSPARK_DRIVER_PYTHON", sys.executable)
    if settings.engine.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    conf = SparkConf().setAll(_configuration(settings)).setMaster(settings.engine)
    settings.home.mkdir(parents=True, exist_ok=True)
    log = settings.home / LOG
    try:
        with log.open("wb") as file:
            gateway = launch_gateway(conf, popen_kwargs={"stdout": file, "stderr": file})
        return SparkSession(SparkContext(conf=conf, gateway=gateway))
    except Exception as error:
        if not isinstance(error, PySparkException) and not type(error).__module__.startswith("py4j"):
            raise
        _end_java()
        raise Refusal(f"Spark does not start on {settings.engine}", place="FORECARE_ENGINE",
                      remedy=f"see {log}") from None  # fmt: skip


def _configuration(settings: Settings) -> list[tuple[str, str]]:
    if not settings.engine.startswith("local"):
        return list(_ALWAYS.items())
    # On one machine Java, with all of Spark in it, shares the memory with the workers of Python.
    memory = re.fullmatch(r"(\d+) *([kmgt])i?b?", settings.memory.strip().lower())
    scale = {"k": 1, "m": 1024, "g": 1024**2, "t": 1024**3}
    half = [("spark.driver.memory", f"{int(memory[1]) * scale[memory[2]] // 2}k")] if memory else []
    spill = settings.home / "spill"
    return [*_ALWAYS.items(), *_HERE.items(), *half, ("spark.local.dir", str(spill))]


def _stop(session: SparkSession) -> None:
    """Stop Spark and end its process: a later session starts a new one."""
    try:
        session.stop()
    finally:
        _end_java()


def _end_java() -> None:
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    SparkContext._gateway = SparkContext._jvm = None
    if gateway is not None:
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait()
