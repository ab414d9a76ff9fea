"""``glassnet check``."""

import json
import re
import sys

import pytest

import glassnet as gn

SWISH = '''
"""Two activations, of which one has forgotten a term of its derivative."""
import numpy as np
import glassnet as gn

class Right(gn.Activation):
    """x times its sigmoid. Source: Ramachandran, Zoph and Le (2017)."""
    formula = "y = x s,  s = 1 / (1 + exp(-x))"
    gradient_formula = "dx = dy (s + y (1 - s))"

    def forward(self, x):
        return x * self.gate(x)

    def backward(self, dy, x, y):
        s = self.gate(x)
        return dy * (s + y * (1 - s))

    def gate(self, x):
        small = np.exp(-np.abs(x))
        return np.where(x >= 0, 1, small) / (1 + small)

class Wrong(Right):
    """Source: by mistake."""
    def backward(self, dy, x, y):
        print("what a plugin prints is not part of the answer")
        return dy * self.gate(x)
'''


@pytest.fixture
def with_swish(distribution):
    names = {"right": "swish_module:Right", "wrong": "swish_module:Wrong", "lost": "swish_module:Lost"}
    distribution("glassnet-swish", "1.0", {"activations": names}, swish_module=SWISH)


def test_each_check_of_one_component_has_a_line_and_all_are_counted(glassnet):
    outcome = glassnet("check", "activation:linear")

    assert outcome.code == 0, outcome.out
    *lines, empty, last = outcome.out.splitlines()
    assert empty == ""
    assert all(line.startswith("ok      ") for line in lines)
    assert (
        "ok      input_gradient                    Backward returns the derivative with respect to the input." in lines
    )
    assert last == f"activation:linear: {len(lines)} checks run: {len(lines)} passed"


def test_a_mistake_is_shown_with_its_smallest_input_and_the_exit_code_is_1(run_glassnet, with_swish):
    done = run_glassnet("check", "activation:wrong")

    assert done.returncode == 1
    assert "FAILED  input_gradient " in done.stdout
    told = done.stdout[done.stdout.index("activation:wrong  FAILED  input_gradient\n") :].splitlines()
    assert told[1] == "  Backward returns the derivative with respect to the input."
    # At 0 the forgotten term is zero; at 1 the derivative is s + s (1 - s) with s = 0.731059, and s alone was returned.
    assert told[2] == "  input     wrong of [[1.]] float64 (1, 1)"
    assert told[3] == "  expected  0.927671, the slope along x[0, 0]"
    assert told[4] == "  got       0.731059"
    assert told[5].startswith("  hint      ")
    assert re.search(r"^activation:wrong: \d+ checks run: \d+ passed, 3 failed$", done.stdout, re.MULTILINE)
    assert "what a plugin prints" not in done.stdout


def test_a_distribution_is_checked_component_by_component(run_glassnet, with_swish):
    done = run_glassnet("check", "--dist", "Glassnet_Swish")

    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0] == "FAILED  activation:lost  1 of 1 checks"
    assert re.fullmatch(r"ok      activation:right  \d+ checks", lines[1])
    assert re.fullmatch(r"FAILED  activation:wrong  3 of \d+ checks", lines[2])
    assert "AttributeError: module 'swish_module' has no attribute 'Lost'" in done.stdout
    assert re.fullmatch(r"3 components: \d+ checks run: \d+ passed, 4 failed", lines[-1])


def test_with_json_standard_output_is_one_object(run_glassnet, with_swish):
    done = run_glassnet("check", "activation:right", "activation:wrong", "--json")

    assert done.returncode == 1
    answer = json.loads(done.stdout)
    right, wrong = answer["components"]
    assert (answer["passed"], right["passed"], wrong["passed"]) == (False, True, False)
    assert right["checks_run"] == len(right["checks"]) > 30
    assert answer["counted"].startswith(f"{right['checks_run'] + wrong['checks_run']} checks run: ")
    failed = next(each for each in wrong["checks"] if each["check"] == "input_gradient")
    assert failed["result"] == "failed"
    assert (failed["expected"], failed["got"]) == ("0.927671, the slope along x[0, 0]", "0.731059")
    assert failed["input"] == "wrong of [[1.]] float64 (1, 1)"


def test_options_in_a_spec_are_those_that_are_checked(glassnet):
    assert glassnet("check", "layer:dense(2, bias=False)").code == 0
    outcome = glassnet("check", "layer:dense(0)")
    assert outcome.code == 1
    assert "units must be >= 1 (got 0)" in outcome.out


def test_several_names_of_one_component_are_checked_once(glassnet, monkeypatch):
    named = []
    monkeypatch.setattr(
        "glassnet_testing.runner.conformance.report_on", lambda subject: named.append(subject.title) or _passed(subject)
    )

    assert glassnet("check", "--dist", "glassnet", "--jobs", "1").code == 0
    assert "loss:mean_squared_error" in named
    assert "loss:mse" not in named
    assert len(set(named)) == len(named)
    before = list(named)
    named.clear()
    assert glassnet("check", "--all", "--jobs", "1").code == 0
    assert set(before) <= set(named)


def _passed(subject):
    from glassnet_testing.runner.catalogue import entrance_of
    from glassnet_testing.runner.report import PASSED, Outcome, Report

    return Report(subject.title, tuple(Outcome(check, PASSED) for check in entrance_of(subject.kind)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give one of three"),
        (["activation:tanh", "--all"], "give one of three"),
        (["--dist", "glassnet", "--all"], "give one of three"),
        (["activation:tanhh"], "unknown activation 'tanhh', did you mean 'tanh'?"),
        (["tanh"], "write KIND:NAME, such as 'activation:tanh'"),
        (["function:tanh"], "unknown kind 'function'"),
        (["--dist", "glassnett"], "no component comes from a distribution 'glassnett', did you mean 'glassnet'?"),
        (["activation:tanh("], "'tanh('"),
    ],
)
def test_a_request_that_is_wrong_is_exit_code_2(glassnet, arguments, message):
    outcome = glassnet("check", *arguments)

    assert outcome.code == 2
    assert message in outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.out == ""


def test_zero_checks_are_no_success(glassnet, monkeypatch):
    from glassnet_testing import Report

    monkeypatch.setattr("glassnet_testing.runner.conformance.report_on", lambda subject: Report(subject.title, ()))

    outcome = glassnet("check", "activation:tanh", "activation:relu")
    assert outcome.code == 1
    assert outcome.out.splitlines()[-1] == "2 components: 0 checks run, which is a failure"


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_in_a_terminal_every_line_of_the_list_fits(glassnet, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in glassnet("check", "activation:tanh").out.splitlines()]

    assert all(len(line) <= max(columns, 42) for line in lines[:-2])
    # Reasons are shown where there is room for all of them.
    assert any("Backward returns" in line for line in lines) == (columns == 200)


def test_a_component_of_this_session_is_found(glassnet):
    class Session(gn.Activation):
        """The identity. Source: by definition."""

        formula = "y = x"
        gradient_formula = "dx = dy"

        def forward(self, x):
            return x

        def backward(self, dy, x, y):
            return dy

    with gn.registered("activation", "session", Session):
        assert glassnet("check", "activation:session").code == 0
