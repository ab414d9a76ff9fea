"""What holds for every report."""

from __future__ import annotations

from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.subject import Subject
from glassnet_testing.runner.suite import Suite


@check(hint="def of(self, network): …")
def it_can_be_made(subject: Subject) -> None:
    """The class says how the report is made."""
    if subject.component.of is subject.kind.base_class().__dict__["of"]:
        raise Failure(subject.title, "a method of()", "that of the base class, which is abstract")


REPORT_CHECKS = Suite((it_can_be_made,))
