"""``net.difference(other)``: how far the parameters and outputs of two networks are apart."""

from __future__ import annotations

from html import escape
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet.components.services import explained


@attrs.frozen
class ArrayDifference:
    """How far an array of one network is from that of the other.

    Attributes
    ----------
    name, shape
        The parameter.
    largest
        The largest difference of two elements.
    relative
        The length of the difference over the length of the first array; infinite if only the first one is 0.
    """

    name: str
    shape: tuple[int, ...]
    largest: float
    relative: float


@attrs.frozen(repr=False)
class Difference:
    """How far two networks are apart. It prints, and shows in a notebook, as a table.

    Attributes
    ----------
    arrays
        The parameters that both have in one shape.
    only_here, only_there
        Names of parameters that the other one does not have, or has in another shape.
    """

    arrays: tuple[ArrayDifference, ...]
    only_here: tuple[str, ...]
    only_there: tuple[str, ...]

    @property
    def largest(self) -> float:
        """The largest difference of two parameters."""
        return max((each.largest for each in self.arrays), default=0.0)

    def to_frame(self) -> Any:
        """Return the table as a pandas data frame; pandas has to be installed."""
        return gn.create("report", "frame").of([attrs.asdict(each) for each in self.arrays])

    def _cells(self) -> list[tuple[str, ...]]:
        head = ("parameter", "shape", "largest difference", "relative")
        rows = [(d.name, str(d.shape), f"{d.largest:.4g}", f"{d.relative:.4g}") for d in self.arrays]
        alone = [(name, "only here", "", "") for name in self.only_here]
        return [head, *rows, *alone, *((name, "only there", "", "") for name in self.only_there)]

    def __repr__(self) -> str:
        cells = self._cells()
        widths = [max(len(row[column]) for row in cells) for column in range(4)]
        lines = ("  ".join(cell.ljust(wide) for cell, wide in zip(row, widths, strict=True)) for row in cells)
        return "\n".join(line.rstrip() for line in lines)

    def _repr_html_(self) -> str:
        head, *rows = self._cells()
        lines = ["<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr>"]
        lines += ["<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows]
        return f"<table>{''.join(lines)}</table>"


@explained
def difference(network: gn.Network, other: gn.Network) -> Difference:
    """Return how far the parameters of another network are from those of this one.

    Parameters
    ----------
    network, other
        Two networks that are built. Parameters are compared by their names.

    Raises
    ------
    WrongKindError
        If `other` is not a network.

    Examples
    --------
    >>> net = gn.Network("dense(1, bias=False)").build(1)
    >>> other = net.copy()
    >>> other.parameters["0.weights"] += 0.5
    >>> net.difference(other).largest
    0.5
    """
    if not isinstance(other, gn.Network):
        raise gn.WrongKindError(
            f"a network is compared with another one, got {type(other).__name__}; write gn.load(path)"
        )
    mine, theirs = network.parameters, other.parameters
    shared = [name for name in mine if name in theirs and mine[name].shape == theirs[name].shape]
    found = []
    for name in shared:
        apart = theirs[name].astype(np.float64) - mine[name]
        length, distance = float(np.linalg.norm(mine[name])), float(np.linalg.norm(apart))
        relative = distance / length if length else (float("inf") if distance else 0.0)
        found.append(ArrayDifference(name, mine[name].shape, float(np.abs(apart).max(initial=0)), relative))
    only_here, only_there = (tuple(name for name in one if name not in shared) for one in (mine, theirs))
    return Difference(tuple(found), only_here, only_there)
