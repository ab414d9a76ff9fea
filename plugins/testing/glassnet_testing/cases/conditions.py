"""What holds for a layer under other conditions than its example's: options, sizes of batch and sample, precision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from glassnet.components.layer import Layer
from glassnet.types import Array, Shape
from glassnet_testing.checks.layers import Case, cases, compare_gradients, takes_numbers
from glassnet_testing.checks.tape import compares_gradients
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.counting import compare_options, with_other_options
from glassnet_testing.runner.subject import Example, Subject
from glassnet_testing.tools.compare import close, same_bytes
from glassnet_testing.tools.layer_harness import Bench

LARGE_BATCH = 130
# float32 has seven digits, and sums lose some of them.
_FLOAT32_TOLERANCE = 1e-4
_MOST_INDICES = 50
_LAST = 3


def first_cases(subject: Subject) -> Iterator[Case]:
    """Return each example with one shape: under many conditions, one is enough."""
    seen: list[Example] = []
    for case in cases(subject):
        if case.example not in seen:
            seen.append(case.example)
            yield case


def are_right(case: Case) -> bool:
    """Tell whether the gradients are right for a small batch; if they are not, another check says so."""
    try:
        return _examine_gradients(case, case.inputs.random(2)) is None
    except Exception:
        return False


def _examine_gradients(case: Case, x: Array) -> Failure | None:
    for parameters in (False, True):
        if parameters or not case.inputs.integers:
            failure = compare_gradients(case, x, parameters=parameters)
            if failure is not None:
                return failure
    return None


# --- options ------------------------------------------------------------------------------------------------


def _with_other_options(case: Case) -> Iterator[Case]:
    """Return the case with one option at a time set to another value of its range, where the shape still fits."""
    for _, component in with_other_options(case.layer):
        other = Case(Example(repr(component), component, case.example.given), case.shape)
        try:
            other.bench().output(other.inputs.random(2))
        except Exception:  # two options, or an option and the shape, may have to fit each other
            continue
        yield other


def _has_options(subject: Subject) -> bool:
    return any(True for example in subject.examples for _ in with_other_options(example.component))


@check(
    hint="backward has to use the option as forward does",
    applies=lambda subject: compares_gradients(subject) and _has_options(subject),
)
def gradients_at_other_options(subject: Subject) -> None:
    """The gradients are right at other values of the options too."""
    for case in filter(are_right, first_cases(subject)):
        for other in _with_other_options(case):
            other.try_all([other.inputs.random(3, seed=1)], partial(_examine_gradients, other))


@check(hint="take the option out, or use it: self.alpha", applies=_has_options)
def each_option_counts(subject: Subject) -> None:
    """Each option changes what the layer computes at some value."""
    shapes = list(dict.fromkeys(case.shape for case in first_cases(subject)))
    options = [value for example in subject.examples for value in example.component.options.values()]
    # Some options are values to look for, such as that of a padded step.
    numbers = [value for value in options if isinstance(value, float)]

    def computed(layer: Layer) -> list[Any]:
        fitting = [shape for shape in shapes if takes(layer, shape)]
        tried = (Case(Example(repr(layer), layer), shape) for shape in fitting)
        return [result for case in tried for result in _computed(case, numbers)]

    compare_options([example.component for example in subject.examples], computed)


def _computed(case: Case, numbers: list[float]) -> list[Any]:
    """Return all that a layer computes from a few inputs, in training and outside."""
    bench = case.bench()
    results: list[Any] = [bench.first_values]
    constant = [] if case.inputs.integers else [np.full((2, *case.shape), number) for number in numbers]
    for x in (case.inputs.random(3), case.inputs.random(3, seed=5), *case.inputs.awkward(), *constant):
        for training in (True, False):
            with bench.passing(training=training) as one:
                y = one.forward(x).copy()
                dx, gradients = one.backward(np.ones_like(y))
                mask = [] if one.ctx.mask is None else [one.ctx.mask]
                state = [*(array.copy() for array in bench.state.values()), *mask]
                results += [y, *([] if dx is None else [dx.copy()]), *gradients.values(), *state]
    return results


# --- sizes of batch and sample ------------------------------------------------------------------------------


@check(hint="look for a number of samples in the code; sums over the batch are sums at every size")
def large_batches(subject: Subject) -> None:
    """A large batch is treated like a small one: its gradients are right, and equal seeds give equal bytes."""
    for case in cases(subject):
        compares = compares_gradients(subject) and are_right(case)
        case.try_all([case.inputs.random(LARGE_BATCH)], partial(_look_at_large_batch, case, compares))


def _look_at_large_batch(case: Case, compares: bool, x: Array) -> Failure | None:
    bench = case.bench(x)
    once, again = (_trained(bench, x) for _ in range(2))
    for expected, got in zip(once, again, strict=True):
        if not same_bytes(got, expected):
            return Failure(f"{case.show(x)}, twice with one seed", expected, got)
    failure = compare_rows(case, x, (slice(0, 1), slice(1, 3), slice(-2, None)))
    return _examine_gradients(case, x) if compares and failure is None else failure


def compare_rows(case: Case, x: Array, places: Sequence[slice]) -> Failure | None:
    """Compare what some samples become in a batch, outside training, with what they become without the others."""
    bench = case.bench(x)
    together = bench.output(x, training=False)
    for rows in places:
        alone = bench.output(x[rows], training=False)
        if not close(together[rows], alone, 1e-9):
            return Failure(f"{case.show(x, False)}: samples {rows}", alone, together[rows])
    return None


def _trained(bench: Bench, x: Array) -> list[Any]:
    with bench.passing() as one:
        y = one.forward(x).copy()
        dx, gradients = one.backward(np.ones_like(y))
        return [y, *([] if dx is None else [dx.copy()]), *gradients.values()]


def _other_shapes(shape: Shape) -> Iterator[Shape]:
    """Return shapes with longer, odd and shorter axes."""
    changed = [
        tuple(size + 1 for size in shape),
        *((*shape[:axis], size, *shape[axis + 1 :])
          for axis in range(len(shape))
          for size in (shape[axis] + 1, 2 * shape[axis] + 3, max(shape[axis] - 1, 1))),
        (1,) * len(shape),
    ]  # fmt: skip
    yield from dict.fromkeys(each for each in changed if each != shape)


def takes(layer: Layer, shape: Shape) -> bool:
    """Tell whether a layer takes samples of a shape."""
    try:
        layer.as_layer().output_shape(shape)
        layer.as_layer().parameters(shape)
    except Exception:  # which one it should be is asked by another check
        return False
    return True


@check(
    hint="output_shape has to refuse what forward cannot take, with ShapeError; look at odd sizes and long sequences"
)
def other_shapes(subject: Subject) -> None:
    """Samples of other shapes that output_shape accepts are treated right: shapes and gradients."""
    for case in first_cases(subject):
        compares = compares_gradients(subject) and are_right(case)
        for shape in _other_shapes(case.shape):
            if takes(case.layer, shape):
                other = Case(case.example, shape)
                other.try_all([other.inputs.random(2)], partial(_look_at_shape, other, compares))


def _look_at_shape(case: Case, compares: bool, x: Array) -> Failure | None:
    bench = case.bench(x)
    expected = (len(x), *bench.network.output_shape)
    got = bench.output(x).shape
    if got != expected:
        return Failure(f"{case}: {case.show(x)}", f"an output of shape {expected}", f"shape {got}")
    return _examine_gradients(case, x) if compares else None


# --- precision ----------------------------------------------------------------------------------------------


@check(hint="no float16, and no constant that holds for one precision alone")
def float32_is_like_float64(subject: Subject) -> None:
    """float32 gives what float64 gives, but for rounding: outputs and gradients, in training and outside."""
    for case in cases(subject):

        def examine(x: Array, case: Case = case) -> Failure | None:
            for training in (True, False):
                wide, narrow = (_passed(case, x, dtype, training) for dtype in ("float64", "float32"))
                for name, expected in wide.items():
                    if not close(narrow[name], expected, _FLOAT32_TOLERANCE):
                        return Failure(f"{case.show(x, training)}, {name} in float32", expected, narrow[name])
            return None

        x = case.inputs.random(4, seed=3)
        case.try_all([x if case.inputs.integers else x.astype(np.float32)], examine)


def _passed(case: Case, x: Array, dtype: str, training: bool) -> dict[str, Array]:
    bench = case.bench(x, dtype)
    with bench.passing(training=training) as one:
        y = one.forward(x if case.inputs.integers else x.astype(dtype))
        dx, gradients = one.backward(np.random.default_rng(4).normal(size=y.shape).astype(np.float32).astype(dtype))
        found = {"the output": y.copy(), **{f"the gradient of {name}": each for name, each in gradients.items()}}
        if dx is not None and not case.inputs.integers:
            found["the gradient of the input"] = dx.copy()
        return found


# --- integers and random numbers ----------------------------------------------------------------------------


def _reads_integers(subject: Subject) -> bool:
    return any(case.inputs.integers for case in cases(subject))


@check(hint="look for an index that is clipped, or taken modulo a number", applies=_reads_integers)
def each_index_counts(subject: Subject) -> None:
    """Different indices have different outputs, up to the size of the vocabulary."""
    for case in first_cases(subject):
        if not case.inputs.integers:
            continue
        bench, count = case.bench(), case.vocabulary

        def of_index(index: int, bench: Bench = bench, shape: Shape = case.shape) -> Array:
            return bench.output(np.full((1, *shape), index), training=False)

        outputs = {of_index(index).tobytes() for index in range(min(count, _MOST_INDICES))}
        # Of hashed indices, some may meet, but not all at the end.
        last = {of_index(index).tobytes() for index in range(max(count - _LAST, 0), count)}
        if len(outputs) <= min(count, _MOST_INDICES) // 2 or (count > 2 * _LAST and len(last) == 1):
            told = f"{case.example.text} of each index below {count}"
            raise Failure(told, "different outputs for different indices", f"{len(outputs)} different outputs")


@check(hint="take random numbers from ctx.rng, which has others for each step", applies=takes_numbers)
def random_numbers_change(subject: Subject) -> None:
    """What treats equal samples differently in training draws random numbers, and draws others in the next step."""
    for case in first_cases(subject):
        if case.inputs.integers:
            continue
        bench, x = case.bench(), np.repeat(case.inputs.random(1), 6, axis=0)
        y = bench.output(x)
        if not close(y, np.repeat(y[:1], len(y), axis=0), 1e-9) and same_bytes(bench.output(x, step=1), y):
            raise Failure(f"{case.show(x)}, in steps 0 and 1", "other random numbers in each step", "the same")


@check(hint="divide what is kept by the probability to be kept: x * mask / (1 - rate)", applies=takes_numbers)
def dropped_values_are_made_up_for(subject: Subject) -> None:
    """A layer that sets values to zero at random has the mean of training in predictions too."""
    for case in first_cases(subject):
        bench, x = case.bench(), case.inputs.random(1000)
        if case.inputs.integers or bench.network.output_shape != case.shape or not x.all():
            continue
        y, predicted = bench.output(x), bench.output(x, training=False) / x
        if same_bytes(bench.output(x, step=1), y) or np.ptp(predicted) > 1e-9:
            continue
        factors = y[y != 0] / x[y != 0]
        if not factors.size or np.ptp(factors) > 1e-9:
            continue
        mean, expected = float(factors[0]) * float(np.mean(y != 0)), float(predicted.flat[0])
        # A thousand samples that are dropped as a whole are off by 0.1 once in a thousand times at most.
        if abs(mean - expected) > 0.15:
            told = f"{case.example.text} of {len(x)} samples of shape {case.shape}, in training"
            raise Failure(told, f"values that are {expected:.3g} times the input on average", f"{mean:.3g} times")
