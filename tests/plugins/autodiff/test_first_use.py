"""Found gradients at their first use in a run: a wrong one is refused before it trains, and a right one is not."""

from __future__ import annotations

import math
import statistics
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.registry.registry import registry
from glassnet_autodiff.rules import VJPS
from glassnet_autodiff.slope_check import Found, check_slopes

X = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
Y = np.random.default_rng(1).normal(size=(40, 3)).astype(np.float32)


def layer(forward: Any) -> gn.Layer:
    class Made(gn.Layer):
        """A layer of one formula."""

        def parameters(self, shape: gn.Shape) -> dict[str, gn.Parameter]:
            return {"w": gn.Parameter(shape, "normal(0.5)")}

        def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
            return forward(x, params["w"]), None

    return Made()


def activation(forward: Any) -> gn.Activation:
    class Made(gn.Activation):
        """An activation of one formula."""

        def forward(self, x: gn.Array) -> gn.Array:
            return forward(x)

    return Made()


def loss(forward: Any) -> gn.Loss:
    class Made(gn.Loss):
        """A loss of one formula."""

        def forward(self, y_pred: gn.Array, y_true: gn.Array) -> float:
            return forward(y_pred - y_true)

    return Made()


def regularizer(penalty: Any) -> gn.Regularizer:
    class Made(gn.Regularizer):
        """A penalty of one formula."""

        def penalty(self, w: gn.Array) -> float:
            return penalty(w)

    return Made()


def fit(*layers: Any, x: Any = X, dtype: str = "float32", **how: Any) -> gn.Network:
    network = gn.Network([*layers]).build(x.shape[1:], dtype=dtype)
    network.fit(x, Y[:, : network.output_shape[0]], progress=False, **{"loss": "mse", "optimizer": "sgd(0.01)", **how})
    return network


def residual(inner: Any) -> gn.Layer:
    return registry.resolve("layer", "residual")((inner,))


