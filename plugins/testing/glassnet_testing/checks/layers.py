"""What holds for every layer, and for every activation in a layer's place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, partial
from typing import Any

import numpy as np

from glassnet.components.activation import Activation
from glassnet.components.layer import Layer
from glassnet.errors import ShapeError
from glassnet.types import Array, Shape
from glassnet_autodiff.gradient_check import by_tape
from glassnet_testing.cases.inputs import LAYOUTS, Inputs, big_endian, read_only
from glassnet_testing.checks.slopes import compare_gradient
from glassnet_testing.checks.tape import compares_gradients, tells_whether_the_tape_follows, wrote_backward
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.subject import Example, Subject
from glassnet_testing.tools.compare import close, same_bytes
from glassnet_testing.tools.formatting import array_text
from glassnet_testing.tools.layer_harness import Bench
from glassnet_testing.tools.shrink import try_all
from glassnet_testing.tools.special_numbers import with_special_numbers

# Shapes of a sample that are tried where an example names none.
_SHAPES: tuple[Shape, ...] = ((4,), (3, 4), (5, 4, 2))
_ACTIVATION_SHAPES: tuple[Shape, ...] = ((4,), (2, 2, 3))


class Case:
    """A layer or an activation, and the shape of the samples that it is fed with."""

    def __init__(self, example: Example, shape: Shape) -> None:
        self.example = example
        self.layer: Layer = example.component
        self.shape = shape
        integers = self.layer.as_layer().integer_input
        told = self.layer.checks
        low, high = zip(self.layer.domain, told.domain, strict=True)
        kinks = (*self.layer.kinks, *told.kinks)
        self.inputs = Inputs(shape, (max(low), min(high)), kinks, integers=integers)
        if integers:
            self.inputs.indices = self.vocabulary

    def __str__(self) -> str:
        return f"{self.example.text}, samples of shape {self.shape}"

    @cached_property
    def vocabulary(self) -> int:
        """How many indices the layer takes: the largest of its whole-number options that it takes an index below."""
        sizes = sorted({value for value in self.layer.options.values() if type(value) is int and value > 2})
        return next((size for size in reversed(sizes) if self._takes_index(size - 1)), 2)

    def _takes_index(self, index: int) -> bool:
        try:
            self.bench().output(np.full((1, *self.shape), index))
        except Exception:  # how it refuses an index is its own affair
            return False
        return True

    def bench(self, x: Array | None = None, dtype: str = "float64") -> Bench:
        """Return the layer, built for the samples of `x`, or for the case's own shape."""
        return Bench(self.layer, self.shape if x is None else x.shape[1:], dtype)

    def try_all(self, inputs: Iterable[Array], examine: Callable[[Array], Failure | None]) -> None:
        """Examine inputs until one shows a mistake; an activation takes a single value as well."""
        try_all(inputs, examine, any_shape=isinstance(self.layer, Activation))

    def show(self, x: Array, training: bool = True) -> str:
        """Return an input as reports show it."""
        return f"{self.example.text} of {array_text(x)}{'' if training else ', not training'}"


def cases(subject: Subject) -> Iterator[Case]:
    """Return each example with a shape of its own, or with those of some usual shapes that it takes."""
    for example in subject.examples:
        yield from cases_of(example)


def cases_of(example: Example) -> Iterator[Case]:
    """Return one example with its shape, or with usual ones."""
    if example.given:
        yield Case(example, tuple(example.given[0]))
    elif isinstance(example.component, Activation):
        yield from (Case(example, shape) for shape in _ACTIVATION_SHAPES)
    else:
        yield from (Case(example, shape) for shape in _fitting(example))


def _fitting(example: Example) -> list[Shape]:
    fitting = [shape for shape in _SHAPES if _takes(example.component, shape)]
    if not fitting:
        raise Failure(
            example.text,
            f"a layer that takes samples of shape {', '.join(map(str, _SHAPES[:-1]))} or {_SHAPES[-1]}",
            "ShapeError for each",
            f"say of which shape its input is: examples = (({example.text!r}, (8, 8, 3)),)",
        )
    return fitting[:2]


def _takes(layer: Layer, shape: Shape) -> bool:
    try:
        layer.output_shape(shape)
    except Exception:  # which one it should be is asked by a check
        return False
    return True


@check(hint='say of which shape its input is, behind the spec: examples = (("conv2d(2, 3)", (6, 6, 3)),)')
def examples_take_their_input(subject: Subject) -> None:
    """The examples take samples of the shape that they name, or of a usual one."""
    for case in cases(subject):
        case.bench().output(case.inputs.random(2))


