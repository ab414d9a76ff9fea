"""An infinite slope times a gradient of 0: exact if the result does not use the element, else refused, never silent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import TracingError
from glassnet_autodiff import tape as autodiff
from glassnet_autodiff.derived import AutodiffLayer, activation_gradient

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
Function = Callable[[Any], Any]


def squared_in_place(x: Any) -> Any:
    y = np.sqrt(x)
    y *= y
    return y


def copied(x: Any) -> Any:
    y = np.zeros_like(x)
    np.copyto(y, np.sqrt(x))
    return y * y


REFUSED: dict[str, Function] = {
    "sqrt(x)^2": lambda x: np.sqrt(x) ** 2,
    "sqrt(x) sqrt(x)": lambda x: np.sqrt(x) * np.sqrt(x),
    "square": lambda x: np.square(np.sqrt(x)),
    "square + 3 x": lambda x: np.sqrt(x) ** 2 + 3 * x,
    "cbrt(x)^3": lambda x: np.cbrt(x) ** 3,
    "x^(1/2) x^(1/2)": lambda x: x**0.5 * x**0.5,
    "float_power": lambda x: np.float_power(np.float_power(x, 0.25), 4),
    "exp(log(x))": lambda x: np.exp(np.log(x)),
    "exp2(log2(x))": lambda x: np.exp2(np.log2(x)),
    "sigmoid(log(x))": lambda x: 1 / (1 + np.exp(-np.log(x))),
    "expm1(log1p(x - 1))": lambda x: np.expm1(np.log1p(x - 1)),
    "1 / (1 / x)": lambda x: 1 / (1 / x),
    "reciprocal": lambda x: np.reciprocal(np.reciprocal(x)),
    "arctan(1 / x)": lambda x: np.arctan(1 / x),
    "cos(arccos(1 - x))": lambda x: np.cos(np.arccos(1 - x)),
    "cosh(arccosh(1 + x))": lambda x: np.cosh(np.arccosh(1 + x)),
    "tanh(arctanh(1 - x))": lambda x: np.tanh(np.arctanh(1 - x)),
    "cosh(sqrt(x))": lambda x: np.cosh(np.sqrt(x)),
    "log(1 + sqrt(x)^2)": lambda x: np.log1p(np.sqrt(x) ** 2),
    "|sqrt(x)|": lambda x: np.abs(np.sqrt(x)),
    "max(sqrt(x)^2, 0)": lambda x: np.maximum(np.sqrt(x) ** 2, 0),
    "in place": squared_in_place,
    "copied": copied,
    "product": lambda x: np.prod(np.stack([np.sqrt(x), np.sqrt(x)]), axis=0),
    "matrix product": lambda x: np.sqrt(x)[:1] @ np.sqrt(x)[:1],
    "einsum": lambda x: np.einsum("i,i", np.sqrt(x), np.sqrt(x)),
    "running product": lambda x: np.cumprod(np.sqrt(np.append(x[:1], x[:1])))[1],
    "logaddexp": lambda x: np.exp(np.logaddexp(np.log(x), np.log(x))),
    "spectrum": lambda x: np.abs(np.fft.fft(np.sqrt(x[:1]))) ** 2,
    "complex": lambda x: (np.sqrt(x + 0j) ** 2).real,
    "piecewise": lambda x: np.piecewise(x[:1], [x[:1] >= 0], [np.sqrt]) ** 2,
    "emath": lambda x: np.emath.sqrt(x[:1]) ** 2,
    "determinant": lambda x: np.exp(np.linalg.slogdet(np.diag(x))[1]),
    "norm": lambda x: np.sqrt(np.sum(x[:1] ** 2)) ** 2,
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_gradient_of_zero_at_one_point_does_not_hide_an_infinite_slope(name: str) -> None:
    with pytest.raises(
        TracingError, match=r"infinite slope here, and its gradient is 0 at this point alone.*test_poles"
    ):
        autodiff.gradient(lambda x: np.sum(REFUSED[name](x)), np.array([0.0, 4.0]))


LIMITS = {
    "sqrt(x)^2": 1,
    "cbrt(x)^3": 1,
    "exp(log(x))": 1,
    "1 / (1 / x)": 1,
    "cos(arccos(1 - x))": -1,
    "arctan(1 / x)": -1,
}


@pytest.mark.parametrize("name", LIMITS)
def test_zero_would_have_been_wrong(name: str) -> None:
    """As the difference to the right says, and PyTorch's gradient is NaN."""
    function, step = REFUSED[name], 1e-6
    (difference,) = function(np.array([step])) - function(np.array([0.0]))
    assert difference / step == pytest.approx(LIMITS[name], abs=1e-3)