@pytest.fixture
def zero_tanh(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that is wrong: np.tanh without a slope."""
    monkeypatch.setitem(VJPS, np.tanh, lambda g, y, x: (0 * g,))


WRONG = {
    "layer": (["dense(3)", layer(lambda x, w: np.tanh(x) * w), "dense(2)"], {}, "layer 1 'made'"),
    "layer_in_a_layer": (
        ["dense(3)", residual(layer(lambda x, w: np.tanh(x) * w)), "dense(2)"],
        {},
        "layer 1 'residual",
    ),
    "parameter": (["dense(3)", layer(lambda x, w: x * np.tanh(w)), "dense(2)"], {}, "slope along w is 0 on the tape"),
    "activation": (["dense(3)", activation(np.tanh), "dense(2)"], {}, "slope along the input is 0 on the tape"),
    "loss": (["dense(2)"], {"loss": loss(lambda e: np.mean(np.tanh(e)))}, "in loss 'made'"),
    "regularizer": (
        ["dense(2)"],
        {"regularizer": regularizer(lambda w: np.sum(np.tanh(w) ** 2))},
        "regularizer 'made'",
    ),
}


@pytest.mark.usefixtures("zero_tanh")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_rule_is_refused_before_the_first_step(kind: str, dtype: str) -> None:
    layers, how, message = WRONG[kind]
    with pytest.raises(gn.TracingError, match=message):
        fit(*layers, dtype=dtype, **how)


@pytest.mark.usefixtures("zero_tanh")
def test_what_has_its_own_backward_is_not_looked_at() -> None:
    fit("dense(3)", "tanh", "dense(2)")


def test_a_derivative_that_is_one_percent_off_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VJPS, np.tanh, lambda g, y, x: (g * (1 - y * y) * 1.01,))
    with pytest.raises(gn.TracingError, match="by differences"):
        fit("dense(3)", activation(np.tanh), "dense(2)")


def stable_sigmoid(x: Any) -> Any:
    """At 0 no slopes of the parts add up to that of the whole."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, e) / (1 + e)


RIGHT = {
    "relu": lambda x, w: np.maximum(x, 0) * w,
    "kinks_of_parts": lambda x, w: stable_sigmoid(x) * w,
    "extremes": lambda x, w: np.max(x, axis=1, keepdims=True) * w,
    "ties": lambda x, w: np.sort(np.round(x), axis=1) * w,
    "jumps": lambda x, w: np.floor(3 * x) * w,
    "branches": lambda x, w: x * w if x[0, 0] > 0 else x - w,
    "root_of_zero": lambda x, w: np.where(x > 0, np.sqrt(np.abs(x)), 0.0) * w,
    "coarse": lambda x, w: (np.tanh(x).astype(np.float32) * 3.0) * w,
    "constant": lambda x, w: np.ones((len(x), 3)),
    "shown_twice": lambda x, w: np.broadcast_to((x * w)[:, :1], x.shape),
    "small": lambda x, w: 1e-12 * x * w,
    "large": lambda x, w: np.exp(3 * np.tanh(x)) * w + 30,
    "normed": lambda x, w: x / np.sqrt(np.mean(x * x, axis=1, keepdims=True) + 1e-6) * w,
    "spectrum": lambda x, w: np.abs(np.fft.fft(x * w)),
    "float": lambda x, w: x.astype(float) * np.mean(x, dtype=float) * w + np.zeros(3, dtype=float),
}


@pytest.mark.parametrize("inputs", ["drawn", "zero"])
@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_trains(name: str, inputs: str) -> None:
    """With inputs of zero and first biases of zero each unit stands on its kink."""
    x = X if inputs == "drawn" else 0 * X
    network = fit("dense(3)", layer(RIGHT[name]), "dense(2)", x=x)
    assert np.isfinite(network.flat_parameters).all()


def test_a_dense_layer_before_a_spectrum_moves() -> None:
    network = gn.Network(["dense(4)", activation(lambda x: np.abs(np.fft.fft(x))), "dense(2)"]).build((4,), seed=0)
    before = network.parameters["0.weights"].copy()
    network.fit(X, Y[:, :2], loss="mse", optimizer="sgd(0.01)", epochs=5, progress=False)
    assert np.abs(network.parameters["0.weights"] - before).max() > 1e-3


def test_random_numbers_that_are_not_those_of_the_context_are_refused() -> None:
    rng = np.random.default_rng(3)
    with pytest.raises(gn.TracingError, match="it is random, or off by"):
        fit("dense(3)", layer(lambda x, w: x * w * rng.normal(size=x.shape)), "dense(2)")


def test_random_numbers_of_the_context_are_the_same_each_time() -> None:
    class Noise(gn.Layer):
        def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
            return x * ctx.rng.normal(size=x.shape), None

    fit("dense(3)", Noise(), "dense(2)")


def test_the_check_changes_no_byte_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    class Counted(gn.Layer):
        """A layer with state."""

        def state(self, shape: gn.Shape) -> gn.Arrays:
            return {"mean": np.zeros(shape)}

        def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
            ctx.state["mean"] += 0.1 * x.mean(axis=0)
            return x - ctx.state["mean"], None

    layers = ["dense(3)", Counted(), "dropout(0.5)", "dense(2)"]
    checked = fit(*layers, epochs=2)
    monkeypatch.setattr("glassnet_autodiff.derives.is_derived", lambda component: False)
    plain = fit(*layers, epochs=2)
    assert checked.flat_parameters.tobytes() == plain.flat_parameters.tobytes()
    assert checked.state["1"]["mean"].tobytes() == plain.state["1"]["mean"].tobytes()


def test_a_run_is_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from glassnet_autodiff import first_use

    seen = []
    check = first_use.check_layers
    monkeypatch.setattr(first_use, "check_layers", lambda *a, **named: seen.append(1) or check(*a, **named))
    fit("dense(3)", activation(np.tanh), "dense(2)", epochs=3)
    assert len(seen) == 1
    fit("dense(3)", "tanh", "dense(2)", epochs=3)
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("forward", "message"),
    [
        (lambda x, w: np.apply_along_axis(np.sort, 1, x) * w, r"np\.apply_along_axis has no derivative"),
        (lambda x, w: np.asarray(x) * w, r"np\.asarray\(\) out"),
        (lambda x, w: math.exp(x[0, 0]) * w * x, "in place of those of math"),
        (lambda x, w: (x * w, x), "forward returns tuple"),
        (lambda x, w: {"y": x * w}, "forward returns dict"),
        (lambda x, w: x * w * (1 if type(x) is np.ndarray else 2), "off by"),
    ],
)
def test_an_error_names_function_layer_and_line(forward: Any, message: str) -> None:
    with pytest.raises(gn.TracingError, match=rf"(?s){message}.*in layer 1 'made'") as caught:
        fit("dense(3)", layer(forward), "dense(3)")
    told = str(caught.value)
    if "returns" not in told and "off by" not in told:
        assert f"test_first_use.py, line {forward.__code__.co_firstlineno})" in told


