"""The base class of constraints."""

from __future__ import annotations

from glassnet.components.component import Component
from glassnet.types import Array


class Constraint(Component):
    """A set that the values of a parameter may not leave: after each step they are brought back into it."""

    kind = "constraint"

    def project(self, w: Array) -> None:
        """Move the values of one parameter, in its own shape, to the nearest that are allowed; in place."""
        raise NotImplementedError(f"{type(self).__name__} needs project()")
