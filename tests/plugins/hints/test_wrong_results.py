"""A component that returns something else than it should is named, with what it returned and what to return."""

import operator

import numpy as np
import pytest

import glassnet as gn

X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
Y = (X[:, :1] > 0).astype(np.float32)
WEIGHTS = np.linspace(0.1, 1, 40)
FIT = {"loss": "mse", "optimizer": "sgd(lr=0.01)", "progress": False}

WRONG = {
    "None": lambda array: None,
    "list": lambda array: array.tolist(),
    "float": lambda array: float(np.sum(array)),
    "str": lambda array: "x",
}
SHAPES = {
    r"shape \(\d+,\)": lambda array: array[:-1],
    r"shape \(\d+, 2\)": lambda array: np.stack([array, array], -1),
    r"shape \(\)": np.sum,
}


def squares(y_pred, y_true):
    return ((y_pred - y_true) ** 2).mean(axis=tuple(range(1, y_pred.ndim)))


def loss_with(change, method):
    """Return a loss that is the mean squared error but for what one of its methods returns."""

    class Wrong(gn.Loss):
        def backward(self, y_pred, y_true):
            dy = 2 * (y_pred - y_true) / y_pred.size
            return change(dy) if method == "backward" else dy

    class OfSamples(Wrong):
        def per_sample(self, y_pred, y_true):
            return change(squares(y_pred, y_true))

    class Mean(Wrong):
        def forward(self, y_pred, y_true):
            mean = squares(y_pred, y_true).mean()
            return change(mean[np.newaxis]) if method == "forward" else float(mean)

    return OfSamples() if method == "per_sample" else Mean()


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
@pytest.mark.parametrize("use", ["fit", "evaluate"])
@pytest.mark.parametrize("got", [*WRONG, *SHAPES])
def test_a_loss_of_each_sample_is_one_number_a_sample(got, use, weights):
    loss = loss_with({**WRONG, **SHAPES}[got], "per_sample")
    net = gn.Network("dense(4) relu dense(1)").build(3)
    rows, options = (32, FIT) if use == "fit" else (40, {})
    with pytest.raises(
        gn.ShapeError, match=rf"^per_sample\(\) of .* returned {got}; return one number a .* \({rows},\)"
    ):
        getattr(net, use)(X, Y, **{**options, "loss": loss}, sample_weight=weights)


@pytest.mark.parametrize("got", [*WRONG, *SHAPES])
def test_a_loss_of_real_steps_is_one_number_a_step(got):
    words = np.array([[1, 2, 0, 0], [1, 3, 2, 0]])
    net = gn.Network("embedding(5, 2, padding=0) lstm(3, return_sequences=True, mask=True) dense(1)")
    loss = loss_with({**WRONG, **SHAPES}[got], "per_sample")
    with pytest.raises(gn.ShapeError, match=rf"^per_sample\(\) of .* returned {got}; return one number a .* \(5,\)"):
        net.fit(words, np.ones((2, 4, 1)), **{**FIT, "loss": loss})


def test_a_column_of_losses_is_one_number_a_sample():
    column = loss_with(lambda losses: losses[:, np.newaxis], "per_sample")
    net = gn.Network("dense(1)").build(3)
    for weights in (None, WEIGHTS):
        measured = net.evaluate(X, Y, loss=column, sample_weight=weights)
        assert measured["loss"] == net.evaluate(X, Y, loss="mse", sample_weight=weights)["loss"]


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
@pytest.mark.parametrize("got", WRONG)
def test_the_gradient_of_a_loss_is_an_array(got, weights):
    loss = loss_with(WRONG[got], "backward")
    with pytest.raises(gn.ShapeError, match=rf"^backward\(\) of .* returned {got}; return \(32, 1\), as y_pred$"):
        gn.Network("dense(1)").fit(X, Y, **{**FIT, "loss": loss}, sample_weight=weights)


@pytest.mark.parametrize("change", [lambda mean: None, lambda mean: [1.0], lambda mean: "x", lambda mean: np.ones(3)])
def test_the_mean_of_a_loss_is_a_number(change):
    loss, net = loss_with(change, "forward"), gn.Network("dense(1)").build(3)
    for use in (lambda: net.fit(X, Y, **{**FIT, "loss": loss}), lambda: net.evaluate(X, Y, loss=loss)):
        with pytest.raises(gn.ShapeError, match=r"^forward\(\) of .* returned no number; return the mean loss as one$"):
            use()


def layers_with(change, method):
    """Return a layer and an activation that return their input and gradient but for what one method returns."""
    forward, backward = (change if method == name else np.copy for name in ("forward", "backward"))

    class Whole(gn.Layer):
        def forward(self, params, x, ctx):
            return forward(x), None

        def backward(self, params, cache, dy, grads, ctx):
            return backward(dy)

    class Function(gn.Activation):
        def forward(self, x):
            return forward(x)

        def backward(self, dy, x, y):
            return backward(dy)

    return Whole(), Function()


USES = {
    "fit": lambda net: net.fit(X, Y, **FIT),
    "evaluate": lambda net: net.evaluate(X, Y, loss="mse"),
    "predict": lambda net: net.predict(X),
}


