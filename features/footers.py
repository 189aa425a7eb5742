"""What a stored file says of itself without being read: rows, columns, and the clocks of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from features.errors import Refusal

LONG_AGO = datetime(1900, 1, 1)  # noqa: DTZ001 - stored instants are UTC without a zone


@dataclass(frozen=True)
class Clocks:
    """What stored files say of the clocks of their rows: the last known_at (None: not told), and whether any row was
    superseded."""

    known_until: datetime | None = None
    superseded: bool = True


@dataclass(frozen=True)
class Footer:
    """The end of a stored file."""

    rows: int
    columns: frozenset[str]
    clocks: Clocks


@lru_cache(maxsize=4096)
def read_footer(path: Path) -> Footer:
    """The footer of a stored file, read once: a file never changes, its name is the hash of its bytes.

    Refusal where it cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        footer = pq.read_metadata(path)
    except (OSError, pa.ArrowException):
        remedy = "see `forecare verify`; restore the home from its backup, or take the deliveries into a new home"
        raise Refusal("a stored file is damaged", place=str(path), remedy=remedy) from None
    place = {footer.schema.column(at).name: at for at in range(footer.num_columns)}
    groups = [footer.row_group(at) for at in range(footer.num_row_groups)]
    known = [group.column(place["known_at"]).statistics for group in groups]
    later = [group.column(place["superseded_at"]).statistics for group in groups]
    told = all(one is not None and one.has_min_max for one in known)
    latest = max((one.max.replace(tzinfo=None) for one in known), default=LONG_AGO) if told else None
    none = all(one is not None and one.has_null_count and one.null_count == group.num_rows
               for one, group in zip(later, groups, strict=True))  # fmt: skip
    return Footer(footer.num_rows, frozenset(place), Clocks(latest, not none))
