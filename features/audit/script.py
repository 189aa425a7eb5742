"""A statement as it grows: named steps, each with a comment, each once."""

from __future__ import annotations

from textwrap import dedent, indent


class Script:
    """Steps of a WITH clause in order."""

    def __init__(self) -> None:
        self._steps: dict[str, tuple[str, str]] = {}

    def step(self, name: str, comment: str, sql: str) -> str:
        """Add a step unless it stands already; its name."""
        self._steps.setdefault(name, (comment, tidy(sql)))
        return name

    def __contains__(self, name: str) -> bool:
        return name in self._steps

    def statement(self, header: list[str], final: str) -> str:
        """The whole: comments, steps, the last SELECT."""
        steps = [
            f"{remark(comment)}{name} AS (\n{indent(sql, '    ')}\n)" for name, (comment, sql) in self._steps.items()
        ]
        said, listed = "".join(f"-- {line}\n" for line in header), ",\n".join(steps)
        return f"{said}WITH\n{listed}\n{tidy(final)}\n"


def tidy(sql: str) -> str:
    """The lines without the margin they have in common, and without empty ones."""
    lines = [line for line in dedent(sql.strip("\n")).splitlines() if line.strip()]
    return "\n".join(lines).strip()


def remark(comment: str) -> str:
    """A comment line, or nothing."""
    return "".join(f"-- {line}\n" for line in comment.splitlines())
