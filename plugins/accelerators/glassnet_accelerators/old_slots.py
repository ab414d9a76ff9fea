"""The state of optimizers in runs that were saved before the accelerators named what they keep."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


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
