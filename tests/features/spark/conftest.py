"""One Spark session for all tests of Spark, and histories written as the warehouse writes them."""

from __future__ import annotations

import gc
import os
import shutil
from pathlib import Path

import pytest

from features.settings import read_settings
from features.spark.session import open_session


@pytest.fixture(scope="package")
def session(tmp_path_factory):
    """A session with two workers on this machine."""
    if shutil.which("java") is None and not os.environ.get("CI"):
        pytest.skip("no Java here: Spark's tests need it, as `apt-get install openjdk-17-jre-headless` brings it")
    # Java's quick compiler alone: statements run once here, and optimizing them costs more than they take.
    os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    settings = read_settings(home=tmp_path_factory.mktemp("spark"), engine="local[2]", memory="2GB")
    with open_session(settings) as running:
        yield running
    gc.collect()  # what Spark's client leaves open is found here, not in somebody else's test


def pytest_collection_modifyitems(items):
    """Spark's client leaves sockets to the garbage collector."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.filterwarnings("ignore::ResourceWarning"))
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))
