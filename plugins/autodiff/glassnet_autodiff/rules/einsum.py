"""The derivative of np.einsum, which is np.einsum again."""

from __future__ import annotations

import string
from typing import Any

import numpy as np

from glassnet.errors import TracingError
from glassnet.types import Array
from glassnet_autodiff.rules.rule import Gradients, VJPTable


def einsum(g: Array, y: Array, formula: Any, *operands: Array, **named: Any) -> Gradients:
    """For each operand, the sum over all others and g in its own indices."""
    if not isinstance(formula, str):
        raise TracingError("np.einsum needs its formula as text to have a derivative, such as 'ij,jk->ik'")
    terms, output = in_full(formula.replace(" ", ""), operands)
    gradients = []
    for place, term in enumerate(terms):  # ones in its own shape bring back what was summed in this term alone
        own = "".join(dict.fromkeys(term))
        operand = np.einsum(f"{term}->{own}", operands[place])
        others = [*map(np.conj, (*operands[:place], *operands[place + 1 :])), np.ones(operand.shape)]
        back = ",".join([output, *terms[:place], *terms[place + 1 :], own]) + "->" + own
        found = np.einsum(back, g, *others, **named)
        if own != term:  # an index that a term has twice means its diagonal
            diagonal, found = found, np.zeros(np.shape(operands[place]), found.dtype)
            np.einsum(f"{term}->{own}", found)[...] = diagonal
        gradients.append(found)
    return None, *gradients


def in_full(formula: str, operands: tuple[Array, ...]) -> tuple[list[str], str]:
    """Return the terms and the output of a formula with an index for each axis."""
    inputs, arrow, output = formula.partition("->")
    written = inputs.split(",")
    if not arrow:
        named = inputs.replace(",", "").replace(".", "")
        output = "..." * ("..." in inputs) + "".join(sorted(one for one in set(named) if named.count(one) == 1))
    counts = [np.ndim(x) - len(term.replace("...", "")) for x, term in zip(operands, written, strict=True)]
    free = [one for one in string.ascii_letters if one not in formula]
    most = "".join(free[: max((n for n, term in zip(counts, written, strict=True) if "..." in term), default=0)])
    terms = [term.replace("...", most[len(most) - n :]) for n, term in zip(counts, written, strict=True)]
    return terms, output.replace("...", most)


VJPS: VJPTable = {np.einsum: einsum}
