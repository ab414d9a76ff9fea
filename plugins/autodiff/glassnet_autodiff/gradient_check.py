"""Gradients checked: the one that a component's author wrote, the one of the tape, and that of central differences.

The tape differentiates `forward` exactly, and compares all digits. Central differences are the
derivative as its definition gives it: ``f'(x) ≈ (f(x + h) - f(x - h)) / 2h`` with an error of order h². In float64,
with h around 1e-6 of the value, about nine digits are right. Press et al. (2007), Numerical Recipes, section 5.7.

Code that the tape cannot follow, or that has a kink at the place, is compared with differences alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import attrs
import numpy as np

from glassnet.components.layer import Layer
from glassnet.components.loss import Loss
from glassnet.components.parameter import Regularizer
from glassnet.components.services import explained
from glassnet.model.objective import Objective
from glassnet.network import Network
from glassnet.registry.registry import create
from glassnet.types import Array
from glassnet_autodiff.check_once import objective_gradients
from glassnet_autodiff.derived import layer_gradients, loss_gradient, regularizer_gradient
from glassnet_autodiff.objective_gradient import objective_gradient
from glassnet_autodiff.tree import named_leaves
from glassnet_splits.split import as_split

Gradients = TypeVar("Gradients")


@attrs.frozen(eq=False)
class Differences:
    """Slopes of a function along each element of its argument, by differences.

    Attributes
    ----------
    central
        Across the point: the derivative, where there is one.
    left, right
        On either side of it: at a kink, the two one-sided derivatives.
    """

    central: Array
    left: Array
    right: Array


def finite_differences(
    function: Callable[[], float], x: Array, step: float = 1e-6, only: Array | None = None
) -> Differences:
    """Return the slopes of `function` along each element of `x`.

    Parameters
    ----------
    function
        Reads `x`, which is changed in place and put back, and returns a number.
    x
        Any shape, float64.
    step
        Distance, relative to an element's size where that is above 1.
    only
        Flat indices of the elements to look at; all of them by default.

    Returns
    -------
    Differences
        One slope for each element looked at: the shape of `x`, or of `only`.
    """
    if x.dtype != np.float64:
        raise TypeError(f"central differences need float64 (got {x.dtype}); float32 has too few digits")
    flat = x.reshape(-1)
    if x.size and not np.shares_memory(flat, x):
        raise TypeError("central differences need a contiguous array; pass a copy")
    indices = np.arange(x.size) if only is None else only
    central, left, right = np.empty((3, len(indices)))
    here = function() if len(indices) else 0.0
    for place, index in enumerate(indices):
        before = flat[index]
        h = step * max(1.0, abs(before))
        flat[index] = before + h
        above = function()
        flat[index] = before - h
        below = function()
        flat[index] = before
        central[place] = (above - below) / (2 * h)
        left[place] = (here - below) / h
        right[place] = (above - here) / h
    shape = x.shape if only is None else only.shape
    return Differences(central.reshape(shape), left.reshape(shape), right.reshape(shape))


def numerical_gradient(function: Callable[[], float], x: Array, step: float = 1e-6, only: Array | None = None) -> Array:
    """Return the derivative of `function` with respect to each element of `x`; see `differences`."""
    return finite_differences(function, x, step, only).central


def relative_error(got: Array, expected: Array) -> float:
    """Return the largest difference, relative to the largest element of either; 0 where both are all zero."""
    got, expected = np.asarray(got), np.asarray(expected)
    if got.shape != expected.shape:
        raise ValueError(f"shapes differ: got {got.shape}, expected {expected.shape}")
    if got.size == 0:
        return 0.0
    largest = max(float(np.abs(got).max()), float(np.abs(expected).max()))
    # Below 1e-7 a gradient cannot be told from the rounding of central differences of a function around 1.
    return float(np.abs(got - expected).max()) / max(largest, 1e-7)


def by_tape(derive: Callable[[], Gradients]) -> Gradients | None:
    """Return gradients that the tape derives, or None where it cannot follow the code, or meets a kink."""
    try:
        return derive()
    except Exception:  # code that wants plain arrays fails in its own way when it is given others
        return None


def _largest_error(got: Array, differences: Array, traced: Array | None, looked_at: Array | None = None) -> float:
    """Return the larger of the relative errors of a gradient against two others; NaN if there is one."""
    errors = [relative_error(got if looked_at is None else got.reshape(-1)[looked_at], differences)]
    if traced is not None:
        errors.append(relative_error(got, traced))
    return float(np.max(errors))


def check_layer(
    layer: Layer, x: Array, *, training: bool = True, seed: int = 0, step: float = 1e-6
) -> dict[str, float]:
    """Compare a layer's backward with central differences of its forward, and with the gradient of the tape.

    The scalar that is differentiated is ``sum(y * r)`` with fixed random ``r``, so each output counts.

    Parameters
    ----------
    layer
        A layer or an activation.
    x
        A batch of inputs, ``(batch, …)``; floating-point input is differentiated too.

    Returns
    -------
    dict
        The largest relative error of each parameter by name, and of ``"input"``.
    """
    network = Network([layer]).build(x.shape[1:], seed=seed, dtype="float64")
    rng = np.random.default_rng(seed)
    # Zeros, such as first biases, and ones would hide a factor: check at random parameters.
    network.flat_parameters[:] = rng.normal(size=network.flat_parameters.size) * 0.5
    x = np.array(x, dtype=np.float64) if x.dtype.kind == "f" else x
    weighting = rng.normal(size=(len(x), *network.output_shape))

    def value() -> float:
        with network.workspace(training=training, step=0, seed=seed) as ctx:
            y, _ = network.sequence.forward(network.parameter_views, x, ctx)
            return float(np.sum(y * weighting))

    with network.workspace(training=training, step=0, seed=seed) as ctx:
        ctx.needs_input_grad = x.dtype.kind == "f"
        params = network.parameter_views.get("0", {})
        traced = by_tape(
            lambda: layer_gradients(network.sequence.layers[0], params, x, weighting, ctx.child("0"), smooth=True)
        )
        _, caches = network.sequence.forward(network.parameter_views, x, ctx)
        network.gradients[:] = np.nan  # an element that backward leaves out shows up
        dx = network.backward(network.sequence, caches, weighting.copy(), ctx)
        dx = None if dx is None else dx.copy()
    gradients = network.layout.named(network.gradients.copy())
    traced_dx, traced_gradients = traced or (None, {})
    of_tape = named_leaves(traced_gradients)
    errors = {}
    for full_name, array in network.layout.named(network.flat_parameters).items():
        name = full_name.partition(".")[2]
        slopes = numerical_gradient(value, array, step)
        errors[name] = _largest_error(gradients[full_name], slopes, of_tape.get(name))
    if x.dtype.kind == "f":
        assert dx is not None, f"{layer!r}: backward returned no input gradient"
        errors["input"] = _largest_error(dx, numerical_gradient(value, x, step), traced_dx)
    return errors


def check_loss(loss: Loss, y_pred: Array, y_true: Array, step: float = 1e-6) -> float:
    """Return the relative error of a loss's backward against central differences of its forward, and the tape."""
    y_pred = np.array(y_pred, dtype=np.float64)
    slopes = numerical_gradient(lambda: loss.forward(y_pred, y_true), y_pred, step)
    traced = by_tape(lambda: loss_gradient(loss, y_pred, y_true, smooth=True))
    return _largest_error(loss.backward(y_pred, y_true), slopes, traced)


