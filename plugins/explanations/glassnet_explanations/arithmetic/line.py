"""A line of arithmetic: what an element is in symbols, in numbers, and its value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from glassnet.types import Shape

# Of a longer sum, this number of terms is written out: those that are largest.
MOST_TERMS = 8
_TWO_BRACKETS = re.compile(r"\(\((-[^()]*)\)\)")


@attrs.frozen(eq=False)
class Term:
    """An element in an expression: what it is called, and its value."""

    label: str
    value: float


@attrs.frozen(eq=False)
class Line:
    """``label = pattern of the terms = value``.

    Attributes
    ----------
    label
        The element, such as ``"y[0, 1]"``.
    pattern
        The expression, with ``{}`` for each term.
    terms
        What the expression is made of.
    value
        The element's value, as it was computed.
    """

    label: str
    pattern: str
    terms: tuple[Term, ...]
    value: float

    @property
    def symbols(self) -> str:
        """The expression in symbols."""
        return self.pattern.format(*(term.label for term in self.terms))

    def numbers(self, digits: int) -> str:
        """Return the expression in numbers of this number of digits."""
        if self.pattern == "{}":
            return number_text(self.terms[0].value, digits)
        numbers = self.pattern.format(*(_in_brackets(number_text(term.value, digits)) for term in self.terms))
        return _TWO_BRACKETS.sub(r"(\1)", numbers)

    def __str__(self) -> str:
        """Return the line with five digits."""
        return self.text()

    def text(self, digits: int = 5) -> str:
        """Return the line: symbols, numbers, value."""
        value = number_text(self.value, digits)
        numbers = self.numbers(digits)
        return " = ".join(dict.fromkeys([self.label, self.symbols, numbers, value]))


def number_text(value: float, digits: int = 5) -> str:
    """Return a number in this number of digits that count."""
    return f"{value + 0.0:.{digits}g}"  # a zero below 0 is shown as 0


def element_name(name: str, shape: Shape, index: int) -> str:
    """Return what an element is called: ``weights[0, 1]``; of a single number, the name alone."""
    if not shape:
        return name
    return f"{name}[{', '.join(map(str, map(int, np.unravel_index(index, shape))))}]"


def sum_of(products: Sequence[Sequence[Term]]) -> tuple[str, tuple[Term, ...]]:
    """Return pattern and terms of a sum of products; of many, the largest, and one number for all others."""
    sizes = np.array([np.prod([term.value for term in product]) for product in products])
    shown = list(range(len(products)))
    if len(products) > MOST_TERMS:
        shown = sorted(np.argsort(-np.abs(sizes), kind="stable")[: MOST_TERMS - 1].tolist())
    patterns: list[str] = []
    terms: list[Term] = []
    for place in shown:
        patterns.append(" · ".join(["{}"] * len(products[place])))
        terms += products[place]
    if len(products) > MOST_TERMS:
        others: Any = np.delete(sizes, shown)
        patterns.append("{}")
        terms.append(Term(f"({len(others)} more)", float(others.sum())))
    return " + ".join(patterns), tuple(terms)


def _in_brackets(number: str) -> str:
    return f"({number})" if number.startswith("-") else number
