"""The memory that is left: it is compared with what a request takes, so that the request ends in a sentence.

Linux promises more memory than there is, and ends the process that uses it. A `MemoryError` alone comes too late.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from glassnet.errors import OutOfMemoryError

if sys.platform != "win32":
    import resource

_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")
_MOST_SHOWN = 10**18


def check_memory(needed: float, what: str, advice: str) -> None:
    """Raise `OutOfMemoryError` if less memory is left than needed.

    Parameters
    ----------
    needed
        The number of bytes that are certainly taken.
    what, advice
        What takes them, and what to do if they are too many, in the words of the message.
    """
    if needed > (left := memory_left()):
        raise OutOfMemoryError(f"{what} takes at least {_size(needed)}, and {_size(left)} of memory are left; {advice}")


def out_of_memory(function: str, error: MemoryError) -> OutOfMemoryError:
    """Return the error that says which function found too little memory, and what to do."""
    if isinstance(error, OutOfMemoryError):
        return error
    cause = f" ({error})" if str(error) else ""
    return OutOfMemoryError(
        f"not enough memory is left for {function}(){cause}; use less data, smaller batches or smaller layers"
    )


def memory_left() -> float:
    """Return the number of bytes that this process can still take: the least that any limit leaves."""
    return max(0.0, min(_left_by_limits()))


def _left_by_limits() -> Iterator[float]:
    yield _left_in_system()
    yield _left_in_group("memory.current", "memory.max")
    yield _left_in_group("memory.usage_in_bytes", "memory.limit_in_bytes")
    if sys.platform == "linux":
        pages = Path("/proc/self/statm").read_text().split()
        for kind, column in ((resource.RLIMIT_AS, 0), (resource.RLIMIT_DATA, 5)):
            allowed = resource.getrlimit(kind)[0]
            if allowed != resource.RLIM_INFINITY:
                yield allowed - int(pages[column]) * resource.getpagesize()


def _left_in_system() -> float:
    """Return what the computer has left, swap space included; its whole memory if the system does not tell."""
    try:
        told = dict(re.findall(r"(\w+): +(\d+) kB", Path("/proc/meminfo").read_text()))
        return 1024.0 * (int(told["MemAvailable"]) + int(told["SwapFree"]))
    except (OSError, KeyError):
        pass
    if "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {}):
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return sys.maxsize


def _left_in_group(taken: str, limit: str) -> float:
    """Return what the control group of a container leaves; files that it keeps in memory make room."""
    folder = Path("/sys/fs/cgroup")
    if not (folder / limit).exists():
        folder = folder / "memory"  # the first version of control groups
    try:
        cached = re.search(r"^(?:total_)?inactive_file (\d+)", (folder / "memory.stat").read_text(), re.MULTILINE)
        used = int((folder / taken).read_text()) - (int(cached[1]) if cached else 0)
        return int((folder / limit).read_text()) - used
    except (OSError, ValueError):  # there is no such file, or it says max
        return sys.maxsize


def _size(number: float) -> str:
    """Return a number of bytes as people read it, such as ``1.5 GB``."""
    if number >= _MOST_SHOWN:
        return "1,000 PB"
    for unit in _UNITS:
        if number < 1000 or unit == _UNITS[-1]:
            break
        number /= 1000
    return f"{number:.3g} {unit}"