def centred_in_place(x: Any) -> Any:
    x -= x.mean(axis=1, keepdims=True)
    return x


def positive_in_place(x: Any) -> Any:
    x[x < 0] = 0
    return x


def squared_in_place(x: Any) -> Any:
    return np.square(x, out=x)


@pytest.mark.parametrize("forward", [centred_in_place, positive_in_place, squared_in_place])
def test_a_layer_that_writes_into_its_input_is_refused(forward: Any) -> None:
    """The tanh in front needs its output again, to find its own gradient."""
    line = forward.__code__.co_firstlineno + 1
    for made in (activation(forward), layer(lambda x, w: forward(x) * w)):
        told = rf"writes into an array.*x\.copy\(\).*test_first_use\.py, line {line}\); in layer 2 'made'"
        with pytest.raises(gn.TracingError, match=told):
            fit("dense(3)", "tanh", made, "dense(2)")


def test_a_layer_that_writes_into_its_parameters_is_refused() -> None:
    def forward(x: Any, w: Any) -> Any:
        w *= 0.9
        return x * w

    with pytest.raises(gn.TracingError, match=r"writes into an array.*in layer 1 'made'"):
        fit("dense(3)", layer(forward), "dense(2)")


def test_a_loss_that_writes_into_predictions_or_targets_is_refused() -> None:
    class Made(gn.Loss):
        """A mean of squares."""

        of_targets: bool = gn.option(False)

        def forward(self, y_pred: gn.Array, y_true: gn.Array) -> float:
            error = y_true if self.of_targets else y_pred
            error -= y_pred if self.of_targets else y_true
            return np.mean(error**2)

    for of_targets in (False, True):
        with pytest.raises(gn.TracingError, match=r"writes into an array.*in loss 'made"):
            fit("dense(2)", loss=Made(of_targets=of_targets))


def test_a_regularizer_that_writes_into_the_weights_is_refused() -> None:
    with pytest.raises(gn.TracingError, match=r"writes into an array.*in regularizer 'made'"):
        fit("dense(2)", regularizer=regularizer(lambda w: np.sum(squared_in_place(w))))


def filled(x: Any, w: Any) -> Any:
    y = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        y[place] = x[place] ** 2
    return y * w


def from_numbers(x: Any, w: Any) -> Any:
    return np.fromiter((row.sum() for row in x), float)[:, None] * w


@pytest.mark.parametrize(("forward", "after"), [(filled, 3), (from_numbers, 1)])
def test_numpy_hides_no_refusal_behind_an_error_of_its_own(forward: Any, after: int) -> None:
    line = forward.__code__.co_firstlineno + after
    told = rf"cannot become a plain one.*write to ctx\.buffer.*test_first_use\.py, line {line}\); in layer 1"
    with pytest.raises(gn.TracingError, match=told):
        fit("dense(3)", layer(forward), "dense(2)")


@pytest.mark.parametrize(
    ("forward", "message"),
    [
        (lambda e: np.mean(e**2, axis=1), r"an array of shape \(16,\).*np\.mean.*in loss 'made'"),
        (lambda e: None, r"returns NoneType.*in loss 'made'"),
    ],
)
def test_a_loss_returns_one_number(forward: Any, message: str) -> None:
    with pytest.raises(gn.TracingError, match=message):
        fit("dense(2)", loss=loss(forward))


def test_a_penalty_is_one_number() -> None:
    with pytest.raises(gn.TracingError, match=r"an array of shape \(4,\).*in regularizer 'made'"):
        fit("dense(2)", regularizer=regularizer(lambda w: np.sum(w**2, axis=1)))


def test_a_layer_that_returns_the_output_alone_is_told_of_the_cache() -> None:
    class Made(gn.Layer):
        """Twice its input."""

        def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> Any:
            return 2 * x

    told = r"made: forward returns ndarray.*y, None"
    with pytest.raises(gn.TracingError, match=told):
        fit("dense(3)", Made(), "dense(2)")
    with pytest.raises(gn.TracingError, match=told):
        gn.Network(["dense(3)", Made()]).build(4).predict(X[:2])


