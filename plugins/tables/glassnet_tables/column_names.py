"""The names of columns, each of which is given once."""

from __future__ import annotations

from collections.abc import Sequence


def unique_names(names: Sequence[str], count: int) -> list[str]:
    """Return a name for each of `count` columns: a column without one gets its number, and a repeated one a suffix."""
    taken: dict[str, None] = {}
    for place in range(count):
        name = names[place].strip().lstrip("#").strip() if place < len(names) else ""
        name = name or f"column_{place + 1}"
        number = 2
        unique = name
        while unique in taken:
            unique, number = f"{name}_{number}", number + 1
        taken[unique] = None
    return list(taken)
