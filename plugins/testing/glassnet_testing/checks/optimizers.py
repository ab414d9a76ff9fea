"""What holds for every optimizer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from glassnet.components.optimizer import Optimizer
from glassnet.network import Network
from glassnet.training.optimizer_step import BoundOptimizer
from glassnet.types import Array, Shape
from glassnet_averaging.outcome import averaged_parameters
from glassnet_testing.cases.host_layers import KitBowl
from glassnet_testing.cases.short_runs import Practice, compare_broken_runs, regression
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.counting import compare_options, with_other_options
from glassnet_testing.runner.subject import Example, Subject
from glassnet_testing.tools.compare import close, same_bytes
from glassnet_testing.tools.dtype_watch import TypedArray

# Some optimizers change their ways after a while: at the fifth, tenth or hundredth step.
_LONG = 120
_LONG_STEP = 0.1
_LARGE: tuple[Shape, ...] = ((200, 100), (130,))
_FLOAT32_TOLERANCE = 1e-3
# What an optimizer that treats each element alone works on.
_PIECES = ("chunk", "contiguous")

_MATRIX_AND_VECTOR: tuple[Shape, ...] = ((3, 2), (4,))


class Descent:
    """An optimizer on a bowl, ``sum(curvature * (p - 1)^2) / 2``, in the groups that a network would give it.

    Parameters
    ----------
    sizes
        Shapes of the parameters.
    flat
        Numbers of the parameters on which the bowl does not depend.
    apart
        Whether something that is not trained lies between the parameters.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        sizes: Sequence[Shape] = _MATRIX_AND_VECTOR,
        *,
        flat: Sequence[int] = (),
        apart: bool = False,
        dtype: str = "float64",
        seed: int = 0,
    ) -> None:
        self.network = Network([KitBowl(tuple(sizes), apart)]).build((1,), dtype=dtype)
        self.optimizer = optimizer
        self.bound_optimizer = BoundOptimizer(optimizer, self.network)
        self.steps = 0
        self._curvature = np.zeros_like(self.network.flat_parameters)
        parts = self._parts(self._curvature)
        for number, (curvature, p) in enumerate(zip(parts, self._parts(self.network.flat_parameters), strict=True)):
            rng = np.random.default_rng([seed, number])
            p[...] = rng.normal(size=p.shape) - 1
            curvature[...] = 0 if number in flat else rng.uniform(0.5, 2, p.shape)

    def _parts(self, vector: Array) -> list[Array]:
        pieces = self.network.layout.slices
        return [piece.view(vector) for piece in pieces if piece.parameter.trainable]

    @property
    def parameters(self) -> list[Array]:
        """The parameters, live."""
        return self._parts(self.network.flat_parameters)

    def loss(self) -> float:
        """Return the height in the bowl, and write the gradient."""
        away = self.network.flat_parameters - 1
        np.multiply(self._curvature, away, out=self.network.gradients)
        return float(np.sum(self._curvature * away * away)) / 2

    def go(self, steps: int, lr: float | None = None) -> Descent:
        """Take some steps."""
        for _ in range(steps):
            self.loss()
            self.steps += 1
            self.bound_optimizer.step(self.optimizer.lr if lr is None else lr, self.steps, self.loss)
        return self


def use(
    optimizer: Optimizer, seed: int, dtype: str = "float64", sizes: Sequence[Shape] = _MATRIX_AND_VECTOR
) -> Iterator[Any]:
    """Use an optimizer for some steps: at its own step size, and at one at which a step is seen beside a parameter."""
    descent = Descent(optimizer, sizes, seed=seed, dtype=dtype)
    for lr in (None, None, None, _LONG_STEP, _LONG_STEP, _LONG_STEP):
        descent.go(1, lr)
        yield descent.network.flat_parameters.copy()


@check(hint='lr: float = gn.option(0.01, gt=0, help="step size")')
def has_a_step_size(subject: Subject) -> None:
    """The step size can be read: optimizer.lr."""
    for example in subject.examples:
        lr = getattr(example.component, "lr", None)
        if not (isinstance(lr, float) and lr > 0):
            raise Failure(example.text, "lr, a float above 0", repr(lr))


@check(hint="a step goes against the gradient: p -= lr * …, in place")
def descends_a_bowl(subject: Subject) -> None:
    """In a convex bowl, 40 steps and 120 steps end lower than they began."""
    for example in subject.examples:
        for sizes in (((1,),), _MATRIX_AND_VECTOR):
            descent = Descent(example.component, sizes)
            start = descent.loss()
            for steps in (40, _LONG):
                end = descent.go(steps - descent.steps).loss()
                if not end < start:
                    told = f"{example.text}, {steps} steps in a bowl whose lowest point is 1 everywhere, shapes {sizes}"
                    raise Failure(told, f"a loss below {start:.6g}, that of the start", end)


