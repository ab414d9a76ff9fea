"""The arrays of a component by their names, while it is recorded."""

from __future__ import annotations

from typing import Any, NoReturn

from glassnet_fusion.entries import NotTracedError


class NamedArrays(dict[str, Any]):
    """Takes no other arrays: in place of the arrays that it got, a component would put them where nothing follows."""

    def __setitem__(self, name: str, array: Any) -> None:
        if array is not self.get(name):  # after ``state["v"] *= 2`` it is the same
            raise NotTracedError(f"it replaces its array {name}")

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise NotTracedError("it changes which arrays it has")

    __delitem__ = __ior__ = update = setdefault = pop = popitem = clear = _refuse
