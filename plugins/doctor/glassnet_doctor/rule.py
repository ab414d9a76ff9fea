"""The base class of rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from glassnet.components.component import Component
from glassnet_doctor.finding import Finding, Number

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class Rule(Component):
    """Looks for one reason why a network does not learn.

    An author writes `examine`, which yields findings, or nothing for a healthy network. A false alarm is worse than a
    miss: a rule that is not sure yields nothing.

    Attributes
    ----------
    needs
        The parts of a `Case` that have to be known, any of ``"options"`` (a recorded training), ``"record"`` (its
        samples), ``"history"`` and ``"validation"``. Without them the rule is left out.
    is_symptom
        Whether what it finds has a cause that another rule may name: then it is asked only if no other finds anything.
    reference
        The paper or the book that describes the problem.
    """

    kind = "rule"
    is_symptom: ClassVar[bool] = False
    needs: ClassVar[tuple[str, ...]] = ()
    reference: ClassVar[str] = ""

    def examine(self, case: Case) -> Iterable[Finding]:
        """Yield what is wrong with a case."""
        raise NotImplementedError(f"{type(self).__name__} needs examine()")

    def finding(self, certainty: float, where: str, problem: str, remedy: str, **evidence: Number) -> Finding:
        """Return a finding of this rule; numbers are rounded to plain ones."""
        return Finding(
            rule=self.title(),
            certainty=float(np.clip(certainty, 0, 1)),
            problem=problem,
            evidence={name: _plain(value) for name, value in evidence.items()},
            remedy=remedy,
            where=where,
            reference=self.reference,
        )


def _plain(value: Number) -> Number:
    return value if isinstance(value, (str, int)) else float(value)
