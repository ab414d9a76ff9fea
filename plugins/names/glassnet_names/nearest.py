"""The nearest of several names to a wrong one."""

from __future__ import annotations

import re
from collections.abc import Iterable

# A longer name is not a typing mistake, and comparing it with all names takes seconds.
_LONGEST_NAME = 100


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """Return ``, did you mean 'adam'?`` for the nearest of `known`, or nothing when none is near.

    The first that exists is the nearest. It is the name but for capital letters, or the name with these initials, such
    as root_mean_squared_error for ``rmse``. Then come the shortest name that begins so, such as accuracy for ``acc``,
    and the name with the most letters in the same order. Last is the longest word of the wrong name, such as f1 for
    ``f1_score``.
    """
    from difflib import get_close_matches  # a mistake may wait for it, and every start does not

    listed, name = list(known), wrong.lower().lstrip("-")
    if not name or len(name) > _LONGEST_NAME:
        return ""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", wrong).lower()
    by_letters = get_close_matches(name, [each.lstrip("-") for each in listed], n=1, cutoff=0.6)
    near = (
        [each for each in listed if each.lower() == name]
        or [each for each in listed if _initials(each) == name]
        or sorted((each for each in listed if each.lstrip("-").startswith(name)), key=len)
        or [each for each in listed if each.lstrip("-") in by_letters]
        or sorted((each for each in listed if f"_{each}_" in f"_{words}_"), key=len, reverse=True)
    )
    return f", did you mean {near[0]!r}?" if near else ""


def _initials(name: str) -> str:
    """Return the first letters of the words of a name, behind ``val_`` if it begins so; nothing for a single word."""
    words = name.removeprefix("val_").replace("-", "_").strip("_").split("_")
    return "val_" * name.startswith("val_") + "".join(word[:1] for word in words) if len(words) > 1 else ""
