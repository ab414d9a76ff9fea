"""How the kit is tested: with components that are right, and with ones in which one thing is wrong."""

import pytest

from glassnet_testing import checks_of, report_on, subject_of


@pytest.fixture
def caught():
    """``caught(Wrong, "check")``: the check fails, and says on what, what was expected, what came out, and a hint."""

    def catch(component, name):
        subject = subject_of(component)
        checks = {check.name: check for check in checks_of(subject)}
        failure = checks[name].failure(subject)
        assert failure is not None, f"{name} holds"
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
