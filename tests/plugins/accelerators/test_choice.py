"""Accelerators: which replaces which component, when, and the record of it in a run."""

import json
import subprocess
import sys

import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators import choice as acceleration

X = np.random.default_rng(0).normal(size=(12, 3)).astype(np.float32)
Y = X.sum(axis=1, keepdims=True)


class Doubled(gn.Optimizer):
    """Steps twice as long as they should be, so that it shows who took them."""

    optimizer: gn.Optimizer = gn.option(kind="optimizer", help="sgd")

    @property
    def lr(self):
        return self.optimizer.lr

    def update(self, p, g, state, lr, t):
        p -= 2 * lr * g


class Doubling(gn.Accelerator):
    """Makes sgd's steps longer."""

    replaces = "optimizer.glassnet.sgd"

    def replacement(self, component):
        return Doubled(component)


class WorthALot(Doubling):
    """Is used from 2 steps of 4 parameters on."""

    def is_worthwhile(self, workload):
        return workload.total_elements >= 8


class WorthManySteps(Doubling):
    """Is used from 3 steps on, however few parameters there are."""

    def is_worthwhile(self, workload):
        return workload.steps >= 3


class WorthLittle(Doubling):
    """Is used for up to 3 parameters."""

    def is_worthwhile(self, workload):
        return workload.elements <= 3


class Uninstalled(Doubling):
    """Needs a module that is never installed."""

    requires = ("no_such_module_anywhere",)


class Broken(Doubling):
    """Cannot do what it says."""

    def replacement(self, component):
        raise ImportError("the compiler is gone")


@pytest.fixture(autouse=True)
def _switch():
    yield
    gn.use_accelerators(None)
    acceleration._warn.cache_clear()


def weights_after(optimizer="sgd(lr=0.1)", **options):
    """Return the weights after training, 1 step by default."""
    net = gn.Network("dense(1)").build((3,), seed=0)
    net.fit(X, Y, loss="mse", optimizer=optimizer, batch_size=12, progress=False, **options)
    return net.flat_parameters.copy()


def step_of(optimizer="sgd(lr=0.1)"):
    start = gn.Network("dense(1)").build((3,), seed=0).flat_parameters
    return weights_after(optimizer) - start


def test_what_is_registered_stands_in():
    alone = step_of()
    with gn.registered("accelerator", "doubling", Doubling):
        np.testing.assert_allclose(step_of(), 2 * alone, rtol=1e-5)


def test_what_another_optimizer_holds_is_replaced_too():
    alone = step_of("accumulate(sgd(lr=0.1), steps=1)")
    with gn.registered("accelerator", "doubling", Doubling):
        np.testing.assert_allclose(step_of("accumulate(sgd(lr=0.1), steps=1)"), 2 * alone, rtol=1e-5)


def test_another_component_of_the_same_name_is_left_alone():
    class Sgd(gn.Optimizer):
        """Somebody's own."""

        lr: float = gn.option(0.1, gt=0, help="step size")

        def update(self, p, g, state, lr, t):
            p -= lr * g

    alone = step_of(Sgd())
    with gn.registered("accelerator", "doubling", Doubling), gn.registered("optimizer", "sgd", Sgd):
        np.testing.assert_array_equal(step_of(Sgd()), alone)


def test_it_can_be_switched_off_by_variable_and_by_function(monkeypatch):
    alone = step_of()
    with gn.registered("accelerator", "doubling", Doubling):
        monkeypatch.setenv("GLASSNET_ACCELERATORS", "off")
        gn.use_accelerators(None)  # reads the variable again
        np.testing.assert_array_equal(step_of(), alone)
        gn.use_accelerators(True)
        np.testing.assert_allclose(step_of(), 2 * alone, rtol=1e-5)
        monkeypatch.delenv("GLASSNET_ACCELERATORS")
        gn.use_accelerators(False)
        np.testing.assert_array_equal(step_of(), alone)
        gn.use_accelerators(None)
        np.testing.assert_allclose(step_of(), 2 * alone, rtol=1e-5)


def test_a_variable_that_makes_no_sense_is_refused(monkeypatch):
    monkeypatch.setenv("GLASSNET_ACCELERATORS", "perhaps")
    gn.use_accelerators(None)
    with pytest.raises(gn.OptionError, match="GLASSNET_ACCELERATORS is on or off, got 'perhaps'"):
        step_of()


