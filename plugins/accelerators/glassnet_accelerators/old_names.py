"""Names in runs that older versions saved: of accelerators, and of what those of optimizers keep."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

# dense for small networks was compiled by Numba, to the same bytes.
_NAMES_NOW = {"numba_dense": "small_dense"}


def rename_old_accelerators(computed_with: dict[str, Any]) -> None:
    """Give the accelerators that a saved run was computed with the names that they have now."""
    if "accelerators" in computed_with:
        computed_with["accelerators"] = [_NAMES_NOW.get(name, name) for name in computed_with["accelerators"]]


def rename_old_slots(saved: dict[str, Any], names: Iterable[str]) -> None:
    """Give saved arrays the names that the accelerators have for them now: ``m`` becomes ``sum_m``.

    Parameters
    ----------
    saved
        The saved arrays by name. Those of an optimizer that another one holds have words in front: ``inside m``.
    names
        The names that the run has now.
    """
    for name in names:
        *words, last = name.split(" ")
        old = " ".join([*words, last.rpartition("_")[2]])
        if name not in saved and old in saved:
            saved[name] = saved.pop(old)
