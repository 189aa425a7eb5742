"""What the service refuses, said in one line: place, reason, remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class Refusal(Exception):  # noqa: N818 - the word of the vocabulary: bad input is refused, it is not our error
    """Something that was handed over cannot be used.

    The text is one line, `place: reason; remedy`: the ways in print it and end with exit code 2 (command
    line) or answer 4xx (HTTP). Nothing was changed when it is raised.
    """

    def __init__(self, reason: str, *, place: str = "", remedy: str = "") -> None:
        self.reason = " ".join(reason.split())
        self.place = place
        self.remedy = " ".join(remedy.split())
        super().__init__(str(self))

    def __str__(self) -> str:
        line = f"{self.place}: {self.reason}" if self.place else self.reason
        return f"{line}; {self.remedy}" if self.remedy else line


def nearest(name: str, known: Iterable[str]) -> str:
    """A remedy that names the known name closest to `name`, or the first few known ones."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"known are {', '.join(names[:8])}{' ...' if len(names) > 8 else ''}"