@check(hint="where it is meant, as with weight decay, say so: updates_at_zero_gradient = True")
def no_gradient_no_step(subject: Subject) -> None:
    """A parameter whose gradient has always been zero stays where it is, unless the optimizer says that it moves."""
    for text, optimizer in _at_all_options(subject):
        descent = Descent(optimizer, ((2,), (3, 2)), flat=(1,))
        before = descent.parameters[1].copy()
        after = descent.go(_LONG).parameters[1]
        if same_bytes(after, before) == optimizer.updates_at_zero_gradient:
            told = f"{text}, {_LONG} steps with a gradient of 0 at p = {before}"
            raise Failure(told, "another p" if optimizer.updates_at_zero_gradient else before, after)


def _at_all_options(subject: Subject) -> Iterator[tuple[str, Optimizer]]:
    """Yield each example, and each with one option changed."""
    for example in subject.examples:
        yield example.text, example.component
        yield from ((repr(optimizer), optimizer) for _, optimizer in with_other_options(example.component))


@check(hint="return each difference from -lr g once, and change neither p, g nor state; or leave update_terms out")
def terms_add_up(subject: Subject) -> None:
    """What update_terms returns adds up, with -lr g, to the change of the parameters."""
    for text, optimizer in _at_all_options(subject):
        descent = Descent(optimizer)
        vector = descent.network.flat_parameters
        for step in range(1, 7):
            descent.loss()
            before, expected = vector.copy(), _by_terms(descent, step)
            if expected is None:
                break
            if not same_bytes(vector, before):
                raise Failure(f"{text}, update_terms in step {step}", f"p as it was, {before}", vector.copy())
            change = descent.go(1).network.flat_parameters - before
            if not close(expected, change, 1e-9):
                told = f"{text}, the sum of -lr g and update_terms in step {step} from p = {before}"
                raise Failure(told, f"the change of update, {change}", expected)


def _by_terms(descent: Descent, t: int) -> Array | None:
    """Return the change that an optimizer's terms add up to, or None if it names none."""
    total = np.zeros_like(descent.network.flat_parameters)
    for group in descent.bound_optimizer.groups:
        lr = descent.optimizer.lr * group.lr_scale
        terms = descent.optimizer.update_terms(group.p, group.g, group.state, lr, t)
        if terms is None:
            return None
        total[group.place] = (sum(terms.values()) - lr * group.g).reshape(-1)
    return total


