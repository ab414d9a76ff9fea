"""What elements are called: by the variables of the author, and how often the variable was given an array before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from glassnet.types import Array, Shape
from glassnet_autodiff.bindings import Binding
from glassnet_autodiff.traced_array import TracedArray
from glassnet_explanations.arithmetic.element_memory import ElementMemory, Origins
from glassnet_explanations.arithmetic.line import element_name

# What the input and the output of a layer are called.
_RESERVED = ("x", "y")


@attrs.frozen(eq=False)
class Variable:
    """A variable of the author, as it is at the end.

    Attributes
    ----------
    words
        What it is called in words; its name if the author gives none.
    axes
        What its axes are called; empty if the author does not say.
    arrays
        The arrays that it was given, in their order: several in a loop.
    count
        What the number of an array is called.
    """

    words: str
    axes: tuple[str, ...]
    arrays: list[Array]
    count: str


class VariableNames:
    """Names elements by variables, while the operations of a tape are read in their order.

    Parameters
    ----------
    given
        The arrays that the component was given: these keep their names.
    bindings
        Which variables were given arrays.

    Attributes
    ----------
    of_elements
        The name of each element by entry and index, such as ``"f#2[0, 1]"``: of the third array that ``f`` was given.
    """

    def __init__(self, given: Mapping[str, TracedArray], bindings: Sequence[Binding]) -> None:
        self.of_elements: dict[tuple[int, int], str] = {}
        self._given = len(given)
        reserved = {*_RESERVED, *given}
        # The input of a layer within the layer is the output of another one there.
        self._bindings = [each for each in bindings if each.name not in reserved and not each.name.endswith(".x")]
        self._often = Counter(each.name for each in self._bindings)
        self._seen: Counter[str] = Counter()
        self._computed: dict[str, list[tuple[Binding, Origins]]] = {}
        self._bound: list[tuple[Binding, int | None]] = []
        self._next = 0

    def read(self, position: int, memory: ElementMemory) -> None:
        """Name the elements of the variables that were bound after this number of operations."""
        while self._next < len(self._bindings) and self._bindings[self._next].position <= position:
            self._bind(self._bindings[self._next], memory)
            self._next += 1

    def end(self, memory: ElementMemory) -> None:
        """Name what was written into the variables after they were bound: all operations have been read."""
        for binding, time in self._bound:
            origins = memory.origins(binding.array.value)
            self._name(binding, time, origins)
            self._computed.setdefault(binding.name, []).append((binding, origins))

    def variables(self, output: Origins) -> dict[str, Variable]:
        """Return each variable that is neither given nor the output."""
        places = set(zip(output.entry.ravel().tolist(), output.index.ravel().tolist(), strict=True))
        found: dict[str, Variable] = {}
        for name, bound in self._computed.items():
            if not any(self._is_known(origins, places) for _, origins in bound):
                first = bound[0][0]
                arrays = [binding.array.value.copy() for binding, _ in bound]
                found[name] = Variable(first.words, first.axes, arrays, first.count)
        return found

    def _bind(self, binding: Binding, memory: ElementMemory) -> None:
        name = binding.name
        time = None if self._often[name] == 1 else self._seen[name]
        self._seen[name] += 1
        self._bound.append((binding, time))
        self._name(binding, time, memory.origins(binding.array.value))

    def _name(self, binding: Binding, time: int | None, origins: Origins) -> None:
        shape = binding.array.value.shape
        for place, key in enumerate(zip(origins.entry.ravel().tolist(), origins.index.ravel().tolist(), strict=True)):
            # The first name is the nearest to the line that computed the element.
            if key[0] >= self._given and key not in self.of_elements:
                self.of_elements[key] = _element(binding, time, shape, place)

    def _is_known(self, origins: Origins, output: set[tuple[int, int]]) -> bool:
        """Tell whether an array has nothing that was computed in between: it shows what was given, or the output."""
        if not np.any(origins.entry >= self._given):
            return True
        return set(zip(origins.entry.ravel().tolist(), origins.index.ravel().tolist(), strict=True)) <= output


def _element(binding: Binding, time: int | None, shape: Shape, place: int) -> str:
    """Return the name of an element: ``"f#2[0, 1]"``, or in words ``"forget gate[time 2, sample 0, unit 1]"``."""
    if not binding.axes:
        return element_name(binding.words if time is None else f"{binding.words}#{time}", shape, place)
    indices = [*zip(binding.axes, map(int, np.unravel_index(place, shape)), strict=True)]
    told = [] if time is None else [(binding.count, time)]
    return f"{binding.words}[{', '.join(f'{axis} {index}' for axis, index in [*told, *indices])}]"
