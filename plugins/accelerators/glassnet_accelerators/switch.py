"""Whether accelerators are used: by a call, else by the environment."""

from __future__ import annotations

import os

from glassnet.components.services import explained
from glassnet.errors import OptionError

_VARIABLE = "GLASSNET_ACCELERATORS"
_switched: bool | None = None


@explained
def use_accelerators(wanted: bool | None) -> None:
    """Say whether accelerators are used from now on; None leaves it to ``GLASSNET_ACCELERATORS`` again."""
    global _switched
    _switched = wanted


def are_wanted() -> bool:
    """Tell whether accelerators are used.

    Raises
    ------
    OptionError
        When ``GLASSNET_ACCELERATORS`` is neither ``on`` nor ``off``.
    """
    if _switched is not None:
        return _switched
    word = os.environ.get(_VARIABLE, "on").lower()
    if word not in ("on", "off"):
        raise OptionError(f"{_VARIABLE} is on or off, got {word!r}; correct it or unset it")
    return word == "on"
