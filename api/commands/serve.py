"""`forecare serve`: the API, the workbench and the scheduler in one process."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api import bank
from api.console import JsonFile, Language, publish
from api.words import terminal_words
from features.errors import Refusal

if TYPE_CHECKING:
    from features.settings import Settings

HELP = """Serve the API (/v1), the workbench and the nightly scheduler until stopped.

启动接口、工作台和夜间调度。

\b
Examples:
  forecare serve
  FORECARE_API_KEYS=wang:a-long-secret-key forecare serve --host 0.0.0.0 --port 8700
"""
Host = Annotated[str, typer.Option(metavar="HOST", help="Address to listen on. 监听地址。")]
Port = Annotated[int, typer.Option(metavar="PORT", min=1, max=65535, help="Port to listen on. 端口。")]


def serve(host: Host = "127.0.0.1", port: Port = 8700, json_file: JsonFile = None, lang: Language = "") -> None:
    """Serve until SIGTERM or Ctrl-C."""
    start(bank.standing_home(), host, port, lang, json_file)


def start(settings: Settings, host: str, port: int, lang: str, json_file: Path | None = None) -> None:
    """Open the gate, then listen; Refusal where the port is taken or nobody would be kept out."""
    import uvicorn

    from api.main import create_app

    words = terminal_words(lang)
    _check_port(host, port)
    still = _stands_still(settings)
    app = create_app(settings, host=host, scheduler=not still)
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    lines = [words("serve.ready", url=url), *([words("serve.still")] if still else [])]
    publish({"url": url, "scheduler": not still}, lines, json_file)
    # uvicorn ends its work on SIGTERM and then sends itself the signal again: an ordered end is no failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    quiet: dict[str, Any] = {"log_level": "warning", "access_log": False, "server_header": False}
    uvicorn.run(app, host=host, port=port, timeout_graceful_shutdown=10, **quiet)


def _stands_still(settings: Settings) -> bool:
    """Whether this is a demo of a day in the middle of its data: the scheduler would run away from that day at once."""
    from api.demo_home import read_mark
    from care.tasks.store import newest_day

    if read_mark(settings.home) is None:
        return False
    opened = bank.open_bank(settings)
    with opened.engine.connect() as connection:
        day = newest_day(connection)
    opened.engine.dispose()
    return day is not None and day < bank.day_after_data(opened.warehouse, settings.zone)


def _check_port(host: str, port: int) -> None:
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Refusal(
                f"cannot listen there ({error.strerror})",
                place=f"{host}:{port}",
                remedy="give another --port or --host",
            ) from None


def add(app: typer.Typer) -> None:
    """Register the command."""
    app.command("serve", help=HELP)(serve)
