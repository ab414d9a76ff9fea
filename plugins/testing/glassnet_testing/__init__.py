"""The conformance kit: what has to hold for a component, checked from outside.

::

    glassnet_testing.check_component("activation:swish")

    @glassnet_testing.parametrize_with_checks(["activation:swish"])
    def test_swish(check):
        check()

From the shell: ``glassnet check activation:swish``.
"""

from glassnet_testing.runner.check import Check as Check, Failure as Failure, NotChecked as NotChecked, check as check
from glassnet_testing.runner.conformance import (
    check_component as check_component,
    checks_of as checks_of,
    parametrize_with_checks as parametrize_with_checks,
    report_on as report_on,
)
from glassnet_testing.runner.report import (
    ConformanceError as ConformanceError,
    Outcome as Outcome,
    Report as Report,
    counted as counted,
)
from glassnet_testing.runner.subject import (
    Subject as Subject,
    installed as installed,
    subject_from as subject_from,
    subject_of as subject_of,
)
from glassnet_testing.runner.suite import Suite as Suite
from glassnet_testing.runner.workers import reports_on as reports_on

__all__ = [
    "Check",
    "ConformanceError",
    "Failure",
    "NotChecked",
    "Outcome",
    "Report",
    "Subject",
    "Suite",
    "check",
    "check_component",
    "checks_of",
    "counted",
    "installed",
    "parametrize_with_checks",
    "report_on",
    "reports_on",
    "subject_from",
    "subject_of",
]