def check_regularizer(regularizer: Regularizer, w: Array, step: float = 1e-6) -> float:
    """Return the relative error of a regularizer's gradient against central differences of its penalty and the tape."""
    w = np.array(w, dtype=np.float64)
    slopes = numerical_gradient(lambda: regularizer.penalty(w), w, step)
    traced = by_tape(lambda: regularizer_gradient(regularizer, w, smooth=True))
    return _largest_error(regularizer.gradient(w), slopes, traced)


@explained
def check_gradients(
    network: Network, x: Any, y: Any, loss: Loss | str, *, max_elements: int = 200, seed: int = 0
) -> dict[str, float]:
    """Compare the gradients of a whole network with central differences of its loss and with the tape, in float64.

    Parameters
    ----------
    network
        A built network; a copy in float64 is checked, and the network stays as it is. On a kink, such as that of
        relu at 0, there is no derivative to compare with: fresh biases of zero can put a unit there.
    x, y
        A batch of samples and targets.
    loss
        A loss, its name or its spec.
    max_elements
        How many elements of each parameter are looked at, drawn at random.
    seed
        Seed of that draw, and of random layers.

    Returns
    -------
    dict
        The largest relative error of each parameter that is trained, by its name in ``network.parameters``.
    """
    twin = network.copy(dtype="float64")
    split = as_split(x, y)
    chosen: Loss = create("loss", loss)
    (inputs, targets), _ = next(twin.loader(split, chosen).sequential_batches(len(split)))
    objective = Objective(twin, chosen)

    def value() -> float:
        with twin.workspace(training=True, step=0, seed=seed) as ctx:
            return objective.value(inputs, targets, None, ctx)[0] + objective.penalty()

    twin.gradients[:] = np.nan
    objective_gradients(objective, inputs, targets, seed=seed)
    gradients = twin.gradients.copy()
    traced = by_tape(lambda: objective_gradient(objective, inputs, targets, step=0, seed=seed))
    errors = {}
    for slice_ in twin.layout.slices:
        if not slice_.parameter.trainable:
            continue
        rng = np.random.default_rng(seed)
        size = slice_.parameter.size
        looked_at = np.sort(rng.choice(size, min(max_elements, size), replace=False))
        slopes = numerical_gradient(value, slice_.view(twin.flat_parameters), only=looked_at)
        of_tape = None if traced is None else slice_.view(traced)
        errors[slice_.name] = _largest_error(slice_.view(gradients), slopes, of_tape, looked_at)
    return errors
