"""``gn.diagnose`` and ``glassnet doctor``: what they return, and what they leave as it was."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
from glassnet_doctor.finding import Finding, Findings
from glassnet_doctor.guessing import guessing_loss
from glassnet_doctor.neighbours import neighbours_of, skill
from glassnet_doctor.record import RECORDS, Record

X = np.random.default_rng(8).normal(size=(90, 2)).astype("float32")
Y = (X[:, 0] > 0).astype(np.int64)


class Alarm(gn.Rule):
    """Finds something in every network."""

    certainty: float = gn.option(0.7, ge=0, le=1, help="how sure")
    reference = "a book"

    def examine(self, case):
        yield self.finding(self.certainty, "everywhere", "it rings", "silence it", samples=len(case.inputs))


class Broken(gn.Rule):
    """Fails."""

    def examine(self, case):
        raise ZeroDivisionError("nothing to divide")


def test_a_rule_of_anybody_is_asked():
    with gn.registered("rule", "alarm", Alarm):
        (finding,) = gn.diagnose(gn.Network("dense(4) tanh dense(2) softmax"), X, Y)
    assert finding == Finding("alarm", 0.7, "it rings", {"samples": 90}, "silence it", "everywhere", "a book")


def test_the_most_certain_finding_comes_first():
    net = gn.Network("dense(4) dense(4) tanh dense(2) softmax")
    with gn.registered("rule", "alarm", Alarm):
        certainties = [each.certainty for each in gn.diagnose(net, X, Y)]
    assert len(certainties) == 2
    assert certainties == sorted(certainties, reverse=True)


def test_a_rule_that_fails_is_named_and_hides_no_other():
    net = gn.Network("dense(4) tanh dense(2) softmax")
    with (
        gn.registered("rule", "alarm", Alarm),
        gn.registered("rule", "broken", Broken),
        pytest.warns(gn.GlassnetWarning, match="rule broken failed with ZeroDivisionError: nothing to divide"),
    ):
        assert [each.rule for each in gn.diagnose(net, X, Y)] == ["alarm"]


def test_the_network_stays_as_it_is():
    net = gn.Network("dense(4) batch_norm tanh dropout(0.5) dense(2) softmax")
    net.fit(X, Y, loss="cross_entropy", optimizer="sgd(lr=1e-6)", epochs=3, progress=False)
    before = net.flat_parameters.copy(), net.gradients.copy(), {n: a.copy() for n, a in net.state["1"].items()}
    history = dict(net.history)
    gn.diagnose(net, X, Y)
    np.testing.assert_array_equal(net.flat_parameters, before[0])
    np.testing.assert_array_equal(net.gradients, before[1])
    for name, array in before[2].items():
        np.testing.assert_array_equal(net.state["1"][name], array)
    assert dict(net.history) == history


def test_a_training_is_the_same_with_the_doctor_and_without(monkeypatch):
    def vector():
        net = gn.Network("dense(4) tanh dropout(0.5) dense(2) softmax")
        net.fit(X, Y, loss="cross_entropy", optimizer="adam", epochs=3, progress=False)
        return net.flat_parameters

    watched = vector()
    from glassnet_doctor.is_trial import IS_TRIAL

    token = IS_TRIAL.set(True)  # then nothing is recorded
    try:
        np.testing.assert_array_equal(vector(), watched)
    finally:
        IS_TRIAL.reset(token)


def test_it_is_a_method_of_networks_too():
    assert gn.Network("dense(2) softmax").diagnose(X, Y) == []


def test_findings_as_text_html_and_plain_values():
    findings = Findings([Finding("a", 0.2, "p", {"n": 1}, "r", "w"), Finding("b", 0.9, "<p>", {"m": 0.5}, "r", "w")])
    assert [each["rule"] for each in json.loads(json.dumps(findings.as_plain()))] == ["b", "a"]
    assert "b (90%), w: <p>" in str(findings)
    assert "&lt;p&gt;" in findings._repr_html_()
    assert str(Findings()) == "no findings"


# --- what is computed --------------------------------------------------------------------------------


def test_guessing_classes_costs_their_entropy():
    y = np.repeat([0, 1, 2], [10, 30, 60])
    entropy = -sum(p * math.log(p) for p in (0.1, 0.3, 0.6))
    loss = gn.losses.categorical_crossentropy()
    assert guessing_loss(loss, y, (3,), np.dtype("float64")) == pytest.approx(entropy)
    assert guessing_loss(loss, np.eye(3)[y], (3,), np.dtype("float64")) == pytest.approx(entropy)


def test_guessing_values_costs_their_variance_or_deviation():
    y = np.array([[0.0], [1.0], [1.0], [10.0]])
    assert guessing_loss(gn.losses.mse(), y, (1,), np.dtype("float64")) == pytest.approx(np.var(y))
    by_median = (1 + 0 + 0 + 9) / 4
    assert guessing_loss(gn.losses.mae(), y, (1,), np.dtype("float64")) == pytest.approx(by_median)


def test_neighbours_are_the_nearest_others():
    x = np.arange(20.0)[:, None]
    assert set(neighbours_of(x)[10].tolist()) <= {7, 8, 9, 11, 12, 13}
    assert set(neighbours_of(x)[0].tolist()) == {1, 2, 3, 4, 5}


def test_skill_is_one_for_groups_and_about_zero_for_noise():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, 300)
    near = neighbours_of(rng.normal(size=(300, 2)) + 50 * labels[:, None])
    assert skill(near, labels, are_classes=True)[0] == pytest.approx(1)
    assert abs(skill(near, rng.integers(0, 2, 300), are_classes=True)[1]) < 3


def test_a_sample_has_the_size_of_values_and_of_the_step():
    """The gradient of the mean of (w x - t)^2 with w = 0 is the mean of -2 x t, and a step is half of it."""
    x, t = np.array([[1.0], [2.0], [3.0]]), np.array([[2.0], [0.0], [2.0]])
    net = gn.Network("dense(1, bias=False, weight_init='constant(0)')").build(1)
    net.fit(x, t, loss="mse", optimizer="sgd(lr=0.5)", epochs=3, batch_size=3, progress=False)
    record = RECORDS[net]
    assert [each.step for each in record.samples] == [0, 1]
    assert (record.steps, record.steps_per_epoch) == (3, 1)
    first, second = (each.parameters["0.weights"] for each in record.samples)
    step = 0.5 * 2 * (1 * 2 + 3 * 2) / 3
    assert (first.rms, first.update_rms) == pytest.approx((0, step))
    gradient = 2 * sum(each * (step * each - target) for each, target in ((1, 2), (2, 0), (3, 2))) / 3
    assert (second.rms, second.update_rms) == pytest.approx((step, 0.5 * abs(gradient)), rel=1e-5)


def test_a_record_comes_back_from_json():
    net = gn.Network("dense(3)")
    net.fit(X, X @ np.ones((2, 3)), loss="mse", optimizer="sgd", epochs=3, progress=False)
    record = RECORDS[net]
    again = Record.of_plain(json.loads(json.dumps(record.as_plain())), record.options)
    assert again.samples == record.samples


# --- the command -------------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    from glassnet_commands.command_line import main

    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        capsys.readouterr()
        code = main([str(each) for each in arguments])
        return code, *capsys.readouterr()

    return run


def test_a_healthy_run_has_exit_code_0(run):
    assert run("train", "blobs", "--quiet", "--no-plots")[0] == 0
    code, out, _ = run("doctor", "runs/blobs-1")
    assert (code, out) == (0, "no findings\n")
    assert json.loads(Path("runs/blobs-1/summary.json").read_text())["findings"] == []


def test_a_run_that_does_not_learn_has_findings_and_exit_code_1(run):
    code, out, _ = run("train", "spiral", "--optimizer", "sgd(lr=1e-6)", "--epochs", 10, "--quiet", "--no-plots")
    assert code == 0
    assert "findings  lr_too_low: " in out
    code, out, _ = run("doctor", "runs/spiral-1", "--json")
    assert code == 1
    findings = json.loads(out)["findings"]
    assert findings[0]["rule"] == "lr_too_low"
    assert set(findings[0]) == {"rule", "certainty", "problem", "evidence", "remedy", "where", "reference"}
    assert findings == json.loads(Path("runs/spiral-1/summary.json").read_text())["findings"]


def test_train_prints_three_findings_at_most(run):
    layers = "dense(8, bias=False) dense(8) softmax dense(8) dropout(0.9) dense(3) softmax"
    _, out, _ = run("train", "blobs", "--layers", layers, "--quiet", "--no-plots")
    assert len([line for line in out.splitlines() if line.startswith(("findings", "   "))]) == 4  # and where more is


def test_a_run_without_a_record_is_examined_as_far_as_it_is_known(run):
    run("train", "blobs", "--layers", "dense(8) dense(3) softmax", "--quiet", "--no-plots")
    Path("runs/blobs-1/record.json").unlink()
    code, out, _ = run("doctor", "runs/blobs-1")
    assert code == 1
    assert out.startswith("linear_layers_in_a_row (90%)")


def test_a_folder_that_is_not_a_run_is_an_error(run):
    code, _, err = run("doctor", ".")
    assert (code, err.count("\n")) == (2, 1)
    assert "is not a run" in err


def test_a_damaged_record_is_an_error(run):
    run("train", "blobs", "--quiet", "--no-plots")
    Path("runs/blobs-1/record.json").write_text("{}")
    code, _, err = run("doctor", "runs/blobs-1")
    assert code == 2
    assert "record.json is damaged" in err
