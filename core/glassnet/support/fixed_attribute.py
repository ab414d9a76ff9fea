"""Properties whose message says what to do instead of setting them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar, cast

from glassnet.errors import FixedError

T = TypeVar("T")


def fixed(owner: str, instead: str) -> Callable[[Callable[[Any], T]], T]:
    """Return a decorator like `property`, for an attribute of `owner` that raises `FixedError` when it is set."""

    def decorate(getter: Callable[[Any], T]) -> T:
        def refuse(_: Any, value: Any) -> NoReturn:
            raise FixedError(f"the {getter.__name__} of {owner} cannot be set; {instead}")

        return cast("T", property(getter, refuse, doc=getter.__doc__))

    return decorate