def use(
    case: Case, layer: Layer, seed: int, dtype: str = "float64", rows: int = 3, *, special: bool = False
) -> Iterator[Any]:
    """Use a layer once: forward, then backward; if it says so, with special numbers among the others."""
    bench = Bench(layer, case.shape, dtype)
    x = case.inputs.random(rows, seed)
    x = x if case.inputs.integers else x.astype(dtype)
    with bench.passing(step=seed) as one:
        y = one.forward(read_only(with_special_numbers(x, seed) if special else x))
        yield y.copy()
        dy = np.random.default_rng(seed).normal(size=y.shape).astype(dtype)
        dx, gradients = one.backward(read_only(with_special_numbers(dy, seed + 1) if special else dy))
        yield np.copy(dx) if dx is not None else np.empty(0)
        yield from gradients.values()


def has_parameters(subject: Subject) -> bool:
    """Tell whether some example has parameters."""
    return any(len(case.bench().network.flat_parameters) for case in cases(subject))


@check(hint="a rule is brought by the hook glassnet_derivatives", applies=wrote_backward)
def gradient_of_the_tape(subject: Subject) -> None:
    """The tape can follow forward, so that the gradients are compared with its own in all digits."""
    for case in cases(subject):
        bench, x = case.bench(), case.inputs.random(2)
        with bench.passing() as one:
            dy = np.ones_like(one.forward(x))
        with bench.passing() as one:
            tells_whether_the_tape_follows(partial(one.backward_by_tape, x, dy))


def takes_numbers(subject: Subject) -> bool:
    """Tell whether some example takes floating-point input."""
    return any(not case.inputs.integers for case in cases(subject))


def _is_differentiable(subject: Subject) -> bool:
    return compares_gradients(subject) and takes_numbers(subject)


def _has_gradients_of_parameters(subject: Subject) -> bool:
    return compares_gradients(subject) and has_parameters(subject)


# --- gradients ----------------------------------------------------------------------------------------------


def compare_gradients(
    case: Case,
    x: Array,
    *,
    parameters: bool,
    training: bool = True,
    positive: bool = False,
    one_by_one: bool = True,
    scale: float = 1.0,
) -> Failure | None:
    """Compare backward with differences of ``sum(y * r)``, with random r so that each output counts, and the tape.

    If not `one_by_one`, only directions in which all elements move are looked at, and elements where one differs.
    The parameters are `scale` times the usual ones.
    """
    bench = case.bench(x)
    bench.network.flat_parameters *= scale
    show = case.show(x, training) + ("" if scale == 1 else f", parameters {scale:.6g} times as large")
    moved = np.array(x) if case.inputs.integers else np.array(x, np.float64)
    weights: Array = np.zeros(0)

    def terms() -> Array:
        with bench.passing(training=training) as one:
            product: Array = one.forward(moved) * weights
            return product

    with bench.passing(training=training) as one:
        y = one.forward(moved)
        # Of one sign where there may be kinks: there the slope of a sum is between those of its terms added up.
        weights = np.random.default_rng(3).normal(size=y.shape)
        weights = 0.5 + np.abs(weights) if positive else weights
        if y.size == 1:
            weights = np.ones(y.shape)  # then the report shows the derivative itself
        dx, gradients = one.backward(weights.copy())
        dx = None if dx is None else np.array(dx, np.float64)
    by_the_tape = None
    if one_by_one or case.layer.derives_backward:
        with bench.passing(training=training) as one:
            by_the_tape = by_tape(partial(one.backward_by_tape, moved, weights))
        if by_the_tape is None and case.layer.derives_backward:
            return None  # at a kink, which slope the tape takes is not the author's to choose
    traced_dx, traced = by_the_tape or (None, {})
    compare = partial(compare_gradient, terms, told=show, one_by_one=one_by_one)
    if not parameters:
        if dx is None:
            return Failure(show, "the gradient of the input", "None", "backward returns dx")
        return compare(moved, dx, "x", traced=traced_dx, kinks=case.inputs.kinks)
    for name, array in bench.parameters.items():
        failure = compare(array, gradients[name], name, traced=traced.get(name))
        if failure is not None:
            return failure
    return None


def _random_inputs(case: Case) -> list[Array]:
    return [case.inputs.random(1), case.inputs.random(3)]


