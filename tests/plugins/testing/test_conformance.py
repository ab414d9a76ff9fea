"""The ways in: what is counted, what is expected to fail, what is skipped, and what is said."""

import json

import numpy as np
import pytest

import glassnet as gn
from glassnet.registry.registry import registry
from glassnet_testing import ConformanceError, Report, check_component, parametrize_with_checks, report_on, subject_of
from glassnet_testing.runner.catalogue import CHECKS, ENTRANCE, entrance_of
from glassnet_testing.runner.report import counted

pytest_plugins = ["pytester"]


class Backwards(gn.Activation):
    """Its derivative has the wrong sign. Source: by definition."""

    factor: float = gn.option(2.0, gt=0, help="factor")
    formula = "y = factor x"
    gradient_formula = "dx = -factor dy"

    def forward(self, x):
        return self.factor * x

    def backward(self, dy, x, y):
        return -self.factor * dy


# What finds the wrong sign.
SEEN = {"input_gradient", "input_gradient_at_awkward_points", "input_gradient_outside_training"}


def because(*names):
    return dict.fromkeys(names, "the sign is wrong on purpose")


def test_a_component_that_passes_gives_a_report_and_prints_the_count(capsys):
    report = check_component("activation:linear")  # it has no counterpart that could be absent

    assert report.passed
    assert report.checks_run == len(report.outcomes) > 30
    assert capsys.readouterr().out == f"activation:linear: {report.checks_run} checks run: {report.checks_run} passed\n"


def test_all_failures_are_in_one_error_with_input_expected_got_and_hint(capsys):
    with pytest.raises(ConformanceError) as error:
        check_component(Backwards)

    assert isinstance(error.value, AssertionError)
    assert isinstance(error.value, gn.GlassnetError)
    text = str(error.value)
    assert all(f"FAILED  {name}\n" in text for name in SEEN)
    one = text[text.index("FAILED  input_gradient\n") :].split("\n\n")[0].splitlines()
    assert one[1] == "  Backward returns the derivative with respect to the input."
    assert one[2] == "  input     backwards of [[0.]] float64 (1, 1)"
    assert one[3] == "  expected  2, the slope along x[0, 0]"
    assert one[4] == "  got       -2"
    assert one[5].startswith("  hint      work the derivative out again")
    assert f"{len(SEEN)} failed" in capsys.readouterr().out


def test_expected_failures_are_counted_and_printed_and_the_rest_passes(capsys):
    report = check_component(Backwards, expected_failures=because(*SEEN))

    assert report.passed
    assert len(report.of("failed as expected")) == len(SEEN)
    assert report.checks_run == len(report.outcomes)
    assert f"{len(SEEN)} failed as expected" in capsys.readouterr().out
    assert "because   the sign is wrong on purpose" in str(report)


def test_an_expected_failure_that_passes_is_a_failure():
    with pytest.raises(ConformanceError, match="PASSED AGAINST EXPECTATION  shapes") as error:
        check_component(Backwards, expected_failures=because(*SEEN, "shapes"))

    assert "it holds now: take it out of expected_failures" in str(error.value)
    assert f"{len(SEEN)} failed as expected, 1 passed against expectation" in str(error.value)


def test_an_expected_failure_without_a_reason_is_a_failure():
    with pytest.raises(ConformanceError, match="no reason is given"):
        check_component(Backwards, expected_failures=dict.fromkeys(SEEN, " "))


def test_a_skip_with_a_reason_is_counted_and_does_not_run(capsys):
    report = check_component(Backwards, skip=because(*SEEN))

    assert len(report.of("skipped")) == len(SEEN)
    assert report.checks_run == len(report.outcomes) - len(SEEN)
    assert f"{len(SEEN)} skipped" in capsys.readouterr().out


def test_a_skip_without_a_reason_is_a_failure():
    with pytest.raises(ConformanceError, match="SKIPPED  two_threads"):
        check_component("activation:tanh", skip={"two_threads": ""})


