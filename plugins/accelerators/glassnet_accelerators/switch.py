"""Whether accelerators are used: by a call, else by the environment."""

from __future__ import annotations

import os
from functools import cache

from glassnet.components.services import explained
from glassnet.errors import OptionError

_VARIABLE = "GLASSNET_ACCELERATORS"
_switched: bool | None = None


@explained
def use_accelerators(wanted: bool | None) -> None:
    """Say whether accelerators are used from now on; None leaves it to ``GLASSNET_ACCELERATORS``, which is read again.

    With False, `fit`, `evaluate` and `predict` are in the reference mode: they compute exactly the formulas.
    """
    global _switched
    _switched = wanted
    _by_environment.cache_clear()


def are_wanted() -> bool:
    """Tell whether accelerators are used.

    Raises
    ------
    OptionError
        When ``GLASSNET_ACCELERATORS`` is neither ``on`` nor ``off``.
    """
    return _by_environment() if _switched is None else _switched


@cache
def _by_environment() -> bool:
    # Kept, since each prediction asks, and a look into the environment takes as long as a small layer.
    word = os.environ.get(_VARIABLE, "on").lower()
    if word not in ("on", "off", "1", "0"):
        raise OptionError(f"{_VARIABLE} is on or off, got {word!r}; correct it in the environment or in pyproject.toml")
    return word in ("on", "1")
