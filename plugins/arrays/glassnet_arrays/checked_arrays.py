"""How the arrays of a network are named and assigned to, with checks."""

from __future__ import annotations

from typing import Any

from glassnet.model.parameter_vector import ArrayAccess
from glassnet_arrays.named_arrays import Gradients, NamedArrays, named_arrays, number_array


class CheckedArrays(ArrayAccess):
    """Names arrays by `NamedArrays`, and checks what is assigned."""

    def named(self, tree: dict[str, Any], what: str) -> Any:
        """Return nested arrays whose names are fixed; parameters are finite, and gradients are written in place."""
        return named_arrays(
            tree, what, finite=what == "parameter", kind=Gradients if what == "gradient" else NamedArrays
        )

    def assign(self, target: Any, values: Any, name: str, *, finite: bool = True) -> None:
        """Copy values that fit into an array, or into all arrays of a tree."""
        if isinstance(target, NamedArrays):
            target.replace(values)
        else:
            target[...] = number_array(values, target, name, finite=finite)
