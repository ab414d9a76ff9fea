"""What all fused components have in common: they can be asked for what only the replaced component has."""

from __future__ import annotations

from typing import Any, ClassVar


class Replacement:
    """Has the further attributes of the component that it replaces: what holds it may ask for them.

    Attributes
    ----------
    replaces
        The option that holds the component.
    """

    replaces: ClassVar[str]

    def __getattr__(self, name: str) -> Any:
        replaced = vars(self).get(self.replaces)
        if replaced is None or name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(replaced, name)

    def __repr__(self) -> str:
        return repr(getattr(self, self.replaces))
