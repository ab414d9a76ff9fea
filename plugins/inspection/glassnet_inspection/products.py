"""``net.jvp``, ``net.vjp`` and ``net.hvp``: products of first and second derivatives with a direction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.components.services import explained
from glassnet_arrays.named_arrays import NamedArrays, number_array
from glassnet_autodiff.second_order import hessian_vector_product, jacobian_vector_product
from glassnet_autodiff.tape import Tape
from glassnet_autodiff.traced_array import TracedArray
from glassnet_autodiff.traced_network import objective_value, run_traced
from glassnet_inspection.gradients import by_name
from glassnet_inspection.inputs import Batch, read_batch, read_samples


@explained
def jvp(
    network: gn.Network,
    x: Any,
    direction: Any = None,
    *,
    parameters: Mapping[str, Any] | None = None,
    training: bool = False,
    seed: int = 0,
) -> gn.Array:
    """Return the derivative of the outputs in a direction: the Jacobian times a vector, in float64, by the tape.

    Parameters
    ----------
    network
        The network, which stays as it is.
    x
        Samples, ``(batch, *input_shape)``.
    direction
        How the samples change, an array of their shape; by default not at all.
    parameters
        How the parameters change, by name; those that are left out do not.
    training, seed
        Whether layers such as dropout do what they do in training, and the seed of their random numbers.

    Returns
    -------
    array
        ``(batch, *output_shape)``.

    Raises
    ------
    OptionError
        If neither direction is given, or samples are integers and are to change.
    ShapeError, UnknownNameError, DataError
        If a direction does not fit, or is not finite.
    TracingError
        If the tape cannot follow a layer.
    """
    if direction is None and not _is_given(parameters):
        raise gn.OptionError("jvp needs a direction: give one for the samples, or parameters={'0.weights': …}")
    twin = network.copy(dtype="float64")
    samples = read_samples(twin, x)
    _check_real(twin, direction)
    vector = twin.flat_parameters
    change = _flat(twin, parameters) if _is_given(parameters) else np.zeros_like(vector)
    run = _Run(twin, training, seed)
    if direction is None:
        return jacobian_vector_product(lambda traced: run(traced, samples), [vector], [change])[1]
    moved = number_array(direction, samples, "direction")
    return jacobian_vector_product(run, [vector, samples], [change, moved])[1]


@explained
def vjp(
    network: gn.Network, x: Any, dy: Any, *, training: bool = False, seed: int = 0
) -> tuple[NamedArrays, gn.Array | None]:
    """Return the gradient of ``sum(dy * outputs)``: a vector times the Jacobian, in float64, by the tape.

    Parameters
    ----------
    network, x, training, seed
        As in `jvp`.
    dy
        An array of the shape of the outputs.

    Returns
    -------
    gradients, dx
        An array for each parameter, frozen ones too, under the names of ``net.parameters``; and one of the shape of
        `x`, or None if the samples are integers.
    """
    twin = network.copy(dtype="float64")
    samples, tape = read_samples(twin, x), Tape(np.float64)
    vector, inputs = tape.array(twin.flat_parameters), samples if twin.integer_input else tape.array(samples)
    output = _Run(twin, training, seed)(vector, inputs)
    tape.backward(output, number_array(dy, np.empty(output.shape), "dy"))
    return by_name(twin, vector.gradient), inputs.gradient if isinstance(inputs, TracedArray) else None


@explained
def hvp(
    network: gn.Network,
    x: Any,
    y: Any = None,
    loss: gn.Loss | str | None = None,
    *,
    direction: Mapping[str, Any] | Any,
    regularizer: gn.Regularizer | str | None = None,
    sample_weight: Any = None,
    training: bool = False,
    seed: int = 0,
) -> NamedArrays:
    """Return the second derivative of the loss times a direction, in float64, by the tape.

    The whole second derivative is never computed: Pearlmutter (1994), Fast Exact Multiplication by the Hessian.

    Parameters
    ----------
    network, x, y, loss, regularizer, sample_weight, training, seed
        As in `value_and_gradients`.
    direction
        Arrays by name, like ``net.parameters``; those that are left out are 0. Or one vector, like
        ``net.flat_parameters``.

    Returns
    -------
    mapping
        An array for each parameter, frozen ones too, under the names of ``net.parameters``.

    Raises
    ------
    OptionError
        If the direction names no parameter.
    ShapeError, UnknownNameError, DataError
        If it does not fit the parameters, or is not finite.
    TracingError
        If the tape cannot follow a layer or the loss.
    """
    if not _is_given(direction):
        raise gn.OptionError(
            f"direction is {direction!r}, which names no parameter; give arrays by name, such as {{'0.weights': …}}, "
            "or one vector like net.flat_parameters"
        )
    twin = network.copy(dtype="float64")
    batch = read_batch(twin, x, y, loss, regularizer=regularizer, sample_weight=sample_weight)
    return by_name(twin, hessian_times(twin, batch, _flat(twin, direction), training=training, seed=seed))


def hessian_times(network: gn.Network, batch: Batch, v: gn.Array, *, training: bool, seed: int) -> gn.Array:
    """Return the second derivative of the objective on a batch, times a vector of the length of all parameters."""

    def value(vector: Any) -> Any:
        return objective_value(batch.objective, vector, batch.x, batch.y, batch.weights, training=training, seed=seed)

    (product,) = hessian_vector_product(value, [network.flat_parameters], [v])
    return product


class _Run:
    """The outputs of a network as a function of its parameters and samples on a tape."""

    def __init__(self, network: gn.Network, training: bool, seed: int) -> None:
        self._network, self._training, self._seed = network, training, seed

    def __call__(self, vector: Any, x: Any) -> Any:
        network = self._network
        return run_traced(network, network.sequence, vector, x, training=self._training, seed=self._seed)[0]


def _is_given(direction: Any) -> bool:
    return direction is not None and not (isinstance(direction, Mapping) and not direction)


def _flat(network: gn.Network, direction: Any) -> gn.Array:
    """Return a direction as one vector in the order of ``flat_parameters``."""
    vector: gn.Array = np.zeros(network.layout.size)
    if not isinstance(direction, Mapping):
        return number_array(direction, vector, "direction")
    views = {slice_.name: slice_.view(vector) for slice_ in network.layout.slices}
    NamedArrays(views, "direction", finite=True).update(direction)
    return vector


def _check_real(network: gn.Network, direction: Any) -> None:
    if direction is not None and network.integer_input:
        raise gn.OptionError(
            f"the network reads integers ({network.layers[0]!r}), which have no direction; give parameters=… alone"
        )
