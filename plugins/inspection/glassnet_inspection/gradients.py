"""``net.value_and_gradients(…)`` and its relatives: first derivatives, by the layers' own backward."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.components.services import explained
from glassnet.model.mask import mask_of_targets
from glassnet_arrays.named_arrays import NamedArrays
from glassnet_autodiff.check_once import check_objective
from glassnet_inspection.inputs import Batch, read_batch, read_samples


@explained
def value_and_gradients(
    network: gn.Network,
    x: Any,
    y: Any = None,
    loss: gn.Loss | str | None = None,
    *,
    regularizer: gn.Regularizer | str | None = None,
    sample_weight: Any = None,
    class_weight: Mapping[int, float] | str | None = None,
    training: bool = False,
    seed: int = 0,
) -> tuple[float, NamedArrays]:
    """Return the loss of a batch, penalties included, and its gradient; the network stays as it is.

    Parameters
    ----------
    network
        The network, which is built.
    x, y
        Samples and targets, or a split alone.
    loss, regularizer
        By default those of the last `fit`.
    sample_weight, class_weight
        A weight for each sample, and for each class, as in `fit`.
    training, seed
        Whether layers such as dropout do what they do in training, and the seed of their random numbers.

    Returns
    -------
    value, gradients
        The loss, which is `evaluate`'s without `training`; and an array for each parameter, under the names of
        ``net.parameters``. The gradient of a frozen parameter is 0.

    Raises
    ------
    DataError, ShapeError
        If the data do not fit the network or the loss.
    NotBuiltError
        If the network was not trained and no loss is given.
    """
    twin = network.copy()
    batch = read_batch(
        twin, x, y, loss, regularizer=regularizer, sample_weight=sample_weight, class_weight=class_weight
    )
    value = _differentiate(twin, batch, slice(None), training=training, seed=seed)
    return value, by_name(twin, twin.gradients)


@explained
def per_sample_gradients(
    network: gn.Network, x: Any, y: Any = None, loss: gn.Loss | str | None = None, *, seed: int = 0
) -> NamedArrays:
    """Return the gradient of each sample's own loss, penalties included; the network stays as it is.

    Their mean is the gradient of the batch. Dropout is off, and batch normalization uses its running values.

    Parameters
    ----------
    network, x, y, loss
        As in `value_and_gradients`.
    seed
        The seed of random numbers, for layers that draw some outside of training too.

    Returns
    -------
    mapping
        An array ``(batch, *shape)`` for each parameter.
    """
    twin = network.copy()
    batch = read_batch(twin, x, y, loss)
    rows = np.empty((len(batch.x), twin.layout.size), twin.dtype)
    for number, row in enumerate(rows):
        _differentiate(twin, batch, slice(number, number + 1), training=False, seed=seed)
        row[:] = twin.gradients
    views = {slice_.name: rows[:, slice_.start : slice_.stop] for slice_ in twin.layout.slices}
    shaped = {slice_.name: views[slice_.name].reshape(-1, *slice_.parameter.shape) for slice_ in twin.layout.slices}
    return NamedArrays(shaped, "gradient", finite=False)


@explained
def input_gradient(
    network: gn.Network,
    x: Any,
    y: Any = None,
    loss: gn.Loss | str | None = None,
    *,
    output: Any = None,
    training: bool = False,
    seed: int = 0,
) -> gn.Array:
    """Return the gradient of an output, or of the loss, with respect to the input.

    The first is a saliency map, by Simonyan, Vedaldi and Zisserman (2014), arXiv:1312.6034. The sign of the second is
    the direction of an adversarial example, by Goodfellow, Shlens and Szegedy (2015), arXiv:1412.6572.

    Parameters
    ----------
    network
        The network, which stays as it is.
    x
        Samples, ``(batch, *input_shape)``.
    y, loss
        Targets and a loss, for the gradient of the loss of the batch; without `output`.
    output
        An element of each sample's output: an index such as ``7`` or ``(2, 0)``. Or an array of the shape of the
        outputs: then the result is the gradient of their product's sum with it.
    training, seed
        Whether layers such as dropout do what they do in training, and the seed of their random numbers.

    Returns
    -------
    array
        ``(batch, *input_shape)``.

    Raises
    ------
    OptionError
        If neither `y` nor `output` is given, or both are, or `output` is not a number, or the network reads integers,
        which have no gradient.
    ShapeError
        If `output` is not an element of the output.
    """
    if (y is None) == (output is None):
        raise gn.OptionError("input_gradient takes either y and a loss, or output=…; write output=7 for one output")
    if network.integer_input:
        raise gn.OptionError(
            f"the network reads integers ({network.layers[0]!r}), which have no gradient; "
            'give the layers behind it their inputs: net[1:], and net.activations(x)["0"]'
        )
    twin = network.copy()
    batch = None if y is None else read_batch(twin, x, y, loss)
    samples = read_samples(twin, x) if batch is None else batch.x
    sequence = twin.sequence if batch is None else batch.objective.sequence
    with twin.workspace(training=training, seed=seed) as ctx:
        result, caches = sequence.forward(twin.parameter_views, samples, ctx)
        dy = _weights_of_output(output, result) if batch is None else _gradient_of_loss(batch, result.copy(), ctx)
        ctx.needs_input_grad = True
        dx = twin.backward(sequence, caches, dy, ctx)
    assert dx is not None
    return np.array(dx)


def by_name(network: gn.Network, vector: gn.Array) -> NamedArrays:
    """Return the parts of a vector of gradients, under the names of the parameters."""
    return NamedArrays({each.name: each.view(vector) for each in network.layout.slices}, "gradient", finite=False)


def _differentiate(network: gn.Network, batch: Batch, some: slice, *, training: bool, seed: int) -> float:
    """Fill the network's gradients with those of some samples of a batch, and return their loss."""
    objective, weights = batch.objective, batch.weights
    check_objective(objective, batch.x, batch.y, seed=seed)
    x, y = batch.x[some], batch.y[some]
    with network.workspace(training=training, seed=seed) as ctx:
        output, caches = objective.forward(x, y, ctx)
        value, dy = objective.loss_and_gradient(output, y, None if weights is None else weights[some])
        objective.backward(caches, dy, ctx)
    return value


def _gradient_of_loss(batch: Batch, result: gn.Array, ctx: gn.Context) -> gn.Array:
    batch.objective.mask = mask_of_targets(ctx.mask, batch.y)
    return batch.objective.loss_and_gradient(result, batch.y, batch.weights)[1]


def _weights_of_output(output: Any, result: gn.Array) -> gn.Array:
    """Return the gradient to start from: 1 at one output of each sample, or an array that was given."""
    if isinstance(output, (int, np.integer, tuple)) and not isinstance(output, bool):
        place = output if isinstance(output, tuple) else (output,)
        dy = np.zeros_like(result)
        if len(place) != dy.ndim - 1 or not all(-n <= i < n for i, n in zip(place, dy.shape[1:], strict=True)):
            raise gn.ShapeError(f"output {output} is not an element of the outputs, whose shape is {dy.shape[1:]}")
        dy[(slice(None), *place)] = 1
        return dy
    given = np.asarray(output)
    if given.dtype.kind not in "fiu":
        raise gn.OptionError(f"output is {output!r}; give an index such as 7 or (2, 0), or an array like the outputs")
    if given.shape not in (result.shape, result.shape[1:]):
        raise gn.ShapeError(f"output has shape {given.shape} and the outputs have {result.shape}; give the same shape")
    return np.array(np.broadcast_to(given, result.shape))
