"""What holds for every component that fusion compiles: its bytes are those of the formula."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from glassnet.errors import GlassnetError
from glassnet.types import Array, Shape
from glassnet_fusion.choice import everything_fused
from glassnet_fusion.fused_activation import FusedActivation
from glassnet_fusion.fused_layer import FusedLayer
from glassnet_fusion.programs import finish_compiling
from glassnet_machine_code.installed import is_installed
from glassnet_testing.cases.targets import predictions
from glassnet_testing.checks import layers, losses
from glassnet_testing.checks.optimizers import Descent
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.subject import Subject
from glassnet_testing.tools.compare import same_bytes
from glassnet_testing.tools.special_numbers import SPECIAL, with_one_nan

_TYPES = ("float64", "float32")
# More elements than compiled code computes in a piece, and some left over.
_SIZES: tuple[Shape, ...] = ((3, 2), (41, 51), (7,))
_STEPS = 8
# A block of rows, and more with some left over.
_ROWS = (3, 530)
_LARGE_BATCH = 1100
_WEIGHTS: tuple[Shape, ...] = ((41, 151), (3, 3, 40, 24), (5000,))
_HINT = "nothing in the component is wrong: report it, with the component's code, as an error of glassnet"


@check(hint=_HINT)
def fused_optimizer_is_the_same(subject: Subject) -> None:
    """If its steps are compiled, every bit is that of update, at NaN, infinity and the smallest numbers too."""
    for told, component, fused in _fused(subject):
        for dtype in _TYPES:
            plain, compiled = (Descent(each, _SIZES, dtype=dtype) for each in (component, fused))
            for descent in (plain, compiled):
                descent.network.flat_parameters[: len(SPECIAL)] = np.array(SPECIAL, dtype)
            for _ in range(_STEPS):
                with np.errstate(all="ignore"):
                    plain.go(1)
                    compiled.go(1)
                finish_compiling()
                _compare(
                    f"{told} in {dtype}, parameters", plain.network.flat_parameters, compiled.network.flat_parameters
                )
                for name, slot in plain.bound_optimizer.slots.items():
                    _compare(f"{told} in {dtype}, slot {name}", slot, compiled.bound_optimizer.slots[name])


@check(hint=_HINT)
def fused_activation_is_the_same(subject: Subject) -> None:
    """If it is compiled, every bit is that of forward and backward, at NaN, infinity and the smallest numbers too."""
    for told, component, fused in _fused(subject):
        # One that makes a layer with parameters is checked as that layer.
        for dtype in _TYPES if isinstance(fused, FusedActivation) else ():
            for shape in ((2, 3), (41, 51)):
                x = _numbers(shape, dtype, seed=0)
                dy = _numbers(shape, dtype, seed=1)
                _compare_calls(f"{told}, forward", component.forward, fused.forward, x)
                with np.errstate(all="ignore"):
                    y = component.forward(x)
                _compare_calls(f"{told}, backward", component.backward, fused.backward, dy, x, y)


@check(hint=_HINT)
def fused_loss_is_the_same(subject: Subject) -> None:
    """If it is compiled, every bit is that of per_sample, backward and value_and_gradient, of logits too."""
    if not is_installed():
        return
    for case in losses.cases(subject):
        _compare_losses(case, case.loss, _TYPES, _parts_of_loss)
        for component in _with_each_option_changed(case.loss):
            # A changed option mostly changes a number alone, and what it changes besides it does in both precisions.
            _compare_losses(case, component, ("float32",), _value_and_gradient)


@check(hint=_HINT)
def fused_layer_is_the_same(subject: Subject) -> None:
    """If it is compiled, every bit is that of forward and backward, of the gradients of parameters too."""
    if not is_installed():
        return
    for case in layers.cases(subject):
        for component in (case.example.component, *_with_each_option_changed(case.example.component)):
            fused: Any = everything_fused(component)
            for dtype in _TYPES if isinstance(fused, FusedLayer) else ():
                # Enough numbers that NumPy is not as fast, and the first time is recorded.
                for _ in range(2):
                    got = [*layers.use(case, fused, 0, dtype=dtype, rows=_LARGE_BATCH)]
                    finish_compiling()
                for number, wanted in enumerate(layers.use(case, component, 0, dtype=dtype, rows=_LARGE_BATCH)):
                    _compare(f"{component!r} in {dtype}, result {number}", wanted, got[number])


@check(hint=_HINT)
def fused_regularizer_is_the_same(subject: Subject) -> None:
    """If it is compiled, every bit that it adds to a gradient is that of its formula."""
    for told, component, fused in _fused(subject):
        for dtype in _TYPES:
            for shape in _WEIGHTS:
                w, g = _numbers(shape, dtype, seed=0), _numbers(shape, dtype, seed=1)
                _compare_calls(
                    f"{told}, gradient", _returning(component.add_gradient), _returning(fused.add_gradient), g, w
                )


@check(hint=_HINT)
def fused_constraint_is_the_same(subject: Subject) -> None:
    """If it is compiled, every bit of the values that it moves is that of its formula."""
    for told, component, fused in _fused(subject):
        for dtype in _TYPES:
            for shape in _WEIGHTS:
                w = _numbers(shape, dtype, seed=0)
                _compare_calls(told, _returning(component.project), _returning(fused.project), w)


def _returning(change: Callable[..., None]) -> Callable[..., Array]:
    """Return what changes its first argument as `change` does its last, and returns it."""

    def changed(target: Array, *others: Array) -> Array:
        change(*others, target)
        return target

    return changed


def _compare_losses(case: losses.Case, loss: Any, types: tuple[str, ...], parts: Callable[..., Any]) -> None:
    fused: Any = everything_fused(loss)
    for dtype in types if fused is not loss else ():
        for rows in _ROWS:
            pair = case.pair(rows, seed=rows).astype(dtype)
            told = f"{loss!r}, {case.form}"
            _compare_calls(told, parts(loss), parts(fused), pair.y_pred, pair.y_true)
            merged = losses.fused(case, loss)
            if merged is not None:
                logits = predictions("values", case.form, rows, rows).astype(dtype)
                of_logits = parts(merged[1]), parts(fused.fuse(merged[0]))
                _compare_calls(f"{told}, of logits", *of_logits, logits, pair.y_true)


def _value_and_gradient(loss: Any) -> Callable[..., tuple[Any, ...]]:
    return lambda p, t: tuple(loss.value_and_gradient(p, t))


def _parts_of_loss(loss: Any) -> Callable[..., tuple[Any, ...]]:
    return lambda p, t: (*loss.value_and_gradient(p, t), loss.per_sample(p, t), loss.backward(p, t))


def _fused(subject: Subject) -> Iterator[tuple[str, Any, Any]]:
    """Return what is said of each component, the component, and the one that is fused."""
    if not is_installed():
        return
    for example in subject.examples:
        for component in (example.component, *_with_each_option_changed(example.component)):
            fused = everything_fused(component)
            if fused is not component:
                yield repr(component), component, fused


def _with_each_option_changed(component: Any) -> Iterator[Any]:
    for name, value in component.options.items():
        changed = not value if isinstance(value, bool) else 0.75 * value or 0.25 if isinstance(value, float) else value
        try:
            if changed is not value:
                yield component.replace(**{name: changed})
        except GlassnetError:  # the option has other bounds
            continue


def _numbers(shape: Shape, dtype: str, seed: int) -> Array:
    numbers = np.random.default_rng(seed).normal(0, 3, shape).astype(dtype)
    # In two arrays of the same shape other ones meet.
    special = np.roll(np.array(SPECIAL, dtype), seed)
    numbers.reshape(-1)[: len(special)] = special[: numbers.size]
    return numbers


def _compare_calls(told: str, plain: Any, fused: Any, *arrays: Array) -> None:
    """Compare a call of a function with one that is compiled: results, and arguments afterwards."""
    with np.errstate(all="ignore"):
        fused(*[array.copy() for array in arrays])
    finish_compiling()
    given, given_to_fused = ([array.copy() for array in arrays] for _ in range(2))
    with np.errstate(all="ignore"):
        results = plain(*given), fused(*given_to_fused)
    for wanted, got in zip(*results, strict=True) if isinstance(results[0], tuple) else [results]:
        _compare(f"{told} of {arrays[0].dtype} {arrays[0].shape}", wanted, got)
    for one, other in zip(given, given_to_fused, strict=True):
        _compare(f"{told}, an argument afterwards", one, other)


def _compare(told: str, wanted: Any, got: Any) -> None:
    """Raise `Failure` if two arrays differ in a bit; which NaN it is does not matter."""
    wanted, got = (with_one_nan(np.asarray(each)) for each in (wanted, got))
    if not same_bytes(got, wanted):
        differs = wanted.tobytes() != got.tobytes() and wanted.shape == got.shape
        where = np.flatnonzero(wanted.reshape(-1) != got.reshape(-1))[:3].tolist() if differs else []
        raise Failure(f"{told}, elements {where}", wanted, got)
