"""What holds for every rule of the doctor."""

from __future__ import annotations

from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.subject import Subject
from glassnet_testing.runner.suite import Suite


@check(hint="def examine(self, case): …")
def it_examines(subject: Subject) -> None:
    """The class says what it looks for."""
    if subject.component.examine is subject.kind.base_class().__dict__["examine"]:
        raise Failure(subject.title, "a method examine()", "that of the base class, which is abstract")


RULE_CHECKS = Suite((it_examines,))