def test_zero_checks_are_a_failure():
    names = [check.name for check in (*ENTRANCE["command"], *CHECKS["command"])]
    with pytest.raises(ConformanceError, match="0 checks run, which is a failure"):
        check_component("command:evaluate", skip=because(*names))
    assert not Report("activation:none", ()).passed
    assert counted([]) == "0 checks run, which is a failure"


def test_a_name_that_no_check_has_is_refused():
    with pytest.raises(gn.OptionError, match=r"no check 'input_gradeint' of an activation, did you mean 'input_gradi"):
        check_component(Backwards, expected_failures=because("input_gradeint"))
    with pytest.raises(gn.OptionError, match="no check 'gradient_of_the_penalty'"):
        check_component(Backwards, skip=because("gradient_of_the_penalty"))


def test_a_check_that_does_not_apply_is_refused():
    with pytest.raises(gn.OptionError, match="'parameter_gradients' does not apply to activation:backwards"):
        check_component(Backwards, expected_failures=because("parameter_gradients"))


@pytest.mark.parametrize(
    ("component", "message"),
    [
        ("activation:tanhh", "did you mean 'tanh'"),
        ("activaton:tanh", "unknown kind 'activaton'"),
        ("tanh", "such as 'activation:tanh'"),
        (Backwards(), "pass its class: Backwards"),
        (3, "expected a component"),
        ("activation:tanh(__import__('os'))", "is not a literal"),
    ],
)
def test_what_is_no_component_is_refused(component, message):
    with pytest.raises(gn.GlassnetError, match=message.replace("(", r"\(")):
        check_component(component)


def test_a_spec_is_checked_with_its_options():
    assert report_on("layer:dense(2, bias=False)").passed
    report = report_on("layer:dropout(rate=2.0)")
    assert [outcome.check.name for outcome in report.failures] == ["examples_can_be_made"]
    assert "rate must be >= 0" in report.failures[0].failure.got


def test_a_class_is_registered_for_the_time_of_the_check_alone():
    assert report_on(Backwards).component == "activation:backwards"
    with pytest.raises(gn.UnknownComponentError):
        gn.create("activation", "backwards")


def test_who_does_not_get_in_is_asked_nothing_further():
    class NeedsAnOption(Backwards):
        """No default, and no example."""

        power: int = gn.option(kw_only=True, help="exponent")

    report = report_on(NeedsAnOption)
    assert [outcome.result for outcome in report.outcomes] == ["passed", "failed"]
    assert "needs power" in report.failures[0].failure.got


def test_an_error_in_a_component_is_a_failure_that_says_where():
    class Crashes(Backwards):
        """Fails in the middle. Source: by definition."""

        def backward(self, dy, x, y):
            raise ZeroDivisionError("no way")

    failure = report_on(Crashes).failures[0].failure
    assert failure.got == "ZeroDivisionError: no way"
    assert "test_conformance.py, line " in failure.hint
    assert failure.hint.endswith("in backward")


def test_a_component_that_ends_the_program_is_a_failure_and_no_more():
    class Quits(Backwards):
        """Calls for the end. Source: by definition."""

        def forward(self, x):
            raise SystemExit(3)

    (failure,) = report_on(Quits).failures
    assert failure.check.name == "examples_take_their_input"
    assert failure.failure.got == "SystemExit: 3"


def test_a_report_is_plain_enough_for_json():
    plain = json.loads(json.dumps(report_on(Backwards).as_plain()))

    assert plain["component"] == "activation:backwards"
    assert plain["passed"] is False
    failed = [each for each in plain["checks"] if each["result"] == "failed"]
    assert {each["check"] for each in failed} == SEEN
    assert all(each["input"] and each["expected"] and each["got"] and each["hint"] for each in failed)


def test_every_check_has_a_sentence_for_its_reason_and_a_hint():
    for kind, checks in CHECKS.items():
        names = [check.name for check in (*ENTRANCE[kind], *checks)]
        assert len(set(names)) == len(names)
        for check in (*ENTRANCE[kind], *checks):
            assert check.reason.endswith("."), check.name
            assert check.reason.count(". ") == 0, check.name
            assert check.hint, check.name


