"""What holds for every strategy of sweeps."""

from __future__ import annotations

from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.subject import Subject
from glassnet_testing.runner.suite import Suite


@check(hint="def propose(self, study): …")
def it_proposes(subject: Subject) -> None:
    """The class says which settings come next."""
    if subject.component.propose is subject.kind.base_class().__dict__["propose"]:
        raise Failure(subject.title, "a method propose()", "that of the base class, which is abstract")


STRATEGY_CHECKS = Suite((it_proposes,))
