"""What an optimizer remembers before a step, under the names of its formula."""

from __future__ import annotations

from collections.abc import Mapping

import glassnet as gn
from glassnet.types import Array

# What wrappers call the memory of an optimizer that they hold, and the option that holds it.
_HELD = {"inside ": "optimizer", "others ": "others"}


def memory_of(optimizer: gn.Optimizer, slots: Mapping[str, Array]) -> dict[str, Array]:
    """Return the slots of an optimizer under the names of its formula; an accelerator may keep them in another form."""
    in_formula = getattr(optimizer, "formula_state", None)
    found = dict(slots if in_formula is None else in_formula(slots))
    for prefix, option in _HELD.items():
        held = {name.removeprefix(prefix): found.pop(name) for name in list(found) if name.startswith(prefix)}
        if held:
            own = memory_of(optimizer.options[option], held)
            found |= {f"{prefix}{name}": values for name, values in own.items()}
    return found
