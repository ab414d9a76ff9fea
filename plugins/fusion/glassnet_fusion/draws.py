"""The random numbers that a layer draws: NumPy draws them, and compiled code is given them as further arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet_fusion.entries import NotTracedError
from glassnet_fusion.record import Record, Symbol

_METHODS = ("random", "standard_normal", "standard_exponential")
_MOST = 8


@attrs.frozen(slots=False)
class Draw:
    """A call of a generator's method, by its name, for numbers of a shape and type."""

    method: str
    shape: tuple[int, ...]
    dtype: Any

    def numbers(self, rng: np.random.Generator) -> gn.Array:
        """Return the numbers."""
        drawn: gn.Array = getattr(rng, self.method)(self.shape, self.dtype)
        return drawn

    @cached_property
    def blank(self) -> gn.Array:
        """An array of this shape and type that takes no memory."""
        return np.broadcast_to(np.empty((), self.dtype), self.shape)


class FurtherDrawError(NotTracedError):
    """A layer draws more than it was given."""

    def __init__(self, draw: Draw) -> None:
        super().__init__("it draws other random numbers each time")
        self.draw = draw


class Drawn:
    """Stands for a generator while a layer is recorded: it returns the symbols of what is drawn, in order."""

    def __init__(self, symbols: Sequence[Symbol]) -> None:
        self._left = list(symbols)

    def __getattr__(self, name: str) -> Callable[..., Symbol]:
        if name not in _METHODS:
            raise NotTracedError(f"it uses ctx.rng.{name}")

        def draw(size: Any = None, dtype: Any = np.float64) -> Symbol:
            if not isinstance(size, tuple):
                raise NotTracedError(f"it uses ctx.rng.{name} without a shape")
            wanted = Draw(name, size, np.dtype(dtype))
            if not self._left:
                raise FurtherDrawError(wanted)
            symbol = self._left.pop(0)
            if (symbol.shape, symbol.dtype) != (wanted.shape, wanted.dtype):
                raise FurtherDrawError(wanted)
            return symbol

        return draw


def draws_of(forward: Callable[..., Any], arrays: Sequence[gn.Array]) -> tuple[Draw, ...]:
    """Return what a function of such arrays draws; its further arguments are the symbols of that.

    What hinders recording is found where it is recorded.
    """
    draws: list[Draw] = []
    while len(draws) < _MOST:
        record = Record([*arrays, *[draw.blank for draw in draws]])
        try:
            forward(*record.inputs())
        except FurtherDrawError as error:
            draws.append(error.draw)
        except Exception:
            break
        else:
            break
    return tuple(draws)
