"""Nothing changes behind a limit that no derivative tells of: large values, batches, samples, numbers of steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from glassnet.components.loss import Loss
from glassnet.types import Array, Shape
from glassnet_testing.cases.conditions import are_right, compare_rows, first_cases, takes
from glassnet_testing.cases.loss_conditions import is_right
from glassnet_testing.cases.targets import Pair
from glassnet_testing.checks import layers, losses
from glassnet_testing.checks.optimizers import Descent
from glassnet_testing.checks.tape import compares_gradients
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.subject import Subject
from glassnet_testing.tools.rays import FACTORS, suspicious_factors

# Above what blocks of samples, limits and tables in components usually have.
_BATCHES = (17, 1030)
_EACH_BATCH = 40
_LONG = 71
_LATE_STEPS = (1_000, 100_000)
_KINK = 1e-9
_PARAMETER_FACTORS = tuple(np.geomspace(0.1, 10, 13).tolist())


def _takes_numbers(subject: Subject) -> bool:
    return compares_gradients(subject) and layers.takes_numbers(subject)


# --- values -------------------------------------------------------------------------------------------------


@check(
    hint="look for a number beyond which something else is computed; if the value is meant to jump, declare kinks",
    applies=_takes_numbers,
)
def values_of_any_size(subject: Subject) -> None:
    """From small inputs to 10,000, the output changes as the derivative says: it does not jump."""
    for case in filter(are_right, first_cases(subject)):
        if case.inputs.integers:
            continue
        x = case.inputs.random(2, seed=6)
        for factor in _suspicious(case, x):
            if not _is_at(factor * x, case.inputs.kinks):
                case.try_all([factor * x], partial(layers.compare_gradients, case, parameters=False))


def _suspicious(case: layers.Case, x: Array) -> list[float]:
    """Return factors of `x` near which the weighted sum of the output does not change as backward says."""
    bench = case.bench(x)
    weights = np.random.default_rng(5).normal(size=bench.output(x).shape)

    def look(factor: float) -> tuple[float, float]:
        with bench.passing() as one:
            value = float(np.sum(one.forward(factor * x) * weights))
            dx, _ = one.backward(weights.copy())
            return value, float("nan") if dx is None else float(np.sum(dx * x))

    return suspicious_factors(look, [factor for factor in FACTORS if case.inputs.is_inside(factor * x)])


@check(
    hint="look for a number beyond which a parameter is taken for another; a limit of parameters is a constraint's",
    applies=lambda subject: compares_gradients(subject) and layers.has_parameters(subject),
)
def parameters_of_any_size(subject: Subject) -> None:
    """With parameters from a tenth to ten times as large, the output changes as their gradients say."""
    for case in filter(are_right, first_cases(subject)):
        x = case.inputs.random(2, seed=6)
        for factor in suspicious_factors(_along_parameters(case, x), _PARAMETER_FACTORS):
            failure = layers.compare_gradients(case, x, parameters=True, scale=factor)
            if failure is not None:
                raise failure


def _along_parameters(case: layers.Case, x: Array) -> Callable[[float], tuple[float, float]]:
    """Return what tells the weighted sum of the output and its slope where all parameters have a factor."""
    bench = case.bench(x)
    vector = bench.network.flat_parameters
    usual = vector.copy()
    weights = np.random.default_rng(5).normal(size=bench.output(x).shape)

    def look(factor: float) -> tuple[float, float]:
        vector[:] = factor * usual
        with bench.passing() as one:
            value = float(np.sum(one.forward(x) * weights))
            one.backward(weights.copy())
            return value, float(bench.network.gradients @ usual)

    return look


def _is_at(values: Array, kinks: tuple[float, ...]) -> bool:
    """Tell whether some value is where the component says that it may jump."""
    return any(bool((np.abs(values - kink) <= _KINK * max(abs(kink), 1.0)).any()) for kink in kinks)


@check(
    hint="look for a number beyond which something else is computed; if the loss is meant to jump, declare kinks",
    applies=compares_gradients,
)
def predictions_of_any_size(subject: Subject) -> None:
    """From small predictions to 10,000, the loss changes as the derivative says: it does not jump."""
    for case in losses.cases(subject):
        if case.example.given or case.prediction_type == "distribution" or not is_right(case):
            continue
        first, loss = case.pair(4, seed=6), case.loss
        ends = (0.0, 1.0) if case.prediction_type == "probabilities" else (-np.inf, np.inf)

        def at(factor: float, first: Pair = first) -> Pair:
            return replace(first, y_pred=factor * first.y_pred)

        def look(factor: float, first: Pair = first, loss: Loss = loss) -> tuple[float, float]:
            pair = at(factor, first)
            gradient = np.asarray(loss.backward(pair.y_pred, pair.y_true))
            return loss.forward(pair.y_pred, pair.y_true), float(np.sum(gradient * first.y_pred))

        inside = (each for each in FACTORS if case.is_inside(each * first.y_pred))
        factors = [
            each for each in inside if ends[0] < each * first.y_pred.min() and each * first.y_pred.max() < ends[1]
        ]
        for factor in suspicious_factors(look, factors):
            pair, kinks = at(factor), (*loss.kinks, *loss.checks.kinks)
            away = pair.y_pred - pair.y_true if pair.y_true.shape == pair.y_pred.shape else pair.y_pred
            if not _is_at(pair.y_pred, kinks) and not _is_at(away, kinks):
                _raise(losses.compare_loss_gradient(case, loss, pair))


def _raise(failure: Failure | None) -> None:
    if failure is not None:
        raise failure


# --- sizes --------------------------------------------------------------------------------------------------


@check(hint="look for a number of samples or of steps in the code; code that works in blocks has a last one")
def sizes_of_any_kind(subject: Subject) -> None:
    """Batches of 1 to 40 and of 1,030 samples, and samples of 71 steps or features, are treated alike."""
    for case in first_cases(subject):
        compares = compares_gradients(subject) and are_right(case)
        # Samples that go on from the first ones: how many they are makes no difference to these.
        starts = [slice(0, size) for size in range(1, _EACH_BATCH)]
        case.try_all([case.inputs.random(_EACH_BATCH)], partial(compare_rows, case, places=starts))
        for other, x in _sizes(case):
            other.try_all([x], partial(_look_at_size, other, compares))


def _sizes(case: layers.Case) -> Iterator[tuple[layers.Case, Array]]:
    for rows in _BATCHES:
        yield case, case.inputs.random(rows, seed=rows)
    for shape in _long_shapes(case.shape):
        if takes(case.layer, shape):
            other = layers.Case(case.example, shape)
            yield other, other.inputs.random(2, seed=2)


def _long_shapes(shape: Shape) -> Iterator[Shape]:
    yield from ((*shape[:axis], _LONG, *shape[axis + 1 :]) for axis in range(len(shape)))


def _look_at_size(case: layers.Case, compares: bool, x: Array) -> Failure | None:
    failure = compare_rows(case, x, (slice(0, 2), slice(-1, None)))
    for parameters in (False, True) if compares and failure is None else ():
        if parameters or not case.inputs.integers:
            failure = failure or layers.compare_gradients(case, x, parameters=parameters, one_by_one=False)
    return failure


# --- steps --------------------------------------------------------------------------------------------------


@check(hint="look for a number of steps in the code, and at powers of t")
def late_steps(subject: Subject) -> None:
    """At step 1,000 and at step 100,000, a step still goes downhill in a convex bowl."""
    for example in subject.examples:
        descent = Descent(example.component)
        start = descent.network.flat_parameters.copy()
        for late in _LATE_STEPS:
            descent.go(20)
            descent.network.flat_parameters[:] = start
            descent.steps = late
            before, after = descent.loss(), descent.go(40).loss()
            if not after < before:
                told = f"{example.text}, steps {late} to {late + 40} in a bowl whose lowest point is 1 everywhere"
                raise Failure(told, f"a loss below {before:.6g}, that at step {late}", after)
