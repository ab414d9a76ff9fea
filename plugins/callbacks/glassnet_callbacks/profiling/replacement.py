"""An object that replaces another one, and overrides some of its methods."""

from __future__ import annotations

from typing import Any


class Wrapper:
    """An object with some methods of its own, and for the rest all that another has.

    It has no ``__dict__``: ``vars()`` of it are those of the other, so the state of a metric can be saved through it.
    """

    __slots__ = ("_methods", "_original")

    def __init__(self, original: Any, **methods: Any) -> None:
        self._original = original
        self._methods = methods

    def __getattr__(self, name: str) -> Any:
        return self._methods[name] if name in self._methods else getattr(self._original, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__slots__:
            object.__setattr__(self, name, value)
        else:
            setattr(self._original, name, value)

    def __repr__(self) -> str:
        return repr(self._original)