@check(hint="work the derivative out again: signs, factors, and the chain rule's dy", applies=_is_differentiable)
def input_gradient(subject: Subject) -> None:
    """Backward returns the derivative with respect to the input."""
    for case in cases(subject):
        if not case.inputs.integers:
            case.try_all(_random_inputs(case), partial(compare_gradients, case, parameters=False))


@check(
    hint="look at the borders of where(), and at formulas that are only right for one sign or for small values",
    applies=_is_differentiable,
)
def input_gradient_at_awkward_points(subject: Subject) -> None:
    """The derivative with respect to the input is right at 0, at large and negative values, and at declared kinks."""
    for case in cases(subject):
        inputs = case.inputs.awkward()
        if case.layer.derives_backward:
            # At a single point with a kink, which slope the tape takes is not the author's to choose.
            inputs = map(case.inputs.nudged, inputs)
        case.try_all(inputs, partial(compare_gradients, case, parameters=False, positive=True))


@check(hint="backward has to do as forward did with ctx.training false", applies=_is_differentiable)
def input_gradient_outside_training(subject: Subject) -> None:
    """The derivative is right outside training too: explanations of predictions need it."""
    for case in cases(subject):
        if not case.inputs.integers:
            case.try_all(_random_inputs(case), partial(compare_gradients, case, parameters=False, training=False))


@check(
    hint="write every element with grads[name][...] =, summed over the batch; none may be read",
    applies=_has_gradients_of_parameters,
)
def parameter_gradients(subject: Subject) -> None:
    """Backward writes the derivative with respect to each parameter, in full."""
    for case in cases(subject):
        inputs = [*_random_inputs(case), *case.inputs.awkward()]
        case.try_all(inputs, partial(compare_gradients, case, parameters=True, positive=True))
        case.try_all(_random_inputs(case), partial(compare_gradients, case, parameters=True))


@check(hint="ctx.needs_input_grad only says whether the return value is looked at", applies=has_parameters)
def input_gradient_not_needed(subject: Subject) -> None:
    """If the gradient of the input is not needed, the parameters' gradients are the same."""
    for case in cases(subject):

        def examine(x: Array, case: Case = case) -> Failure | None:
            bench = case.bench(x)
            found = []
            for needed in (True, False):
                with bench.passing() as one:
                    one.ctx.needs_input_grad = needed
                    found.append(one.backward(np.ones_like(one.forward(x)))[1])
            for name, expected in found[0].items():
                if not close(found[1][name], expected, 1e-12):
                    return Failure(f"{case.show(x)}, ctx.needs_input_grad = False", expected, found[1][name])
            return None

        case.try_all([case.inputs.random(2), case.inputs.random(20)], examine)


def _batch_independent(subject: Subject) -> bool:
    return any(case.layer.as_layer().batch_independent for case in cases(subject))


@check(hint="take out batch_independent = True: a sum, mean or maximum mixes them", applies=_batch_independent)
def samples_are_kept_apart(subject: Subject) -> None:
    """Who says so computes in training, of a batch cut in two, what it computes of the whole."""
    for case in cases(subject):
        if not case.layer.as_layer().batch_independent:
            continue

        def examine(x: Array, case: Case = case) -> Failure | None:
            bench = case.bench(x)
            y = bench.output(x)
            if not same_bytes(bench.output(x, step=1), y):
                return _look_for_mixing(case, bench, x)  # of random numbers each part gets others
            dy = np.random.default_rng(0).normal(size=y.shape)
            whole, *parts = (_outcome(bench, x[rows], dy[rows]) for rows in (slice(None), slice(2), slice(2, None)))
            joined = [np.concatenate(pair) for pair in zip(*(part[:2] for part in parts), strict=True)]
            added = [sum(pair) for pair in zip(*(part[2:] for part in parts), strict=True)]
            for expected, got in zip(whole, [*joined, *added], strict=True):
                if not close(got, expected, 1e-9):
                    return Failure(f"{case.show(x)}, cut before sample 2", expected, got)
            return None

        case.try_all([case.inputs.random(5), case.inputs.random(40)], examine)


def _look_for_mixing(case: Case, bench: Bench, x: Array) -> Failure | None:
    """Change one sample, and one gradient: with the same random numbers, nothing may change in the other rows."""
    changed, expected = x.copy(), bench.output(x)
    changed[0] = case.inputs.random(1, seed=9)[0]
    got = bench.output(changed)
    if not close(got[1:], expected[1:], 1e-12):
        return Failure(f"{case.show(x)}, then another sample 0: the other outputs", expected[1:], got[1:])
    with bench.passing() as one:
        dy = np.zeros_like(one.forward(x))
        dy[0] = 1
        dx, _ = one.backward(dy)
        if dx is not None and dx[1:].any():
            return Failure(f"{case.show(x)}, dy of sample 0 alone: the other gradients", "zeros", dx[1:])
    return None