def test_it_is_used_from_a_number_of_elements_on():
    one, two = weights_after(epochs=1), weights_after(epochs=2)
    with gn.registered("accelerator", "worth_a_lot", WorthALot):
        np.testing.assert_array_equal(weights_after(epochs=1), one)
        assert not np.array_equal(weights_after(epochs=2), two)


def test_it_is_used_from_a_number_of_products_on(monkeypatch):
    one, two = weights_after(epochs=1), weights_after(epochs=2)
    # 4 parameters and a batch of 12 samples
    monkeypatch.setattr(WorthALot, "is_worthwhile", lambda self, workload: workload.total_products >= 2 * 4 * 12)
    with gn.registered("accelerator", "worth_a_lot", WorthALot):
        np.testing.assert_array_equal(weights_after(epochs=1), one)
        assert not np.array_equal(weights_after(epochs=2), two)


def test_it_is_used_from_a_number_of_steps_on():
    two, three = weights_after(epochs=2), weights_after(epochs=3)
    with gn.registered("accelerator", "worth_many_steps", WorthManySteps):
        np.testing.assert_array_equal(weights_after(epochs=2), two)
        assert not np.array_equal(weights_after(epochs=3), three)


def test_a_run_whose_length_nobody_knows_counts_as_a_long_one(monkeypatch):
    def weights():
        net = gn.Network("dense(1)").build((3,), seed=0)
        net.fit((batch for batch in [(X, Y)]), loss="mse", optimizer="sgd(lr=0.1)", epochs=1, progress=False)
        return net.flat_parameters.copy()

    one = weights()
    with gn.registered("accelerator", "worth_a_lot", WorthALot):
        monkeypatch.setattr(WorthALot, "is_worthwhile", lambda self, workload: workload.total_elements > 4 * 10_000)
        np.testing.assert_array_equal(weights(), one)
        monkeypatch.setattr(WorthALot, "is_worthwhile", lambda self, workload: workload.total_elements >= 4 * 10_000)
        assert not np.array_equal(weights(), one)


def test_it_is_used_up_to_a_number_of_elements(monkeypatch):
    alone = step_of()
    with gn.registered("accelerator", "worth_little", WorthLittle):
        np.testing.assert_array_equal(step_of(), alone)
        monkeypatch.setattr(WorthLittle, "is_worthwhile", lambda self, workload: workload.elements <= 4)
        np.testing.assert_allclose(step_of(), 2 * alone, rtol=1e-5)


def test_the_elements_of_a_loss_and_of_a_layer_are_counted(monkeypatch):
    asked = {}

    def note(self, component, elements):
        asked[component.title()] = elements
        return component

    monkeypatch.setattr(acceleration.Acceleration, "replacement", note)
    net = gn.Network("dense(5) relu dense(1)").build((3,))
    net.fit(X, Y, loss="mse", optimizer="sgd", batch_size=12, epochs=1, progress=False)
    assert asked == {"sgd": 26, "mean_squared_error": 12, "dense": 60, "relu": 60}


def test_a_bit_identical_accelerator_is_used_for_any_size(monkeypatch):
    one = weights_after(epochs=1)

    class Started(WorthALot):
        """Needs what everybody has imported."""

        requires = ("numpy",)

    with gn.registered("accelerator", "started", Started):
        np.testing.assert_array_equal(weights_after(epochs=1), one)
        monkeypatch.setattr(Started, "bit_identical", True)
        assert not np.array_equal(weights_after(epochs=1), one)
        monkeypatch.setattr(Started, "requires", ("this",))  # it is installed, and not imported
        np.testing.assert_array_equal(weights_after(epochs=1), one)


def test_the_totals_of_a_run_are_those_of_a_step_times_its_steps():
    workload = gn.Workload(steps=3, elements=5, products=7)
    assert (workload.total_elements, workload.total_products) == (15, 21)


def test_without_what_it_needs_it_is_not_used():
    alone = step_of()
    with gn.registered("accelerator", "uninstalled", Uninstalled):
        np.testing.assert_array_equal(step_of(), alone)