@check(hint="keep everything in the arrays of state, changed in place: state['m'] *= beta, not state['m'] = …")
def continues_from_saved_state(subject: Subject) -> None:
    """From saved state it goes on exactly as without a break."""
    for example in subject.examples:
        whole = Descent(example.component).go(_LONG)
        first = Descent(example.fresh()).go(_LONG // 2 + 1)
        second = Descent(example.fresh())
        second.steps = first.steps
        second.network.flat_parameters[:] = first.network.flat_parameters
        for mine, theirs in (
            (second.bound_optimizer.slots, first.bound_optimizer.slots),
            (second.bound_optimizer.scalars, first.bound_optimizer.scalars),
        ):
            for name, array in mine.items():
                array[:] = theirs[name]
        got = second.go(_LONG - first.steps).network.flat_parameters
        if not same_bytes(got, whole.network.flat_parameters):
            told = (
                f"{example.text}, {first.steps} steps, slots and scalars saved and loaded, {_LONG - first.steps} steps"
            )
            raise Failure(told, whole.network.flat_parameters, got)


@check(
    hint="t counts steps; a counter of the optimizer's own advances once for each group",
    applies=lambda subject: any(example.component.granularity != "model" for example in subject.examples),
)
def portions_do_not_matter(subject: Subject) -> None:
    """How the parameters are cut into groups makes no difference to any of them."""
    for example in subject.examples:
        if example.component.granularity == "model":
            continue
        alone = Descent(example.fresh(), ((3, 2),)).go(6).parameters[0]
        for apart in (False, True):
            got = Descent(example.fresh(), ((3, 2), (4,)), apart=apart).go(6).parameters[0]
            if not close(got, alone, 1e-12):
                told = f"{example.text}, 6 steps on parameters of shape (3, 2) and (4,)"
                told += " with one that is not trained between them" if apart else ""
                raise Failure(told, f"the first as when it is alone: {alone.tolist()}", got)


@check(hint="use the argument lr, not self.lr")
def lr_is_the_argument(subject: Subject) -> None:
    """The step size that is handed in is the one that counts: schedules change it."""
    for example in subject.examples:
        lengths = []
        for factor in (1.0, 1e-3):
            descent = Descent(example.component)
            before = descent.network.flat_parameters.copy()
            descent.go(8, example.component.lr * factor)
            lengths.append(float(np.linalg.norm(descent.network.flat_parameters - before)))
        if not lengths[1] < lengths[0] / 10:
            told = f"{example.text}, 8 steps with lr = {example.component.lr:g} and with a thousandth of it"
            raise Failure(told, f"less than a tenth of the way of {lengths[0]:.6g}", lengths[1])


@check(hint="a root in a divisor needs an epsilon; squares of large float32 numbers overflow")
def extreme_gradients_stay_finite(subject: Subject) -> None:
    """Gradients from zero to 1e4 leave the parameters finite, in float32 too, and large ones are followed downhill."""
    for example in subject.examples:
        for dtype in ("float64", "float32"):
            for size in (0.0, 1e-30, 1.0, 30.0, 1e4):
                descent = Descent(example.component, dtype=dtype)
                gradient = np.where(np.arange(descent.network.flat_parameters.size) % 2, size, -size)

                def slope(descent: Descent = descent, gradient: Array = gradient) -> float:
                    descent.network.gradients[:] = gradient
                    return float(gradient @ descent.network.flat_parameters)

                height = slope()
                for t in range(1, 26):
                    slope()
                    descent.bound_optimizer.step(example.component.lr, t, slope)
                told = f"{example.text}, 25 steps with gradients of size {size:g} in {dtype}"
                if not np.isfinite(descent.network.flat_parameters).all():
                    raise Failure(told, "finite parameters", descent.network.flat_parameters)
                # On a slope that is the same everywhere, each step goes down.
                if size >= 1 and not (end := slope()) < height:
                    raise Failure(told, f"a height below {height:.6g}, that of the start", end)


@check(hint="state['count'][0] is a float64: take float(state['count'][0]); give dtype= to np.zeros, np.full, …")
def float32_stays_float32(subject: Subject) -> None:
    """With float32 parameters nothing is computed in float64, which takes twice the time."""
    for example in subject.examples:
        found: list[str] = []
        Descent(_watched(example.component, found), dtype="float32").go(5)
        if found:
            raise Failure(f"{example.text}, 5 steps on float32 parameters", "arrays of float32", found[0])


def _watched(optimizer: Optimizer, found: list[str]) -> Any:
    """Return what acts as `optimizer`, and notes in `found` where float32 has become float64."""

    class Acting:
        slots, scalars, granularity, lr = optimizer.slots, optimizer.scalars, optimizer.granularity, optimizer.lr

        def step(
            self, p: Array, g: Array, state: dict[str, Array], lr: float, t: int, evaluate: Callable[[], float]
        ) -> None:
            watched = {name: a if name in optimizer.scalars else TypedArray.of(a, found) for name, a in state.items()}
            optimizer.step(TypedArray.of(p, found), TypedArray.of(g, found), watched, lr, t, evaluate)

    return Acting()


@check(hint="average(p, state) returns an array like p, or None")
def averages_are_parameters(subject: Subject) -> None:
    """The averaged parameters, if there are any, are finite from the first step on, one for each parameter."""
    for example in subject.examples:
        descent = Descent(example.component).go(1)
        average = averaged_parameters(descent.bound_optimizer)
        if average is not None and not np.isfinite(average).all():
            raise Failure(f"{example.text}, after 1 step", "finite averages", average)


@check(hint="weights that do not add up to 1 are divided by their sum: total / (1 - decay**t)")
def average_of_what_stays(subject: Subject) -> None:
    """The average of a parameter that never moves, since its gradient is 0, is that parameter."""
    for text, optimizer in _at_all_options(subject):
        if optimizer.updates_at_zero_gradient:
            continue
        descent = Descent(optimizer, ((2,), (3, 2)), flat=(0, 1))
        for steps in (1, 5, _LONG):
            average = averaged_parameters(descent.go(steps - descent.steps).bound_optimizer)
            expected = descent.network.flat_parameters
            if average is not None and not close(average, expected, 1e-6):
                raise Failure(f"{text}, the average after {steps} steps with a gradient of 0", expected.copy(), average)


@check(hint="keep everything in slots and scalars, nothing on the instance")
def training_can_be_continued(subject: Subject) -> None:
    """Training that is broken off and continued ends in the same bytes."""
    for example in subject.examples:
        compare_broken_runs(example.text, partial(_practice, example))


def _practice(example: Example) -> Practice:
    return regression(["dense(3)", "tanh"], optimizer=example.fresh())


@check(hint="each step goes downhill on average, at other options too; look at signs and at what an option multiplies")
def descends_at_other_options(subject: Subject) -> None:
    """In a convex bowl, 120 steps end lower than they began, at other values of the options too."""
    for example in subject.examples:
        for name, optimizer in with_other_options(example.component):
            if name == "lr":
                continue
            descent = Descent(optimizer)
            start = descent.loss()
            end = descent.go(_LONG).loss()
            if not end < start:
                raise Failure(f"{optimizer!r}, {_LONG} steps in a bowl", f"a loss below {start:.6g}, the first", end)


@check(hint="take the option out, or use it: self.momentum", applies=lambda subject: bool(subject.options))
def each_option_counts(subject: Subject) -> None:
    """Each option changes the way through a bowl at some value, within 120 steps."""

    def computed(optimizer: Optimizer) -> list[Any]:
        descent = Descent(optimizer).go(_LONG)
        average = averaged_parameters(descent.bound_optimizer)
        shaken = _shaken(optimizer)
        return [descent.network.flat_parameters.copy(), shaken, *([] if average is None else [average])]

    compare_options([example.component for example in subject.examples], computed)


def _shaken(optimizer: Optimizer) -> Array:
    """Return the parameters after steps with random gradients: in a bowl their signs hardly change."""
    descent = Descent(optimizer)
    rng = np.random.default_rng(2)
    slopes = rng.normal(size=(_LONG, descent.network.flat_parameters.size))
    for t in range(1, _LONG + 1):

        def evaluate(slope: Array = slopes[t - 1]) -> float:
            descent.network.gradients[:] = slope + 0.1 * descent.network.flat_parameters
            return float(slope @ descent.network.flat_parameters) + 0.05 * float(
                np.sum(descent.network.flat_parameters**2)
            )

        evaluate()
        descent.bound_optimizer.step(optimizer.lr, t, evaluate)
    return descent.network.flat_parameters.copy()


@check(hint="look for a constant that holds for one precision alone, and for sums in float16")
def float32_is_like_float64(subject: Subject) -> None:
    """In float32 the parameters go the way that they go in float64, but for rounding."""
    for example in subject.examples:
        wide, narrow = (
            Descent(example.fresh(), dtype=dtype).go(12).network.flat_parameters for dtype in ("float64", "float32")
        )
        if not close(narrow, wide, _FLOAT32_TOLERANCE):
            raise Failure(f"{example.text}, 12 steps in float32", wide, narrow)


@check(hint="every element is treated by the same formula; look for blocks and for a number of elements in the code")
def large_parameters(subject: Subject) -> None:
    """Of 20,000 parameters each goes the way that it goes with few, unless they are treated together."""
    for example in subject.examples:
        descent = Descent(example.fresh(), _LARGE)
        start = descent.loss()
        end = descent.go(12).loss()
        if not (np.isfinite(end) and end < start):
            told = f"{example.text}, 12 steps in a bowl of {descent.network.flat_parameters.size} parameters"
            raise Failure(told, f"a loss below {start:.6g}, that of the start", end)
        if not all((p != p0).any(axis=-1).all() for p, p0 in zip(descent.parameters, _first(_LARGE), strict=True)):
            raise Failure(
                f"{example.text}, 12 steps", "a step for each row of the parameters", "some rows never change"
            )


@check(
    hint='a "chunk" or "contiguous" has any length; what treats elements together says granularity = "parameter"',
    applies=lambda subject: any(example.component.granularity in _PIECES for example in subject.examples),
)
def elements_are_treated_alone(subject: Subject) -> None:
    """In a piece of 20,000 elements, each goes the way that it goes in a piece of a few."""
    for example in subject.examples:
        if example.component.granularity not in _PIECES:
            continue
        rng = np.random.default_rng(3)
        start, gradients = rng.normal(size=20_000), rng.normal(size=(4, 20_000))
        whole = _way(example.fresh(), start, gradients)
        for few in (slice(0, 7), slice(9_997, 10_004), slice(-7, None)):
            alone = _way(example.fresh(), start[few], gradients[:, few])
            if not close(whole[few], alone, 1e-12):
                told = f"{example.text}, 4 steps on 20,000 elements: those from {few.start} on"
                raise Failure(told, f"{alone}, as alone", whole[few])


def _way(optimizer: Optimizer, start: Array, gradients: Array) -> Array:
    """Return where an optimizer takes a piece of parameters."""
    p = start.copy()
    state = {slot: np.zeros_like(p) for slot in optimizer.slots} | {name: np.zeros(1) for name in optimizer.scalars}
    for t, gradient in enumerate(gradients, 1):
        g = gradient.copy()
        optimizer.step(p, g, state, optimizer.lr, t, partial(float, np.vdot(g, p)))
    return p


def _first(sizes: Sequence[Shape]) -> list[Array]:
    return [np.random.default_rng([0, number]).normal(size=size) - 1 for number, size in enumerate(sizes)]