@pytest.mark.parametrize("is_last", [False, True], ids=["between", "last"])
@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("got", WRONG)
def test_the_output_of_a_layer_is_an_array(got, use, is_last):
    for layer in layers_with(WRONG[got], "forward"):
        net = gn.Network(["dense(1)", layer] if is_last else ["dense(3)", layer, "dense(1)"]).build(3)
        wanted = "an array" if isinstance(layer, gn.Activation) else r"\(y, cache\) with an array y"
        if (got, use, is_last) == ("list", "evaluate", True):
            continue  # NumPy computes the loss of a list
        with pytest.raises(gn.ShapeError, match=rf"^forward\(\) of {layer!r} returned {got}; return {wanted}$"):
            USES[use](net)


@pytest.mark.parametrize("got", WRONG)
def test_the_gradient_of_a_layer_is_an_array(got):
    for layer in layers_with(WRONG[got], "backward"):
        with pytest.raises(gn.ShapeError, match=rf"^backward\(\) of {layer!r} returned {got}; return the gradient by"):
            gn.Network(["dense(3)", layer, "dense(1)"]).fit(X, Y, **FIT)


def test_a_first_layer_may_return_no_gradient():
    for layer in layers_with(lambda dy: None, "backward"):
        history = gn.Network([layer, "dense(1)"]).fit(X, Y, **FIT, epochs=30)
        assert history["loss"][-1] < history["loss"][0]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("returned", [None, 1.0, np.ones((40, 3)), "abc"])
def test_a_layer_returns_output_and_cache(use, returned):
    class Alone(gn.Layer):
        def forward(self, params, x, ctx):
            return returned

    net = gn.Network(["dense(3)", Alone(), "dense(1)"]).build(3)
    with pytest.raises(gn.GlassnetError, match=r"returned no pair; return \(y, cache\)$|forward returns|code"):
        USES[use](net)


@pytest.mark.parametrize("got", ["None", "list", "str"])
def test_the_step_size_of_a_schedule_is_a_number(got):
    class Wrong(gn.Schedule):
        def lr(self, step, total_steps, base_lr):
            return WRONG[got](np.ones(3))

    with pytest.raises(gn.ShapeError, match=rf"^lr\(\) of .* returned {got}; return one number$"):
        gn.Network("dense(1)").fit(X, Y, **FIT, schedule=Wrong())


@pytest.mark.parametrize("got", ["None", "list", "str"])
def test_the_penalty_of_a_regularizer_is_a_number(got):
    class Wrong(gn.Regularizer):
        def penalty(self, w):
            return WRONG[got](w)

        def gradient(self, w):
            return w

    with pytest.raises(gn.ShapeError, match=r"^penalty\(\) of .* returned no number; return the penalty as one$"):
        gn.Network("dense(1)").fit(X, Y, **FIT, regularizer=Wrong())


def test_an_error_within_a_component_stays_as_it_is():
    class Broken(gn.Layer):
        def forward(self, params, x, ctx):
            return x + np.ones(7), None

        def backward(self, params, cache, dy, grads, ctx):
            return dy

    net = gn.Network(["dense(3)", Broken(), "dense(1)"]).build(3)
    with pytest.raises(ValueError, match="could not be broadcast together") as caught:
        net.predict(X)
    assert not isinstance(caught.value, gn.GlassnetError)


@pytest.mark.parametrize("got", ["None", "list"])
def test_the_layer_that_returned_is_named_where_a_mask_passes(got):
    layer, _ = layers_with(WRONG[got], "forward")
    net = gn.Network(["embedding(9, 3, padding=0)", layer, "lstm(3, mask=True)", "dense(1)"]).build(6)
    with pytest.raises(gn.ShapeError, match=rf"^forward\(\) of {layer!r} returned {got}; "):
        net.predict(np.arange(24).reshape(4, 6) % 9)


CALLS = {
    "too many arguments": (lambda self, x: (x, None), "positional argument"),
    "too few arguments": (
        lambda self, params, x, ctx, mode: (x, None),
        "missing 1 required positional argument: 'mode'",
    ),
    "compiled": (staticmethod(operator.matmul), "expected 2 arguments, got 3"),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("use", USES)
def test_an_error_of_the_call_itself_stays_as_it_is(call, use):
    forward, message = CALLS[call]
    layer = type("Broken", (gn.Layer,), {"forward": forward, "backward": lambda self, *given: given[2]})()
    net = gn.Network(["dense(3)", layer, "dense(1)"]).build(3)
    with pytest.raises(TypeError, match=message) as caught:
        USES[use](net)
    assert not isinstance(caught.value, gn.GlassnetError)


@pytest.mark.parametrize("use", ["fit", "evaluate"])
def test_an_error_of_the_call_of_a_loss_stays_as_it_is(use):
    methods = {"forward": lambda self, y_pred: 1.0, "backward": lambda self, y_pred, y_true: y_pred}
    loss = type("Broken", (gn.Loss,), methods)()
    net = gn.Network("dense(1)").build(3)
    with pytest.raises(TypeError, match="takes 2 positional arguments but 3 were given") as caught:
        getattr(net, use)(X, Y, **({**FIT, "loss": loss} if use == "fit" else {"loss": loss}))
    assert not isinstance(caught.value, gn.GlassnetError)
