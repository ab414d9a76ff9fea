"""Numbers that do not fit, and runs that end in NaN or infinity: the message names the cause."""

import warnings

import numpy as np
import pytest

import glassnet as gn

X = np.random.default_rng(0).normal(size=(8, 2))
Y = X @ np.array([[1.0], [2.0]])


def fit(net=None, x=X, y=Y, **options):
    net = net or gn.Network(["dense(1)"]).build((2,), seed=0)
    with np.errstate(all="ignore"):
        return net.fit(x, y, **{"loss": "mse", "optimizer": "sgd(lr=0.01)", "batch_size": 4, **options})


def fit_on(*arguments, **options):
    return fit(*arguments, **options, on_divergence="continue")


TOO_LARGE = "has 1e[+]39 at sample 5, more than float32 holds"


@pytest.mark.parametrize("name", ["x", "y"])
@pytest.mark.parametrize("use", ["fit", "evaluate", "validation", "batches"])
def test_numbers_that_overflow_the_type_are_refused_before_training(use, name):
    data = {"x": X.copy(), "y": Y.copy()}
    data[name][5] = 1e39
    x, y = data["x"], data["y"]
    net = gn.Network(["dense(1)"]).build((2,), seed=0)
    before = net.flat_parameters.copy()
    with pytest.raises(gn.DataError, match=f"{name} {TOO_LARGE}"):
        {
            "fit": lambda: fit(net, x, y),
            "evaluate": lambda: net.evaluate(x, y, loss="mse"),
            "validation": lambda: fit(net, validation=(x, y)),
            "batches": lambda: net.fit([(x, y)], loss="mse", optimizer="sgd"),
        }[use]()
    assert net.flat_parameters.tobytes() == before.tobytes()


def test_predict_refuses_them_too():
    x = X.copy()
    x[5, 1] = -1e39
    with pytest.raises(gn.DataError, match=r"x has -1e[+]39, more than float32 holds"):
        gn.Network(["dense(1)"]).build((2,)).predict(x)


def test_a_network_of_float64_takes_them():
    net = gn.Network(["dense(1)"]).build((2,), dtype="float64")
    assert np.isfinite(net.predict(X * 1e39)).all()


def test_the_largest_number_of_the_type_is_taken():
    largest = float(np.finfo(np.float32).max)
    net = gn.Network(["linear"]).build((2,))
    assert net.predict(np.full((1, 2), largest)).tolist() == [[largest] * 2]


class Infinite(gn.Callback):
    """Makes the gradient of one bias infinite in one step."""

    at: int = gn.option(1, help="the step")

    def on_after_backward(self, run):
        if run.step + 1 == self.at:
            run.network.gradients[-1] = np.inf


@pytest.mark.parametrize("validation", [None, (X, Y)])
def test_an_infinite_gradient_in_the_last_step_is_reported(validation):
    problem = r"parameter '0.bias' is -inf after step 4, in epoch 2, and the loss was still"
    with pytest.warns(gn.GlassnetWarning, match=problem):
        history = fit_on(epochs=2, callbacks=[Infinite(4)], validation=validation)
    assert np.isfinite(history["loss"]).all()


def test_an_infinite_gradient_before_it_is_reported_with_its_step():
    with pytest.warns(gn.GlassnetWarning, match=r"lower the learning rate \(step 2 was the first.*'0.weights' is nan"):
        fit_on(callbacks=[Infinite(1)])


def test_a_step_that_is_too_large_is_reported_of_a_finite_history():
    """One step of 1e39 from a finite loss: the parameters are infinite, and no loss has seen them."""
    with pytest.warns(gn.GlassnetWarning, match=r"parameter '0.weights' .* after step 1, in epoch 1"):
        history = fit_on(batch_size=8, optimizer="sgd(lr=1e39)")
    assert np.isfinite(history["loss"]).all()


def test_the_step_that_accumulate_puts_off_is_looked_at_too():
    with pytest.warns(gn.GlassnetWarning, match="parameter '0.bias' is -inf after step 2"):
        fit_on(callbacks=[Infinite(2)], optimizer="accumulate(sgd(lr=0.1), steps=3)")


def test_state_that_overflows_is_reported():
    """The variance of numbers of 1e30 is more than float32 holds."""
    net = gn.Network(["batch_norm", "dense(1)"]).build((2,), seed=0)
    with pytest.warns(gn.GlassnetWarning, match=r"state '0.running_variance' is inf"):
        fit_on(net, X * 1e30)


def test_a_loss_that_overflows_with_finite_parameters_says_so():
    with pytest.warns(gn.GlassnetWarning, match=r"the loss is inf.*scale inputs and targets.*all parameters are still"):
        fit_on(y=Y * 1e25, optimizer="sgd(lr=1e-30)")


def test_a_run_that_ends_well_says_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        history = fit(epochs=3)
    assert np.isfinite(history["loss"]).all()


def test_parameters_as_large_as_their_squares_overflow_are_finite():
    net = gn.Network(["dense(1)"]).build((2,), seed=0)
    net.flat_parameters[...] = 1e25
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(net, X * 0, Y * 0, loss="mae", optimizer="sgd(lr=1e-9)")
