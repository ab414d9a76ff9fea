"""Compiled code on disk, under a digest of what it was compiled from, with a digest of its own at the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

import glassnet as gn
from glassnet.errors import warn

_DIGEST = sha256().digest_size


def cached(source: str, compile_it: Callable[[], bytes]) -> bytes:
    """Return what `compile_it` returns, from the cache if it is there and is what was written."""
    path = folder() / f"{sha256(source.encode()).hexdigest()}.o"
    if not _is_private(path.parent):
        return compile_it()
    with suppress(OSError):
        content = path.read_bytes()
        if sha256(content[:-_DIGEST]).digest() == content[-_DIGEST:]:
            return content[:-_DIGEST]
        warn(f"the compiled formula in {path} is damaged, and is compiled anew")
    code = compile_it()
    # Where nothing can be written, it is compiled again the next time.
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        gn.atomic_write(path, code + sha256(code).digest())
    return code


@cache
def holds_code() -> bool:
    """Tell whether the cache holds compiled code of any formula, mostly of those that are trained with again."""
    with suppress(OSError), os.scandir(folder()) as files:
        return next(files, None) is not None
    return False


def _is_private(place: Path) -> bool:
    """Tell whether the user alone can write to a folder, which need not be there: code of others must not run."""
    if not place.is_absolute():
        return False  # the user has no home, and it would be wherever the program was started
    if sys.platform == "win32":
        return True  # a folder there has the rights of the user's own one
    try:
        status = place.stat()
    except FileNotFoundError:
        return True
    except OSError:  # it is in a folder of someone else's
        return False
    return status.st_uid == os.getuid() and not status.st_mode & 0o022


def folder() -> Path:
    """Return the folder of the user's that programs may fill and the user may empty."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "~/AppData/Local")
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(os.path.expanduser(base)) / "glassnet" / "fused"
