"""How the kit is tested: with components that are right, and with ones in which one thing is wrong."""

import pytest

from glassnet.testing import report_on


@pytest.fixture
def caught():
    """``caught(Wrong, "check")``: the check fails, and says on what, what was expected, what came out, and a hint."""

    def catch(component, check):
        report = report_on(component)
        failing = {outcome.check.name: outcome.failure for outcome in report.failures}
        assert check in failing, report.summary
        failure = failing[check]
        assert failure.input
        assert failure.expected
        assert failure.got
        assert failure.hint
        assert failure.expected != failure.got
        return failure

    return catch


@pytest.fixture
def passes():
    """``passes(Right)``: no check fails."""

    def check(component):
        report = report_on(component)
        assert report.passed, str(report)
        return report

    return check
