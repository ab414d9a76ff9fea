"""Elements by their names: ``1.weights[3, 7]``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np

from glassnet.errors import OptionError
from glassnet.types import Array
from glassnet_names.nearest import did_you_mean

# A message names this number of arrays.
_MOST_NAMES = 12
_ELEMENT = re.compile(r"\s*([^\[\]]+?)\s*(?:\[([^\[\]]*)\])?\s*")


def parse_element(text: str, arrays: Mapping[str, Array]) -> tuple[str, int]:
    """Return the name of the array and the flat index in it of an element such as ``"1.weights[3, 7]"``.

    Raises
    ------
    OptionError
        If there is no such array or element.
    """
    found = _ELEMENT.fullmatch(text)
    name = found[1] if found else text
    if found is None or name not in arrays:
        raise OptionError(f"there is no array {name!r}{did_you_mean(name, list(arrays))}; there are {_some(arrays)}")
    shape = arrays[name].shape
    try:
        place = tuple(int(each) for each in (found[2] or "").split(",") if each.strip())
        index = int(np.ravel_multi_index(place, shape)) if len(place) == len(shape) else -1
    except ValueError:
        index = -1
    if index < 0:
        example = ", ".join("0" for _ in shape)
        raise OptionError(
            f"{name} has the shape {shape}, got {text!r}; give one index an axis, such as {name}[{example}]"
        )
    return name, index


def _some(names: Iterable[str]) -> str:
    """Return names for a message, and the number of those that are left out."""
    listed = list(names)
    left_out = f" and {len(listed) - _MOST_NAMES} more" if len(listed) > _MOST_NAMES else ""
    return ", ".join(listed[:_MOST_NAMES]) + left_out