EXACT: dict[str, tuple[Function, list[float], list[float]]] = {
    # The result does not use the element.
    "not chosen": (lambda x: np.where(x > 0, np.sqrt(x), 0), [0, 4], [0, 0.25]),
    "entropy": (lambda x: np.where(x > 0, x * np.log(x), 0), [0, 1], [0, 1]),
    "times a constant 0": (lambda x: np.sqrt(x) * np.array([0.0, 2]), [0, 4], [0, 0.5]),
    "other elements": (lambda x: np.sqrt(x)[1:] ** 2, [0, 4], [0, 1]),
    "logarithm with a bound": (lambda x: np.maximum(np.log(x), -100), [0, 4], [0, 0.25]),
    "clipped logarithm": (lambda x: np.clip(np.log(x), -100, 9), [0, 4], [0, 0.25]),
    # The maximum is constant around the point, so the infinite slope behind it does not count.
    "root of relu": (lambda x: np.sqrt(np.maximum(x, 0)), [-1, 4], [0, 0.25]),
    "root of clip": (lambda x: np.sqrt(np.clip(x, 0, 9)), [-1, 4], [0, 0.25]),
    "root of fmax": (lambda x: np.sqrt(np.fmax(0.0, x)), [-1, 4], [0, 0.25]),
    "root of the largest": (lambda x: np.sqrt(np.max(x)), [-1, 4], [0, 0.25]),
    # Rounding has made a finite slope infinite, and a small gradient 0.
    "sigmoid": (lambda x: 1 / (1 + np.exp(-x)), [-1000, 0], [0, 0.25]),
    "mish": (lambda x: x * np.tanh(np.log(1 + np.exp(x))), [1000, 0], [1, 0.6]),
    "gompertz": (lambda x: np.exp(-np.exp(-x)), [-1000, 0], [0, np.exp(-1)]),
    # Slopes with a limit.
    "deviation": (lambda x: np.std(x) ** 2, [2, 2], [0, 0]),
    "deviation of equal values": (np.std, [2, 2], [0, 0]),
    "norm": (lambda x: np.linalg.norm(x) ** 2, [0, 0], [0, 0]),
    "power of 0": (lambda b: 0.0**b, [1, 2], [0, 0]),
    "determinant": (lambda x: np.linalg.det(np.diag(x)), [0, 3], [3, 0]),
}


@pytest.mark.parametrize("name", EXACT)
def test_a_product_that_is_known_stays_exact(name: str) -> None:
    function, x, expected = EXACT[name]
    (slope,) = autodiff.gradient(lambda x: np.sum(function(x)), np.array(x, float))
    np.testing.assert_allclose(slope, expected, rtol=1e-12)


def test_a_given_gradient_of_zero_is_a_constant() -> None:
    (slope,) = autodiff.gradient(np.sqrt, np.array([0.0, 4]), dy=np.array([0.0, 1]))
    assert slope.tolist() == [0, 0.25]


class Root(gn.Activation):
    """The square root, whose derivative the tape finds."""

    def forward(self, x: gn.Array) -> gn.Array:
        root: gn.Array = np.sqrt(x)
        return root


class SquaredRoot(gn.Activation):
    """x, in two steps."""

    def forward(self, x: gn.Array) -> gn.Array:
        square: gn.Array = np.sqrt(x) ** 2
        return square


@pytest.mark.parametrize("activation", [Root(), SquaredRoot()])
def test_a_component_has_the_gradient_nan_there(activation: gn.Activation) -> None:
    """Whether the gradient of a later layer is 0 at this point alone, a layer cannot know."""
    slope = activation_gradient(activation, np.array([[0.0, 4]]), np.array([[0.0, 1]]))
    np.testing.assert_array_equal(slope, [[np.nan, 0.25 if isinstance(activation, Root) else 1]])


class RootOfSteps(gn.Layer):
    """The square root of each time step."""

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        return np.sqrt(x), None


def test_padded_steps_have_no_share() -> None:
    layer = AutodiffLayer(RootOfSteps())
    with gn.Network(["dense(1)"]).build((2,)).workspace(training=True) as ctx:
        ctx.mask = np.array([[True, True, False]])
        _, cache = layer.forward({}, np.array([[[4.0], [0], [0]]]), ctx)
        dx = layer.backward({}, cache, np.array([[[1.0], [0], [0]]]), {}, ctx)
    np.testing.assert_array_equal(np.ravel(dx), [0.25, np.nan, 0])


def test_a_training_stops_where_such_a_slope_reaches_a_parameter() -> None:
    net = gn.Network(["dense(2, weight_init='zeros')", SquaredRoot(), "dense(1)"]).build((3,))
    x, y = np.ones((4, 3)), np.ones((4, 1))
    with pytest.raises(gn.NonFiniteError):
        net.fit(x, y, loss="mse", optimizer="sgd", epochs=1, progress=False)


def test_an_input_that_needs_no_gradient_may_be_at_a_pole() -> None:
    net = gn.Network([SquaredRoot(), "dense(1)"]).build((3,))
    net.fit(np.zeros((4, 3)), np.ones((4, 1)), loss="mse", optimizer="sgd", epochs=1, progress=False)
    assert np.isfinite(net.flat_parameters).all()
