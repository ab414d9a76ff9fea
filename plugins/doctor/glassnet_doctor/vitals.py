"""The vitals of a network: what goes through each layer, forward and backward, on one batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

import glassnet as gn
from glassnet.components.activation import Activation
from glassnet.components.context import Context
from glassnet.components.layer import Arrays, Layer, layers_held_by
from glassnet.components.loss import Loss
from glassnet.model.objective import Objective
from glassnet.options.declaration import option
from glassnet.types import Array
from glassnet_autodiff.tree import named_leaves
from glassnet_divergence.watching import Watching, left_as_it_was

if TYPE_CHECKING:
    from glassnet.components.parameter import Regularizer
    from glassnet.model.model import Model

# Numbers that are looked at in a layer: more make the figures no surer.
_MOST_ROWS = 256


@attrs.define
class LayerVitals:
    """What one layer did on a batch.

    Attributes
    ----------
    place
        Where the layer stands: ``"2"``, or ``"2.0"`` within layer 2.
    spec, name
        The layer as text, and its name in the registry.
    is_activation
        Whether it is an activation.
    output_std, output_mean, output_rms
        Of all elements of the output.
    units
        Number of elements on the last axis of the output.
    positions
        Number of places of a sample that each unit is computed at: 1, or the pixels of an image.
    dead
        The part of the units that give the lowest possible output, at which the derivative is 0, for every sample. Of
        an activation that does not say where it bends, the part of the units that let no gradient through.
    saturated
        The part of the elements that are within 2 % of a bound of the output.
    alike
        Whether all units give the same, and get the same gradient.
    gradient_rms
        Of the derivative of the loss by the output; NaN where backward did not get there.
    parameters
        By name: the rms of values, of gradients, and the spread of the values.
    """

    place: str
    spec: str
    name: str
    is_activation: bool
    output_mean: float = np.nan
    output_std: float = np.nan
    output_rms: float = np.nan
    units: int = 1
    positions: int = 1
    rows: int = 0
    dead: float = 0.0
    saturated: float = 0.0
    alike: bool = False
    gradient_rms: float = np.nan
    parameters: dict[str, ParameterVitals] = attrs.field(factory=dict)

    @property
    def where(self) -> str:
        """The layer in messages."""
        return f"layer {self.place} '{self.spec}'"

    @property
    def weights(self) -> ParameterVitals | None:
        """The vitals of the largest parameter, or None."""
        return max(self.parameters.values(), key=lambda each: each.size, default=None)


@attrs.frozen
class ParameterVitals:
    """What one parameter was like: rms of values and of gradients, spread and number of values."""

    rms: float
    gradient_rms: float
    spread: float
    size: int
    units_alike: bool
    is_matrix: bool


@attrs.frozen
class Vitals:
    """What a network did on one batch.

    Attributes
    ----------
    loss
        Of the data, without penalties.
    penalty
        The sum of all penalties.
    penalty_share
        The rms of the penalties' gradient by that of the loss's gradient.
    layers
        In the order of the network; those within a layer before it.
    """

    loss: float
    penalty: float
    penalty_share: float
    gradient_rms: float
    layers: list[LayerVitals]


def take_vitals(network: Model, loss: Loss, regularizer: Regularizer | None, x: Array, y: Array) -> Vitals:
    """Return what a network does on a batch in training; state and gradients stay as they are.

    Parameters
    ----------
    network
        A built network.
    loss, regularizer
        What is minimised.
    x, y
        Samples and targets as a data loader hands them out.
    """
    watched = WatchedNetwork(network, loss, regularizer)
    value, gradients = watched.run(x, y)
    penalty = watched.objective.penalty()
    share = _penalty_share(watched.objective, gradients)
    return Vitals(value - penalty, penalty, share, rms(gradients), watched.layers)


class WatchedNetwork:
    """A network whose layers note what goes through them. To make one takes as long as several steps.

    Attributes
    ----------
    layers
        What was noted in the last run.
    objective
        The loss and the penalties of the network.

    Parameters
    ----------
    network, loss, regularizer
        As for `take_vitals`.
    only_figures
        Whether to note numbers of the outputs and their gradients alone, and nothing of the parameters.
    """

    def __init__(
        self, network: Model, loss: Loss, regularizer: Regularizer | None, *, only_figures: bool = False
    ) -> None:
        self.layers: list[LayerVitals] = []

        def watch(layer: Layer, member: Layer, place: str) -> Layer:
            vitals = LayerVitals(place, repr(member), member.title(), isinstance(member, Activation))
            self.layers.append(vitals)
            return _WatchedLayer(layer, member=member, vitals=vitals, only_figures=only_figures)

        self._network = network
        self.objective = Objective(network, loss, regularizer, Watching(watch))

    def run(self, x: Array, y: Array, *, seed: int = 0) -> tuple[float, Array]:
        """Run a batch forward and backward as in training; return the loss with its penalties, and the gradients."""
        network, objective = self._network, self.objective
        with left_as_it_was(network), np.errstate(all="ignore"):
            with network.workspace(training=True, step=0, seed=seed) as ctx:
                outputs, caches = objective.forward(x, y, ctx)
                value, dy = objective.loss_and_gradient(outputs, y, None)
                objective.parts.backward(objective.sequence, caches, dy, ctx)
            return value, network.gradients.copy()


def rms(values: Array) -> float:
    """Return the root of the mean square."""
    if not values.size:
        return 0.0
    if values.flags.c_contiguous:
        flat = values.reshape(-1)
        squares = float(np.dot(flat, flat))
        if 1e-25 < squares < 1e25:  # far from where float32 ends
            return float(np.sqrt(squares / values.size))
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))


def _penalty_share(objective: Objective, gradients: Array) -> float:
    """Return the norm of the penalties' gradient by that of the loss's gradient, over the parameters with a penalty."""
    by_penalty = [regularizer.gradient(w) for regularizer, _, w in objective.penalised]
    if not by_penalty:
        return 0.0
    named = objective.network.layout.named(gradients)
    by_loss = [named[name] for _, name, _ in objective.penalised]
    of_loss = np.sqrt(sum(float(np.sum(np.square(g, dtype=np.float64))) for g in by_loss))
    of_penalty = np.sqrt(sum(float(np.sum(np.square(g, dtype=np.float64))) for g in by_penalty))
    return float(of_penalty / max(of_loss, 1e-30))


class _WatchedLayer(gn.LayerWrapper):
    """Does what its layer does, and notes what goes through it."""

    member: Any = option(help="the layer as it is listed")
    vitals: Any = option(help="where to note it")
    only_figures: bool = option(False, help="whether to note nothing of the parameters")

    # Parts of a batch at once would be noted one over another.
    batch_independent = False

    def forward(self, params: Arrays, x: Array, ctx: Context) -> tuple[Array, Any]:
        y, cache = self.layer.forward(params, x, ctx)
        _note_output(self.vitals, self.member, y)
        return y, (cache, not self.only_figures and _units_alike(y))

    def backward(self, params: Arrays, cache: Any, dy: Array, grads: Arrays, ctx: Context) -> Array | None:
        inner, outputs_alike = cache
        vitals = self.vitals
        vitals.gradient_rms = rms(dy)
        vitals.alike = bool(outputs_alike) and _units_alike(dy)
        dx = super().backward(params, inner, dy, grads, ctx)
        if _is_of_unknown_shape(self.member) and dx is not None:
            vitals.dead = _part_without_gradient(dy, dx)
        # Parameters of layers within are noted there.
        if not self.only_figures and not layers_held_by(self.member):
            vitals.parameters = _of_parameters(params, grads)
        return dx


def _note_output(vitals: LayerVitals, member: Layer, y: Array) -> None:
    values = y.reshape(-1, y.shape[-1]) if y.ndim > 1 else y[:, None]
    if len(values) > _MOST_ROWS:
        values = values[:: len(values) // _MOST_ROWS]
    vitals.units, vitals.rows = values.shape[-1], len(values)
    vitals.positions = y[0].size // values.shape[-1] if y.ndim > 1 and y.size else 1
    vitals.output_mean, vitals.output_std, vitals.output_rms = float(values.mean()), float(values.std()), rms(values)
    if not isinstance(member, Activation):
        return
    low, high = member.output_range
    if low == 0 and 0.0 in member.kinks:
        vitals.dead = float(np.mean(np.max(values, axis=0) <= 0))
    if np.isfinite(low) and np.isfinite(high):
        margin = 0.02 * (high - low)
        vitals.saturated = float(np.mean((values < low + margin) | (values > high - margin)))


def _of_parameters(params: Arrays, grads: Arrays) -> dict[str, ParameterVitals]:
    gradients = named_leaves(grads)
    return {
        name: ParameterVitals(
            rms(values),
            rms(gradients[name]),
            float(np.std(values)),
            values.size,
            _units_alike(values),
            values.ndim > 1,
        )
        for name, values in named_leaves(params).items()
    }


def _is_of_unknown_shape(member: Layer) -> bool:
    """Tell whether an activation says neither where it bends nor where it ends."""
    return isinstance(member, Activation) and not member.kinks and not np.isfinite(member.output_range).any()


def _part_without_gradient(dy: Array, dx: Array) -> float:
    """Return the part of the units that are given a gradient, and let none of it through for any sample."""
    if dy.shape != dx.shape or dy.ndim < 2:
        return 0.0
    columns = tuple(range(dy.ndim - 1))
    return float(np.mean((dy != 0).any(axis=columns) & ~(dx != 0).any(axis=columns)))


def _units_alike(values: Array) -> bool:
    """Tell whether all columns are the same, up to rounding, and there are several."""
    if values.ndim < 2 or values.shape[-1] < 2:
        return False
    difference = np.max(np.abs(values - values[..., :1]))
    return bool(difference <= 1e-5 * np.max(np.abs(values)))