def test_a_layer_whose_output_has_another_shape_than_it_says_is_refused() -> None:
    told = r"samples of shape \(2,\), and output_shape\(\) is \(3,\).*in layer 1 'made'"
    with pytest.raises(gn.TracingError, match=told):
        fit("dense(3)", layer(lambda x, w: (x * w)[:, :2]), "dense(2)")


def test_a_ufunc_of_another_package_is_not_called_one_of_numpy() -> None:
    with pytest.raises(gn.TracingError, match=r"^abs \(vectorized\) "):
        fit("dense(3)", layer(lambda x, w: np.frompyfunc(abs, 1, 1)(x) * w), "dense(2)")


def test_the_line_is_that_of_the_author_and_not_of_the_standard_library() -> None:
    def forward(x: Any, w: Any) -> Any:
        return x * statistics.fmean(w)

    with pytest.raises(gn.TracingError, match=rf"test_first_use.py, line {forward.__code__.co_firstlineno + 1}\)"):
        fit("dense(3)", layer(forward), "dense(2)")


# --- the comparison itself --------------------------------------------------------------------------------------


def of_slope(slope: float) -> Any:
    return lambda weights, x: Found(x**3, [weights * slope * x**2], 2.2e-16)


def test_slopes_that_agree_pass_and_others_are_told() -> None:
    at = [np.array([0.5, -2.0, 1e-3, 40.0])]
    check_slopes(lambda x: x**3, of_slope(3.0), at, ["x"])
    with pytest.raises(gn.TracingError, match="slope along x is 0 on the tape"):
        check_slopes(lambda x: x**3, of_slope(0.0), at, ["x"])
    with pytest.raises(gn.TracingError, match="slope along x"):
        check_slopes(lambda x: x**3, of_slope(3.001), at, ["x"])


@pytest.mark.parametrize("slope", [-1.0, -0.3, 0.0, 1.0])
def test_at_a_kink_any_slope_between_both_sides_passes(slope: float) -> None:
    check_slopes(np.abs, lambda weights, x: Found(np.abs(x), [weights * slope], 2.2e-16), [np.zeros(1)], ["x"])


def test_beyond_a_kink_a_slope_is_wrong() -> None:
    with pytest.raises(gn.TracingError, match="by differences"):
        check_slopes(np.abs, lambda weights, x: Found(np.abs(x), [weights * 1.2], 2.2e-16), [np.zeros(1)], ["x"])


def test_results_of_other_shape_or_value_are_told() -> None:
    with pytest.raises(gn.TracingError, match=r"shape \(1, 3\) on the tape, and \(3,\) on arrays"):
        check_slopes(np.exp, lambda weights, x: Found(np.exp(x)[None], [weights], 1e-16), [np.zeros(3)], ["x"])
    with pytest.raises(gn.TracingError, match="off by 1"):
        check_slopes(np.exp, lambda weights, x: Found(np.exp(x) + 1, [weights], 1e-16), [np.zeros(3)], ["x"])


def test_masks_reach_layers_behind_a_derived_one():
    """Padded steps are skipped in the check as in training: without the mask, lstm would refuse the batch."""

    class Doubled(gn.Layer):
        """Twice its input."""

        def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
            return 2 * x, None

    class Squared(gn.Loss):
        """The squared error, of each sample."""

        def forward(self, y_pred: gn.Array, y_true: gn.Array) -> float:
            return np.mean((y_pred - y_true) ** 2)

    tokens = np.array([[1, 2, 3, 0], [4, 1, 0, 0]] * 4)
    for sequences, targets in ((False, np.ones((8, 2))), (True, np.ones((8, 4, 2)))):
        lstm = gn.layers.lstm(2, return_sequences=sequences, mask=True)
        net = gn.Network([gn.layers.embedding(5, 3, padding=0), Doubled(), lstm])
        history = net.fit(tokens, targets, loss=Squared(), optimizer="sgd(lr=0.1)", epochs=5, progress=False)
        assert history["loss"][-1] < history["loss"][0]


def test_layers_that_share_weights_are_checked():
    shared = gn.layers.dense(4)
    net = gn.Network([shared, activation(np.sin), shared])
    history = net.fit(X, X, loss="mse", optimizer="sgd(lr=0.1)", epochs=5, progress=False)
    assert history["loss"][-1] < history["loss"][0]