def _outcome(bench: Bench, x: Array, dy: Array) -> list[Any]:
    """Return y, dx and the parameters' gradients."""
    with bench.passing() as one:
        y = one.forward(x).copy()
        dx, gradients = one.backward(dy)
        return [y, np.zeros(len(x)) if dx is None else dx.copy(), *gradients.values()]


# --- shapes, types, values ----------------------------------------------------------------------------------


@check(hint="keep the batch axis: squeeze() and [0] lose it when there is one sample")
def shapes(subject: Subject) -> None:
    """Outputs have the shape that output_shape says, gradients that of the input, for one sample and for many."""
    for case in cases(subject):
        # One bench for all batches: work buffers have to grow and to shrink.
        benches = {case.shape: case.bench()}

        def examine(x: Array, case: Case = case, benches: dict[Shape, Bench] = benches) -> Failure | None:
            bench = benches.setdefault(x.shape[1:], case.bench(x))
            expected = (len(x), *bench.network.output_shape)
            with bench.passing() as one:
                y = one.forward(x)
                if y.shape != expected:
                    return Failure(case.show(x), f"an output of shape {expected}", f"shape {y.shape}")
                dx, _ = one.backward(np.ones(expected))
            if dx is not None and not case.inputs.integers and dx.shape != x.shape:
                return Failure(case.show(x), f"a gradient of the input of shape {x.shape}", f"shape {dx.shape}")
            return None

        case.try_all([case.inputs.random(batch) for batch in (1, 2, 5, 1, 3)], examine)


@check(hint='raise gn.ShapeError(f"expected (batch, features), got {shape}; …") in output_shape')
def unfitting_shapes_are_refused(subject: Subject) -> None:
    """Samples of a shape that does not fit are refused with ShapeError."""
    for example in subject.examples:
        for shape in ((), (1,), (4,), (3, 4), (5, 4, 2), (2, 2, 2, 2)):
            try:
                example.component.output_shape(shape)
                example.component.parameters(shape)
            except ShapeError:
                continue
            except Exception as error:
                raise Failure(f"{example.text}, samples of shape {shape}", "a shape, or ShapeError", error) from None


@check(
    hint="float64 arrays and numpy scalars turn float32 into float64, Python numbers do not; give dtype= to np.zeros, …"
)
def float32_stays_float32(subject: Subject) -> None:
    """float32 stays float32: the output and the gradients."""
    for case in cases(subject):

        def examine(x: Array, case: Case = case) -> Failure | None:
            bench = case.bench(x, "float32")
            for training in (True, False):
                with bench.passing(training=training) as one:
                    y = one.forward(x)
                    dx, _ = one.backward(np.ones(y.shape, np.float32))
                found = {"the output": y}
                if dx is not None and not case.inputs.integers:
                    found["the gradient of the input"] = dx
                for name, array in found.items():
                    if array.dtype != np.float32:
                        return Failure(case.show(x, training), f"{name} in float32", str(array.dtype))
            return None

        inputs = [case.inputs.random(batch) for batch in (1, 3)]
        case.try_all([x if case.inputs.integers else x.astype(np.float32) for x in inputs], examine)


@check(
    hint="rewrite exp and log so that they cannot overflow: exp(-|x|) is at most 1, log1p(exp(-|x|)) at most log 2",
    applies=takes_numbers,
)
def large_values_stay_finite(subject: Subject) -> None:
    """No value up to 50,000 gives NaN or infinity, forward or backward, in float32 or float64."""
    for case in cases(subject):

        def examine(x: Array, case: Case = case) -> Failure | None:
            bench = case.bench(x, x.dtype.name)
            for training in (True, False):
                with bench.passing(training=training) as one:
                    y = one.forward(x).copy()
                    dx, gradients = one.backward(np.ones_like(y))
                    found = {"the output": y, "the gradient of the input": dx} | {
                        f"the gradient of {name}": gradient for name, gradient in gradients.items()
                    }
                    for name, array in found.items():
                        if array is not None and not np.isfinite(array).all():
                            return Failure(case.show(x, training), f"{name} finite", array)
            return None

        case.try_all([x for dtype in ("float32", "float64") for x in case.inputs.large(dtype)], examine)


# --- what is left alone -------------------------------------------------------------------------------------


