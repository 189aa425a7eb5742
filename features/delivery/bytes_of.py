"""The bytes of a delivered text file in whole lines, block by block; an archive that breaks off gives all before it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

CHUNK = 1 << 20
_GZIP = 31  # zlib's window bits for a gzip member, its checksum verified
_MAGIC = b"\x1f\x8b"


@dataclass
class WholeLines:
    """Reads `path` (gzip if it ends in .gz). After the last block, `broken` says why it breaks off, if it does."""

    path: Path
    broken: str = ""
    taken: int = 0  # bytes of the file, packed as it is
    _rest: bytes = field(default=b"", repr=False)
    _chunks: Iterator[bytes] | None = field(default=None, repr=False)

    def next_block(self, size: int) -> tuple[bytes, bool]:
        """At least `size` bytes that end with a line's end, and whether the file ends there.

        The last block may end without a line's end, unless the file breaks off: half a line is no line.
        """
        self._chunks = self._chunks if self._chunks is not None else self._read()
        pieces, length, ended = [self._rest], len(self._rest), False
        while not ended and (length < size or not any(b"\n" in piece for piece in pieces)):
            chunk = next(self._chunks, None)
            if chunk is None:
                ended = True
            else:
                pieces.append(chunk)
                length += len(chunk)
        whole = b"".join(pieces)
        cut = len(whole) if ended and not self.broken else whole.rfind(b"\n") + 1
        self._rest = b"" if ended else whole[cut:]
        return whole[:cut], ended

    def give_back(self, lines: bytes) -> None:
        """Put lines back in front of what is still to be read."""
        self._rest = lines + self._rest

    def _read(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            raw = self._counted(file)
            if self.path.suffix != ".gz":
                yield from raw
                return
            try:
                yield from _unpacked(raw)
            except (EOFError, zlib.error) as error:
                self.broken = "EOFError" if isinstance(error, EOFError) else "BadGzipFile"

    def _counted(self, file: BinaryIO) -> Iterator[bytes]:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            self.taken += len(chunk)
            yield chunk


def _unpacked(raw: Iterator[bytes]) -> Iterator[bytes]:
    """The contents of all gzip members; EOFError or zlib.error where they break off."""
    member = zlib.decompressobj(_GZIP)
    for packed in raw:
        while packed:
            if member.eof:
                packed = packed.lstrip(b"\x00")  # archives may be padded with zeros
                if packed and not _MAGIC.startswith(packed[:2]):
                    raise zlib.error("no gzip member")
                member = zlib.decompressobj(_GZIP) if packed else member
                continue
            yield member.decompress(packed, CHUNK)
            packed = member.unused_data if member.eof else member.unconsumed_tail
    if not member.eof:
        raise EOFError