def test_one_that_fails_is_warned_of_once_and_training_goes_on():
    alone = step_of()
    with gn.registered("accelerator", "broken", Broken):
        with pytest.warns(gn.GlassnetWarning, match="accelerator broken does not work here.*the compiler is gone"):
            np.testing.assert_array_equal(step_of(), alone)
        np.testing.assert_array_equal(step_of(), alone)


def test_one_that_cannot_be_made_is_warned_of_and_training_goes_on():
    class Choosy(Doubling):
        """Needs to be told something."""

        level: int = gn.option(ge=1, help="how much")

    alone = step_of()
    with (
        gn.registered("accelerator", "choosy", Choosy),
        pytest.warns(gn.GlassnetWarning, match="accelerator choosy does not work here"),
    ):
        np.testing.assert_array_equal(step_of(), alone)


class Noted(gn.Activation):
    """A relu that notes how often it is asked."""

    calls = 0

    def forward(self, x):
        Noted.calls += 1
        return np.maximum(x, 0)

    def backward(self, dy, x, y):
        return dy * (x > 0)


class Noting(gn.Accelerator):
    """Notes when a relu is asked."""

    replaces = "activation.glassnet.relu"

    def replacement(self, component):
        return Noted()


class Tenfold(gn.Loss):
    """Ten times the loss."""

    loss: gn.Loss = gn.option(kind="loss", help="the loss")

    def per_sample(self, y_pred, y_true):
        return 10 * self.loss.per_sample(y_pred, y_true)

    def backward(self, y_pred, y_true):
        return 10 * self.loss.backward(y_pred, y_true)


class Exaggerating(gn.Accelerator):
    """Makes losses larger."""

    replaces = "loss.glassnet.mean_squared_error"

    def replacement(self, component):
        return Tenfold(component)


@pytest.mark.parametrize("layers", ["dense(2) relu dense(1)", "residual([dense(3), relu]) dense(1)"])
def test_activations_are_replaced_in_training_wherever_they_stand(layers):
    net = gn.Network(layers).build((3,))
    Noted.calls = 0
    with gn.registered("accelerator", "noting", Noting):
        net.fit(X, Y, loss="mse", optimizer="sgd", batch_size=12, epochs=3, progress=False)
    assert Noted.calls == 3
    assert "relu" in repr(net)


def test_losses_are_replaced():
    alone = step_of()
    with gn.registered("accelerator", "exaggerating", Exaggerating):
        np.testing.assert_allclose(step_of(), 10 * alone, rtol=1e-5)


def test_a_run_is_continued_with_the_accelerators_that_it_was_started_with(tmp_path):
    with gn.registered("accelerator", "doubling", Doubling):
        whole = weights_after(epochs=4)
        weights_after(epochs=2, folder=tmp_path)
        np.testing.assert_array_equal(weights_after(epochs=4, folder=tmp_path, resume_from=tmp_path), whole)
    weights_after(epochs=2, folder=tmp_path / "plain")
    plain = weights_after(epochs=4)
    with gn.registered("accelerator", "doubling", Doubling):
        again = weights_after(epochs=4, folder=tmp_path / "plain", resume_from=tmp_path / "plain")
    np.testing.assert_array_equal(again, plain)


def test_without_the_accelerator_of_the_saved_run_it_is_not_continued(tmp_path):
    with gn.registered("accelerator", "doubling", Doubling):
        weights_after(epochs=2, folder=tmp_path)
    with pytest.raises(gn.ResumeError, match="computed with the accelerator doubling, which is switched off or cannot"):
        weights_after(epochs=4, folder=tmp_path, resume_from=tmp_path)


def test_the_folder_says_what_was_used(tmp_path):
    with gn.registered("accelerator", "doubling", Doubling):
        weights_after(folder=tmp_path)
    described = json.loads((tmp_path / "environment.json").read_text())
    assert described["accelerators"] == ["doubling", "numpy_dense"]
    assert described["threads"] >= 1


def test_a_small_training_does_not_import_numba():
    code = (
        "import sys, numpy as np, glassnet as gn\n"
        "gn.Network('dense(1)').fit(np.ones((4, 2)), np.ones(4), loss='mse', optimizer='adam', progress=False)\n"
        "assert 'numba' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
