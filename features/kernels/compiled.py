"""How kernels are compiled: once a machine, kept on disk, without the interpreter's lock."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numba


@contextmanager
def _without(module: str) -> Iterator[None]:
    """As if a module that was not imported yet could not be."""
    absent = module not in sys.modules
    if absent:
        sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if absent:
            del sys.modules[module]


# numba looks for a BLAS when it meets its first kernel, and so imports scipy.linalg: more than all else that a small
# build imports. No kernel here multiplies matrices.
with _without("scipy.linalg"):
    import numba.np.arraymath


def is_compiled(function: Callable[..., Any]) -> bool:
    """True if this machine has kept machine code of a kernel, for whatever types it was called with."""
    kept = Path(function.stats.cache_path or "")  # type: ignore[attr-defined]
    return kept.is_dir() and any(kept.glob(f"*.{function.__name__}-*.nbi"))


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` as machine code; kept beside its source, or in the user's cache where that cannot be written."""
    try:
        made = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # no folder to keep it in: compiled in every process
        made = numba.njit(nogil=True, error_model="numpy")(function)
    return made  # type: ignore[no-any-return]