@check(
    hint="x *= 2 or out=x on an argument changes what belongs to others; work on a copy, or on ctx.buffer(…) with "
    "a name of its own"
)
def arguments_stay_as_they_are(subject: Subject) -> None:
    """Input, parameters and the gradient that comes in are left as they are, and so is the output in backward."""
    for case in cases(subject):

        def examine(x: Array, case: Case = case, factor: float = 1.0) -> Failure | None:
            given = x.copy()
            bench = case.bench(x, "float64" if case.inputs.integers else x.dtype.name)
            before = bench.network.flat_parameters.copy()
            with bench.passing() as one:
                y = one.forward(given)
                if not same_bytes(given, x):
                    return Failure(case.show(x), f"the input as it was after forward: {array_text(x)}", given)
                y_before = y.copy()
                dy = factor * np.random.default_rng(4).normal(size=y.shape).astype(y.dtype)
                dy_before = dy.copy()
                one.backward(dy)
            found = {
                "the input": (x, given),
                "dy": (dy_before, dy),
                "the parameters": (before, bench.network.flat_parameters),
                # A layer that holds this one, and multiplies its branches, may still read it.
                "the output": (y_before, y),
            }
            for name, (expected, got) in found.items():
                if not same_bytes(got, expected):
                    return Failure(case.show(x), f"{name} as before, after backward: {array_text(expected)}", got)
            return None

        case.try_all([*_random_inputs(case), *case.inputs.of_one_sign()], examine)
        case.try_all(_random_inputs(case), partial(examine, factor=1000.0))


def _laid_out(bench: Bench, x: Array, lay_out: Callable[[Array], Array]) -> list[Array]:
    with bench.passing() as one:
        y = one.forward(read_only(lay_out(x))).copy()
        dy = np.random.default_rng(5).normal(size=y.shape)
        dx, gradients = one.backward(read_only(lay_out(dy)))
        return [y, *([] if dx is None else [dx.copy()]), *gradients.values()]


@check(hint="reshape copies where it has to; assigning to the shape, as_strided and .data do not look at strides")
def views_are_read_right(subject: Subject) -> None:
    """What is not in one piece of memory is read as well as what is: views, transposed and with steps."""
    for case in cases(subject):

        def examine(x: Array, case: Case = case) -> Failure | None:
            bench = case.bench(x)
            expected = _laid_out(bench, x, np.array)
            for name, lay_out in LAYOUTS.items():
                for wanted, got in zip(expected, _laid_out(bench, x, lay_out), strict=True):
                    if not close(got, wanted, 1e-12):
                        return Failure(f"{case.show(x)}, {name}", wanted, got)
            return _look_at_byte_order(case, x, expected)

        case.try_all([case.inputs.random(3)], examine)


def _look_at_byte_order(case: Case, x: Array, expected: list[Array]) -> Failure | None:
    """Compare the results of big-endian input; a layer that refuses it, as compiled code does, is right too."""
    try:
        results = _laid_out(case.bench(x), x, big_endian)
    except Exception:
        return None
    for wanted, got in zip(expected, results, strict=True):
        if not close(got, wanted, 1e-12):
            return Failure(f"{case.show(x)}, big-endian", wanted, got)
    return None


# --- outside training ---------------------------------------------------------------------------------------


@check(hint="look at ctx.training: dropout and noise are for training alone")
def predictions_are_not_random(subject: Subject) -> None:
    """Outside training nothing is random: predict gives the same at every call."""
    for case in cases(subject):

        def examine(x: Array, case: Case = case) -> Failure | None:
            bench = case.bench(x)
            first, second = (bench.output(x, training=False, step=step) for step in (0, 1))
            return None if same_bytes(first, second) else Failure(case.show(x, False), first, second)

        case.try_all([case.inputs.random(1), case.inputs.random(8)], examine)


@check(hint="sums, means and maxima over axis 0 mix the samples; a running mean takes their place outside training")
def predictions_do_not_mix_samples(subject: Subject) -> None:
    """Outside training each sample is treated alone: a prediction does not depend on its company."""
    for case in cases(subject):

        def examine(x: Array, case: Case = case) -> Failure | None:
            bench = case.bench(x)
            together = bench.output(x, training=False)
            for row in range(len(x)):
                alone = bench.output(x[row : row + 1], training=False)
                if not close(together[row : row + 1], alone, 1e-9):
                    where = f"{case.show(x, False)}: sample {row}"
                    return Failure(where, f"as alone: {array_text(alone)}", together[row : row + 1])
            return None

        case.try_all([case.inputs.random(2), case.inputs.random(4)], examine)