def test_every_kind_can_be_checked():
    assert set(CHECKS) == set(ENTRANCE) <= set(registry.kinds)
    for kind in registry.kinds.values():
        assert entrance_of(kind)
    assert all(len(checks) >= 4 for checks in CHECKS.values())


def test_the_checks_leave_the_global_generator_and_the_warnings_alone():
    np.random.seed(5)
    expected = np.random.random(3)
    np.random.seed(5)
    report_on("layer:dropout")
    np.testing.assert_array_equal(np.random.random(3), expected)


# --- pytest ---------------------------------------------------------------------------------------------------


@parametrize_with_checks(["activation:tanh"])
def test_a_test_is_made_of_every_check(check):
    check()


def test_a_test_has_component_and_check_in_its_name():
    mark = parametrize_with_checks(["activation:linear"]).mark

    ids = [each.id for each in mark.args[1]]
    assert "activation:linear-input_gradient" in ids
    assert len(ids) == report_on("activation:linear").checks_run


def test_no_component_is_no_test_and_so_an_error():
    with pytest.raises(gn.OptionError, match="zero checks"):
        parametrize_with_checks([])


def test_what_pytest_is_told_needs_names_and_reasons_that_are_right():
    with pytest.raises(gn.OptionError, match="needs its reason"):
        parametrize_with_checks(["activation:tanh"], skip={"activation:tanh": {"shapes": ""}})
    with pytest.raises(gn.OptionError, match="not among the components, did you mean 'activation:tanh'"):
        parametrize_with_checks(["activation:tanh"], skip={"activation:than": {"shapes": "so"}})
    with pytest.raises(gn.OptionError, match="no check 'shape'"):
        parametrize_with_checks(["activation:tanh"], skip={"activation:tanh": {"shape": "so"}})


PROJECT = """
import glassnet as gn
from glassnet_testing import parametrize_with_checks

class Backwards(gn.Activation):
    '''Its derivative has the wrong sign. Source: by definition.'''
    formula = "y = 2 x"
    gradient_formula = "dx = -2 dy"

    def forward(self, x):
        return 2 * x

    def backward(self, dy, x, y):
        return -2 * dy

why = {"activation:backwards": dict.fromkeys(["input_gradient", "EXPECTED"], "wrong on purpose")}

skip = {"activation:backwards": {"two_threads": "no threads"}}

@parametrize_with_checks([Backwards], expected_failures=why, skip=skip)
def test_backwards(check):
    check()
"""


def outcomes_of(pytester, expected):
    pytester.makepyfile(PROJECT.replace("EXPECTED", expected))
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", "-rxs")


def test_pytest_shows_skips_and_expected_failures_with_reasons(pytester):
    result = outcomes_of(pytester, "input_gradient_at_awkward_points")

    counts = result.parseoutcomes()
    assert (counts["xfailed"], counts["skipped"], counts["failed"]) == (2, 1, 1)
    assert counts["passed"] > 25
    # The third check that sees the sign was not expected to fail, and tells all that a report tells.
    result.stdout.fnmatch_lines(
        [
            "*FAILED  input_gradient_outside_training",
            "*input     backwards of *",
            "*expected  2, the slope along x*",
            "*got       -2",
            "*hint      *",
        ]
    )
    result.stdout.fnmatch_lines(["*wrong on purpose*"])
    result.stdout.fnmatch_lines(["*no threads*"])


def test_in_pytest_an_expected_failure_that_passes_is_a_failure(pytester):
    result = outcomes_of(pytester, "shapes")

    result.stdout.fnmatch_lines(["*XPASS(strict)*wrong on purpose*"])
    assert result.parseoutcomes()["failed"] == 3


def test_a_subject_says_who_ships_it():
    assert subject_of("activation:tanh").distribution == "glassnet"
    assert subject_of(Backwards).distribution == ""
