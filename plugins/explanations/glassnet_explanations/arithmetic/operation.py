"""How one element of a result was computed: an expression, and the elements in it."""

from __future__ import annotations

import attrs


@attrs.frozen(eq=False)
class Operand:
    """One element of an argument: the argument's number, its place in a list of arrays, flat index, value.

    The number is -1 for a constant.
    """

    argument: int
    part: int
    index: int
    value: float


@attrs.frozen(eq=False)
class Operation:
    """How an element was computed.

    Attributes
    ----------
    pattern
        The expression, with ``{}`` for each operand; ``"{}"`` for an element that was only moved.
    operands
        What it was computed from.
    factors
        Of a sum over an axis: the number of operands that each of its terms is the product of; 0 for all else.
    divisor
        What such a sum is divided by.
    """

    pattern: str
    operands: tuple[Operand, ...]
    factors: int = 0
    divisor: int = 1

    @property
    def moves(self) -> bool:
        """Whether the element is another one, unchanged."""
        return self.pattern == "{}"
