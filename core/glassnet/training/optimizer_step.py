"""The step of an optimizer: it is given the parameters of a network in the groups that it works on."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import attrs
import numpy as np

from glassnet.components.optimizer import Optimizer
from glassnet.components.services import check_memory, executor, prepared
from glassnet.errors import OptionError
from glassnet.model.parameter_vector import ParameterSlice
from glassnet.types import Array, Shape, aligned_zeros

if TYPE_CHECKING:
    from glassnet.model.model import Model

# A float32 parameter, its gradient and two slots of this length are 1 MiB: they stay in a second-level cache
CHUNK = 65536
# With this number of parameters, waking another thread for chunks takes less time than it saves
SHARED = 500_000
# How many steps go by between two looks for state that has decayed to almost nothing
SWEEP = 100


@attrs.frozen(eq=False)
class ParamGroup:
    """What one call of an optimizer works on: views of the vectors, and their positions."""

    place: slice
    p: Array
    g: Array
    state: dict[str, Array]
    lr_scale: float


class BoundOptimizer:
    """An optimizer at work on one network.

    Attributes
    ----------
    vector
        The network's parameters.
    slots
        The optimizer's state vectors, each as long as the network's.
    scalars
        The optimizer's state numbers, one for each group.
    groups
        What each call of the optimizer works on.
    """

    def __init__(self, optimizer: Optimizer, network: Model) -> None:
        vector, gradients = network.flat_parameters, network.gradients
        vectors = 1 + len(optimizer.slots)
        check_memory(
            vectors * vector.nbytes,
            f"training {len(vector):,} parameters, with the state of the optimizer,",
            "use smaller layers, or an optimizer that keeps less, such as sgd",
        )
        self.optimizer = optimizer
        self.vector = vector
        self._is_shared = _is_shared(optimizer, len(vector))
        places = list(_places(optimizer, network.layout.slices))
        self.slots = {name: aligned_zeros(vector.size, vector.dtype) for name in optimizer.slots}
        self.scalars = {name: np.zeros(len(places)) for name in optimizer.scalars}
        self.groups: list[ParamGroup] = []
        for number, (place, shape, lr_scale) in enumerate(places):
            state = {name: slot[place].reshape(shape) for name, slot in self.slots.items()}
            state |= {name: values[number : number + 1] for name, values in self.scalars.items()}
            p, g = vector[place].reshape(shape), gradients[place].reshape(shape)
            self.groups.append(ParamGroup(place, p, g, state, lr_scale))
        self._constrained = [
            (prepared(slice_.parameter.constraint), slice_)
            for slice_ in network.layout.slices
            if slice_.parameter.constraint is not None and slice_.parameter.trainable
        ]

    def step(self, lr: float, t: int, closure: Callable[[], float]) -> None:
        """Take step number `t`."""
        self.update(lr, t, closure)
        self.constrain(self.vector)
        if t % SWEEP == 0:
            self._sweep()

    def update(self, lr: float, t: int, closure: Callable[[], float]) -> None:
        """Let the optimizer change the parameters, without the constraints that end a step."""
        if self._is_shared:
            executor().parallel_for(len(self.groups), lambda n, _: self._update(self.groups[n], lr, t, closure))
        else:
            for group in self.groups:
                self._update(group, lr, t, closure)

    def _update(self, group: ParamGroup, lr: float, t: int, closure: Callable[[], float]) -> None:
        self.optimizer.step(group.p, group.g, group.state, lr * group.lr_scale, t, closure)

    def _sweep(self) -> None:
        """Set state that is smaller than any normal number to zero, where it would never get by decaying.

        Nine tenths of the smallest numbers are rounded to what they were. Roots and quotients of such numbers take
        many times as long as others: 3 % of them cost Adam a tenth of its time.
        """
        smallest = np.finfo(self.vector.dtype).tiny
        for group in self.groups:
            for name in self.slots:
                values = group.state[name]
                np.copyto(values, 0, where=np.abs(values) < smallest)

    def constrain(self, vector: Array) -> None:
        """Bring the parameters in a vector back to where their constraints allow them."""
        for constraint, slice_ in self._constrained:
            constraint.project(slice_.view(vector))


def _is_shared(optimizer: Optimizer, parameters: int) -> bool:
    """Tell whether threads step with some groups each.

    One that evaluates the loss at its step would do so in several of them at once.
    """
    is_updated_alone = type(optimizer).step is Optimizer.step and optimizer.granularity == "chunk"
    return is_updated_alone and parameters >= SHARED


def _places(optimizer: Optimizer, slices: list[ParameterSlice]) -> Iterator[tuple[slice, Shape, float]]:
    """Return place, shape and step-size factor of each group; what is not trained is in none."""
    trained = [slice_ for slice_ in slices if slice_.parameter.trainable]
    if optimizer.granularity == "parameter":
        for slice_ in trained:
            yield slice(slice_.start, slice_.stop), slice_.parameter.shape, slice_.parameter.lr_scale
    elif optimizer.granularity == "model":
        yield _whole_network(optimizer, slices)
    else:
        # Neighbours with one step size are one stretch; chunks are cut where one is full, not where a parameter ends.
        for (lr_scale, _), stretch in itertools.groupby(_placed(trained), key=operator.itemgetter(0, 1)):
            placed = [slice_ for _, _, slice_ in stretch]
            start, stop = placed[0].start, placed[-1].stop
            length = CHUNK if optimizer.granularity == "chunk" else stop - start
            for begin in range(start, stop, length):
                end = min(begin + length, stop)
                yield slice(begin, end), (end - begin,), lr_scale


def _placed(slices: list[ParameterSlice]) -> Iterator[tuple[float, int, ParameterSlice]]:
    """Return each slice with its step-size factor, and a number that changes where there is a gap before it."""
    gaps = 0
    before: ParameterSlice | None = None
    for slice_ in slices:
        gaps += before is not None and before.stop != slice_.start
        before = slice_
        yield slice_.parameter.lr_scale, gaps, slice_


def _whole_network(optimizer: Optimizer, slices: list[ParameterSlice]) -> tuple[slice, Shape, float]:
    # What is not trained has a gradient of zero, so a formula over the whole vector leaves it where it is.
    scales = {slice_.parameter.lr_scale for slice_ in slices if slice_.parameter.trainable}
    if len(scales) > 1:
        raise OptionError(
            f"{optimizer!r} steps with the whole network at once, so lr_scale cannot differ by layer "
            f"(got {', '.join(map(str, sorted(scales)))}); give every layer the same, or take another optimizer"
        )
    size = slices[-1].stop if slices else 0
    return slice(0, size), (size,), scales.pop() if scales else 1.0
