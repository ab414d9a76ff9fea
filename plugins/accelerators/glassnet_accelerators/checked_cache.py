"""Numba's cache on disk with a digest in each file: what is damaged is compiled anew, and never run.

Numba itself unpickles what it finds, so a damaged file ends in an error at each start, and a changed bit in the machine
code may end in another number.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from numba.core import caching as numba_caching

from glassnet.errors import warn

caching: Any = numba_caching  # Numba has no types

_DIGEST = sha256().digest_size

_lock = threading.Lock()


class _DamagedError(Exception):
    """A file of the cache is not what was written; its path is the argument."""


class _CheckedFiles(caching.IndexDataCacheFile):  # type: ignore[misc]
    """The files of one kernel: an index, and the machine code for each signature, with a digest at the end of each."""

    def __init__(self, cache_path: str, filename_base: str, source_stamp: Any) -> None:
        # A name of their own: Numba's files have no digests.
        super().__init__(cache_path, f"{filename_base}.checked", source_stamp)

    def load(self, key: Any) -> Any:
        """Return what is cached, or None if the kernel has to be compiled."""
        try:
            found = super().load(key)
        except _DamagedError as damaged:
            warn(f"the compiled kernel in {damaged} is damaged, and is compiled anew")
            found = None
            with suppress(OSError):
                self.flush()
        if found is None:
            # A ufunc's wrapper calls the code that it was compiled with by a name that no other code has.
            with suppress(OSError):
                os.unlink(os.path.join(self._cache_path, f"guf-{self._index_name}"))
        return found

    def save(self, key: Any, data: Any) -> None:
        """Write what was compiled; where that is not possible, it is compiled again the next time."""
        with suppress(OSError, _DamagedError):
            super().save(key, data)

    def _load_index(self) -> Any:
        _check(Path(self._index_path))
        return super()._load_index()

    def _load_data(self, name: str) -> Any:
        _check(Path(self._data_path(name)))
        return super()._load_data(name)

    @contextmanager
    def _open_for_write(self, filepath: str) -> Iterator[BytesIO]:
        whole = BytesIO()
        yield whole
        content = whole.getvalue()
        with super()._open_for_write(filepath) as file:
            file.write(content + sha256(content).digest())  # what follows a pickle is not read


def _check(path: Path) -> None:
    """Raise `_DamagedError` if the digest at the end of a file is not that of the rest."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError:
        raise _DamagedError(path) from None
    if sha256(content[:-_DIGEST]).digest() != content[-_DIGEST:]:
        raise _DamagedError(path)


@contextmanager
def checked_cache() -> Iterator[None]:
    """Have Numba make its caches of `_CheckedFiles` within a ``with`` block."""
    # Numba has no option for it; its caches look the class up when they are made.
    with _lock:
        plain = caching.IndexDataCacheFile
        caching.IndexDataCacheFile = _CheckedFiles
        try:
            yield
        finally:
            caching.IndexDataCacheFile = plain
