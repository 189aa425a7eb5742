"""What a person at the command line did wrong, in one line: usage, files, the database."""

from __future__ import annotations

import sys
from typing import Any

from typer.core import TyperGroup

from features.errors import Refusal, nearest

_DATABASE_TROUBLE = ("locked", "disk", "readonly", "unable to open")


def in_one_line(error: Exception) -> str | None:
    """The error as `place: reason; remedy`, "" where help was printed instead, None where it is a fault of ours."""
    if _is(error, "NoArgsIsHelpError"):
        print(error)
        return ""
    if _is(error, "UsageError"):
        return str(_usage(error))
    if isinstance(error, OSError) and error.filename is not None:
        return str(_file(error))
    sqlalchemy = sys.modules.get("sqlalchemy")
    if sqlalchemy and isinstance(error, sqlalchemy.exc.OperationalError):
        reason = str(error.orig).strip().splitlines()[0]
        if error.statement is None or any(word in reason for word in _DATABASE_TROUBLE):
            remedy = "is the database running, its disk free, its file ours to write?"
            return str(Refusal(f"cannot be used ({reason})", place="FORECARE_DATABASE_URL", remedy=remedy))
    return None


def _usage(error: Any) -> Refusal:
    command = error.ctx.command_path if error.ctx else "forecare"
    remedy, place = f"see {command} --help", command.removeprefix("forecare").strip()
    if _is(error, "NoSuchOption"):
        return Refusal(f"no option {error.option_name}", place=place, remedy=_nearest_option(error) or remedy)
    group = error.ctx.command if error.ctx else None
    if error.message.startswith("No such command") and isinstance(group, TyperGroup):
        name = error.message.split("'")[1]
        return Refusal("no such command", place=f"{place} {name}".strip(), remedy=nearest(name, group.commands))
    return Refusal(error.format_message().rstrip("."), place=place, remedy=remedy)


def _nearest_option(error: Any) -> str:
    if error.ctx is None:
        return ""
    options = {
        name
        for parameter in error.ctx.command.get_params(error.ctx)
        for name in parameter.opts
        if name.startswith("--")
    }
    return nearest(error.option_name, options)


def _file(error: OSError) -> Refusal:
    reason = (error.strerror or error.__class__.__name__).lower()
    return Refusal(
        f"cannot be used ({reason})", place=str(error.filename), remedy="check the path, its rights and the disk"
    )


def _is(error: Exception, name: str) -> bool:
    """Typer brings its own copy of click in a private module: its errors are known by their names."""
    return name in {kind.__name__ for kind in type(error).__mro__}
