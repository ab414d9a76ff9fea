"""What holds for every regularizer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from glassnet.components.parameter import Regularizer
from glassnet.types import Array
from glassnet_autodiff.derived import regularizer_gradient
from glassnet_autodiff.gradient_check import by_tape
from glassnet_testing.cases.inputs import LARGEST, Inputs
from glassnet_testing.checks.slopes import compare_gradient
from glassnet_testing.checks.tape import compares_gradients, tells_whether_the_tape_follows, wrote_backward
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.counting import compare_options, with_other_options
from glassnet_testing.runner.subject import Subject
from glassnet_testing.tools.compare import close, same_bytes
from glassnet_testing.tools.formatting import array_text
from glassnet_testing.tools.rays import suspicious_factors
from glassnet_testing.tools.shrink import try_all


def use(regularizer: Regularizer, seed: int) -> Iterator[Any]:
    """Use a regularizer once."""
    w = np.random.default_rng(seed).normal(size=(3, 4))
    yield np.float64(regularizer.penalty(w))
    yield np.copy(regularizer.gradient(w))


def _show(regularizer: Regularizer, w: Array) -> str:
    return f"{regularizer!r} of w = {array_text(w)}"


@check(hint="a rule is brought by the hook glassnet_derivatives", applies=wrote_backward)
def gradient_of_the_tape(subject: Subject) -> None:
    """The tape can follow penalty, so that the gradient is compared with its own in all digits."""
    for example in subject.examples:
        w = np.random.default_rng(0).normal(size=(2, 3))
        tells_whether_the_tape_follows(partial(regularizer_gradient, example.component, w))


def _weights(regularizer: Regularizer) -> list[Array]:
    inputs = Inputs((2,), (-np.inf, np.inf), (*regularizer.kinks, *regularizer.checks.kinks))
    shaped = [np.random.default_rng(8).normal(size=shape) for shape in ((5,), (2, 3, 4), (3, 3, 2, 4), (200, 100))]
    fortran = np.asfortranarray(np.random.default_rng(9).normal(size=(4, 3)))
    return [inputs.random(1), inputs.random(3), *inputs.awkward(), *shaped, fortran]


@check(hint="a penalty w^2 has the derivative 2 w; the factor belongs to both", applies=compares_gradients)
def gradient_of_the_penalty(subject: Subject) -> None:
    """The gradient is the derivative of the penalty."""
    for example in subject.examples:
        regularizer: Regularizer = example.component

        try_all(_weights(regularizer), partial(_examine, regularizer))


def _examine(regularizer: Regularizer, w: Array) -> Failure | None:
    """Compare the gradient at some weights with differences of the penalty, and with the tape."""
    moved = np.ascontiguousarray(w)
    got = np.asarray(regularizer.gradient(w.copy(order="K")))
    traced = by_tape(lambda: regularizer_gradient(regularizer, moved, smooth=True))
    return compare_gradient(
        lambda: np.array([regularizer.penalty(moved)]), moved, got, "w", _show(regularizer, w), traced=traced,
        kinks=(*regularizer.kinks, *regularizer.checks.kinks),
    )  # fmt: skip


@check(hint="look for a number beyond which something else is computed", applies=compares_gradients)
def weights_of_any_size(subject: Subject) -> None:
    """From small weights to 10,000, the penalty changes as its gradient says: it does not jump."""
    w = np.random.default_rng(7).normal(size=(2, 3))
    for example in subject.examples:
        regularizer: Regularizer = example.component

        def look(factor: float, regularizer: Regularizer = regularizer) -> tuple[float, float]:
            return regularizer.penalty(factor * w), float(np.sum(regularizer.gradient(factor * w) * w))

        try_all([factor * w for factor in suspicious_factors(look)], partial(_examine, regularizer))


@check(hint="return np.sum(…, dtype=np.float64).item(); a float64 array or numpy scalar turns float32 into float64")
def float32_stays_float32(subject: Subject) -> None:
    """The penalty is a Python float, and the gradient of float32 weights is float32."""
    for example in subject.examples:
        w = np.array([[1.0, -2.0]], np.float32)
        value, got = example.component.penalty(w), example.component.gradient(w)
        if type(value) is not float:
            told = f"{value!r} of type {type(value).__name__}"
            raise Failure(_show(example.component, w), "a penalty of type float", told)
        if got.dtype != np.float32:
            raise Failure(_show(example.component, w), "a gradient in float32", str(got.dtype))


@check(hint="in-place operations on an argument change what belongs to others")
def arguments_stay_as_they_are(subject: Subject) -> None:
    """The weights are left as they are."""
    for example in subject.examples:
        w = np.random.default_rng(0).normal(size=(2, 3))
        for method in (example.component.penalty, example.component.gradient):
            given = w.copy()
            method(given)
            if not same_bytes(given, w):
                told = f"w as before, after {method.__name__}: {array_text(w)}"
                raise Failure(_show(example.component, w), told, given)


@check(hint="a penalty grows with the weights; strength is not negative: gn.option(0.01, ge=0)")
def larger_weights_cost_more(subject: Subject) -> None:
    """Small weights cost no more than large ones."""
    for example in subject.examples:
        w = np.random.default_rng(0).normal(size=(2, 3))
        small, large = example.component.penalty(0.1 * w), example.component.penalty(10 * w)
        if not small <= large:
            told = f"at most {large:.6g}, the penalty of weights that are 100 times as large"
            raise Failure(_show(example.component, 0.1 * w), told, small)


@check(hint="a root has no derivative at 0: add an epsilon")
def large_values_stay_finite(subject: Subject) -> None:
    """Penalty and gradient are finite for values up to 50,000, at 0 and in any shape."""
    for example in subject.examples:
        for shape in ((1,), (2, 3), (2, 2, 3, 4)):
            for size in (0.0, 1.0, LARGEST):
                w = np.full(shape, size, np.float32)
                value, got = example.component.penalty(w), np.asarray(example.component.gradient(w))
                if not (np.isfinite(value) and np.isfinite(got).all()):
                    raise Failure(_show(example.component, w), "a finite penalty and gradient", f"{value:g}, {got}")
                if got.shape != shape:
                    raise Failure(_show(example.component, w), f"a gradient of shape {shape}", f"shape {got.shape}")


@check(hint="the gradient has to use the option as the penalty does", applies=compares_gradients)
def gradients_at_other_options(subject: Subject) -> None:
    """The gradient is the derivative at other values of the options too."""
    for example in subject.examples:
        w = np.random.default_rng(3).normal(size=(3, 4))
        if _compare(example.component, w.copy()) is not None:
            continue  # another check says so
        for _, regularizer in with_other_options(example.component):
            failure = _compare(regularizer, w.copy())
            if failure is not None:
                raise failure


def _compare(regularizer: Regularizer, w: Array) -> Failure | None:
    got = np.asarray(regularizer.gradient(w))
    return compare_gradient(lambda: np.array([regularizer.penalty(w)]), w, got, "w", _show(regularizer, w))


@check(hint="take the option out, or use it: self.strength", applies=lambda subject: bool(subject.options))
def each_option_counts(subject: Subject) -> None:
    """Each option changes the penalty or its gradient at some value."""

    def computed(regularizer: Regularizer) -> list[Any]:
        results: list[Any] = []
        for w in _weights(regularizer):
            results += [regularizer.penalty(w), np.array(regularizer.gradient(w))]
        return results

    compare_options([example.component for example in subject.examples], computed)


@check(hint="no float16, and sums with dtype=np.float64")
def float32_is_like_float64(subject: Subject) -> None:
    """float32 gives what float64 gives, but for rounding."""
    for example in subject.examples:
        for shape in ((5,), (3, 4), (200, 100)):
            narrow = np.random.default_rng(5).normal(size=shape).astype(np.float32)
            wide = narrow.astype(np.float64)
            for method in (example.component.penalty, example.component.gradient):
                expected, got = np.asarray(method(wide)), np.asarray(method(narrow))
                if not close(got, expected, 1e-4):
                    raise Failure(f"{_show(example.component, narrow)}, {method.__name__}", expected, got)
