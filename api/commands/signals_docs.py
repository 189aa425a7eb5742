"""`forecare signals docs`."""

import typer


def add(group: typer.Typer) -> None:
    """Register the command."""
