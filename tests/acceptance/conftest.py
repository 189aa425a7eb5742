"""A small made bank, run once a session through the command line, and the workbench over it as a process of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

AS_OF = "2026-07-01"
Run = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Demo:
    """A home that the demo filled, and what it wrote as JSON and printed."""

    home: Path
    report: dict
    printed: str


def environment(home: Path, **more: str) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("FORECARE_")}
    return {**ours, "FORECARE_HOME": str(home), "FORECARE_LANGUAGE": "en", "MLFLOW_DISABLE_TELEMETRY": "true", **more}


@pytest.fixture(scope="session")
def forecare() -> Run:
    """Run `forecare` with arguments in a home; the finished process with its text."""

    def run(*arguments: str, home: Path, cwd: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "api.cli", *map(str, arguments)]
        return subprocess.run(
            command,
            env=environment(home, **more),
            cwd=cwd or Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=500,
        )

    return run


@pytest.fixture(scope="session")
def demo(forecare: Run, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """A bank of 400 made customers after its first night."""
    folder = tmp_path_factory.mktemp("demo")
    done = forecare(
        "demo", "--customers", "400", "--serve", "0", "--json", str(folder / "demo.json"), home=folder / "home"
    )
    assert done.returncode == 0, done.stderr
    return Demo(folder / "home", json.loads((folder / "demo.json").read_text(encoding="utf-8")), done.stdout)


@pytest.fixture
def demo_copy(demo: Demo, tmp_path: Path) -> Path:
    """The demo's home again, for a test that changes it."""
    return Path(shutil.copytree(demo.home, tmp_path / "home"))


@pytest.fixture(scope="session")
def workbench(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `forecare serve` over a copy of the demo's home; it must end by itself when told to."""
    home = Path(shutil.copytree(demo.home, tmp_path_factory.mktemp("served") / "home"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "serve", "--port", str(port)],
        env=environment(home),
        cwd=Path(__file__).parents[2],
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url, process)
        yield url
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait()


def _wait_for(url: str, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the service ended at start"
        try:
            with urllib.request.urlopen(f"{url}/v1/health", timeout=2) as answer:
                assert json.load(answer)["ok"]
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the service did not answer within a minute")
