"""The two ways in: `check_component` for everywhere, `parametrize_with_checks` for pytest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from glassnet.errors import OptionError
from glassnet_names.nearest import did_you_mean
from glassnet_testing.runner.catalogue import checks_of_kind, entrance_of
from glassnet_testing.runner.check import Check, NotChecked
from glassnet_testing.runner.report import EXPECTED, FAILED, PASSED, SKIPPED, UNEXPECTED, Outcome, Report
from glassnet_testing.runner.subject import Subject, subject_of


def check_component(
    component: Any, *, expected_failures: Mapping[str, str] | None = None, skip: Mapping[str, str] | None = None
) -> Report:
    """Check that a component keeps to what is expected of its kind, and print how many checks ran.

    Parameters
    ----------
    component
        ``"activation:swish"``, ``"layer:conv2d(2, 5)"`` to check it with these options alone, or a class.
    expected_failures
        Checks that are known to fail, by name, each with the reason. One that passes is a failure.
    skip
        Checks not to run, each with the reason.

    Returns
    -------
    Report
        Every check that ran, and what came of it.

    Raises
    ------
    ConformanceError
        When a check fails that should not, none ran, or a reason is missing. It is an `AssertionError`.
    OptionError
        When there is no check of a name that is given.
    """
    report = report_on(component, expected_failures=expected_failures, skip=skip)
    print(report.summary)
    report.raise_for_failures()
    return report


def report_on(
    component: Any, *, expected_failures: Mapping[str, str] | None = None, skip: Mapping[str, str] | None = None
) -> Report:
    """Run the checks as `check_component` does, and return the report also after failures."""
    subject = subject_of(component)
    expected, skipped = dict(expected_failures or {}), dict(skip or {})
    checks = checks_of(subject)
    _refuse_unknown(subject, checks, [*expected, *skipped])
    return Report(subject.title, tuple(_outcome(each, subject, expected, skipped) for each in checks))


def checks_of(subject: Subject) -> list[Check]:
    """Return the checks that apply to a component: those of the way in alone, where it does not get past them."""
    entrance = entrance_of(subject.kind)
    for number, check in enumerate(entrance, 1):
        if check.failure(subject) is not None:
            return list(entrance[:number])
    return [*entrance, *(check for check in checks_of_kind(subject.kind) if check.is_for(subject))]


def parametrize_with_checks(
    components: Sequence[Any],
    *,
    expected_failures: Mapping[str, Mapping[str, str]] | None = None,
    skip: Mapping[str, Mapping[str, str]] | None = None,
) -> Callable[..., Any]:
    """Make a pytest test of every check of every component.

    ::

        @glassnet_testing.parametrize_with_checks(["activation:swish"])
        def test_swish(check):
            check()

    Parameters
    ----------
    components
        As for `check_component`, each.
    expected_failures, skip
        For a component, under its title such as ``"activation:swish"``, what `check_component` takes.

    Raises
    ------
    OptionError
        When there is nothing to check: no test at all would look like success.
    """
    import pytest

    subjects = [subject_of(component) for component in components]
    if not subjects:
        raise OptionError("parametrize_with_checks got no component: with zero checks nothing is checked; name some")
    titles = {subject.title for subject in subjects}
    for title in [*(expected_failures or {}), *(skip or {})]:
        if title not in titles:
            raise OptionError(f"{title!r} is not among the components{did_you_mean(title, titles)}")
    parameters = []
    for subject in subjects:
        expected = dict((expected_failures or {}).get(subject.title, {}))
        skipped = dict((skip or {}).get(subject.title, {}))
        checks = checks_of(subject)
        _refuse_unknown(subject, checks, [*expected, *skipped])
        for reason in (*expected.values(), *skipped.values()):
            if not reason.strip():
                raise OptionError(f"{subject.title}: an expected failure or a skip needs its reason")
        for check in checks:
            marks = []
            if check.name in expected:
                marks.append(pytest.mark.xfail(reason=expected[check.name], raises=AssertionError, strict=True))
            if check.name in skipped:
                marks.append(pytest.mark.skip(reason=skipped[check.name]))
            parameters.append(pytest.param(_Asserted(check, subject), marks=marks, id=f"{subject.title}-{check.name}"))
    return pytest.mark.parametrize("check", parameters)


class _Asserted:
    """A check of one component, to be called in a test."""

    def __init__(self, check: Check, subject: Subject) -> None:
        self._check = check
        self._subject = subject

    def __repr__(self) -> str:
        return f"{self._subject.title} {self._check.name}"

    def __call__(self) -> None:
        __tracebackhide__ = True
        outcome = _outcome(self._check, self._subject, {}, {})
        if outcome.result == SKIPPED:
            import pytest

            pytest.skip(outcome.excuse)
        Report(self._subject.title, (outcome,)).raise_for_failures()


def _outcome(check: Check, subject: Subject, expected: dict[str, str], skipped: dict[str, str]) -> Outcome:
    if check.name in skipped:
        return Outcome(check, SKIPPED, excuse=skipped[check.name])
    try:
        failure = check.failure(subject)
    except NotChecked as reason:
        return Outcome(check, SKIPPED, excuse=str(reason))
    if check.name in expected:
        return Outcome(check, UNEXPECTED if failure is None else EXPECTED, failure, expected[check.name])
    return Outcome(check, PASSED if failure is None else FAILED, failure)


def _refuse_unknown(subject: Subject, checks: list[Check], names: list[str]) -> None:
    """Refuse names of checks that will not run: a slip of the pen there would hide what it was written for."""
    all_of_kind = [check.name for check in (*entrance_of(subject.kind), *checks_of_kind(subject.kind))]
    running = {check.name for check in checks}
    has_entered = len(checks) > len(entrance_of(subject.kind))
    for name in names:
        if name not in all_of_kind:
            raise OptionError(
                f"there is no check {name!r} of {subject.kind.article}{did_you_mean(name, all_of_kind)} "
                f"(the checks: {', '.join(all_of_kind)})"
            )
        if has_entered and name not in running:
            raise OptionError(f"the check {name!r} does not apply to {subject.title}; take it out")
