"""What holds for every layer that keeps a state, such as running means."""

from __future__ import annotations

import numpy as np

from glassnet.types import Array
from glassnet_testing.checks.layers import Case, cases
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.subject import Subject
from glassnet_testing.tools.compare import close, same_bytes
from glassnet_testing.tools.layer_harness import Bench

# As many passes as a running mean with a momentum of 0.99 takes to forget where it began, for a part in a million.
_PASSES = 1_500
# What the state may still move by in the last hundred passes.
_AT_REST = 1e-4
# An unbiased variance of 130 samples differs by 0.8 % from the one that normalizes them.
_BATCH, _ALIKE = 130, 0.03


def _has_state(subject: Subject) -> bool:
    return any(case.bench().state for case in cases(subject))


@check(hint="change ctx.state[name] in place when ctx.training, and not otherwise", applies=_has_state)
def state_changes_in_training_alone(subject: Subject) -> None:
    """State changes in training, and there alone."""
    for case in cases(subject):
        for batch in (1, 2, 3, _BATCH):
            # Of one or two samples there may be no statistics to keep.
            _look_at_state(case, case.inputs.random(batch), (False, True) if batch > 2 else (False,))


def _look_at_state(case: Case, x: Array, modes: tuple[bool, ...]) -> None:
    bench = case.bench()
    for training in modes:
        with bench.passing(training=training) as one:
            before = _copies(bench.state)
            y = one.forward(x)
            after = _copies(bench.state)
            one.backward(np.ones_like(y))
            behind = _copies(bench.state)
        changed = _differ(before, after)
        if bench.state and changed != training:
            expected = "other state" if training else "the same state"
            raise Failure(case.show(x, training), expected, "the same" if training else after)
        if _differ(after, behind):
            raise Failure(f"{case.show(x, training)}, after backward", f"the state of forward, {after}", behind)


@check(
    hint="look at what the running statistics are made of: momentum * old + (1 - momentum) * that of the batch",
    applies=_has_state,
)
def state_settles(subject: Subject) -> None:
    """If training on one batch again and again brings the state to rest, predictions are like training's outputs."""
    for case in cases(subject):
        x = _away_from_standard(case)
        bench = case.bench()
        if not bench.state or _is_random(bench, x):
            continue
        trained = _at_rest(bench, x)
        if trained is None:
            continue
        predicted = _pass(bench, x, training=False)
        if not close(predicted, trained, _ALIKE):
            told = f"{case.show(x, False)}, after {_PASSES} passes of training on it"
            raise Failure(told, f"as in training, {trained}", predicted)


def _away_from_standard(case: Case) -> Array:
    """Return a batch whose means are not 0 and whose variances are not 1: they would hide a factor."""
    x = case.inputs.random(_BATCH)
    unbounded = not case.inputs.integers and np.isinf([case.inputs.low, case.inputs.high]).all()
    return 3 * x + 2 if unbounded else x


def _is_random(bench: Bench, x: Array) -> bool:
    return not same_bytes(bench.output(x, step=0), bench.output(x, step=1))


def _at_rest(bench: Bench, x: Array) -> Array | None:
    """Return the output of the last of many passes of training, or None if the state is still on its way."""
    y = x
    before: dict[str, Array] = {}
    for number in range(_PASSES):
        if number == _PASSES - 100:
            before = _copies(bench.state)
        y = _pass(bench, x, training=True)
    still = all(close(bench.state[name], before[name], _AT_REST) for name in before)
    # A state that is no longer finite has arrived, too.
    return y if still or not all(np.isfinite(array).all() for array in bench.state.values()) else None


def _pass(bench: Bench, x: Array, *, training: bool) -> Array:
    """Return the output of a pass that goes on from the state of the one before."""
    with bench.passing_on(training=training) as one:
        return one.forward(x).copy()


def _copies(arrays: dict[str, Array]) -> dict[str, Array]:
    return {name: array.copy() for name, array in arrays.items()}


def _differ(one: dict[str, Array], other: dict[str, Array]) -> bool:
    return any(not same_bytes(one[name], other[name]) for name in one)
