"""What holds for every layer of sequences with padded time steps."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from glassnet.types import Array
from glassnet_testing.checks.layers import Case, cases
from glassnet_testing.checks.slopes import compare_gradient
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.subject import Subject
from glassnet_testing.tools.compare import close, same_bytes
from glassnet_testing.tools.layer_harness import Bench


def _mask_of(x: Array) -> Array:
    """Return a mask in which some steps are padding, and no sample has padding alone."""
    mask: Array = np.random.default_rng(5).random(x.shape[:2]) < 0.5
    mask[:, -1] = True
    return mask


def _others(case: Case, x: Array, kept: Array) -> Iterator[Array]:
    """Return inputs that differ from `x` at all steps but those `kept`."""
    where = kept.reshape(*kept.shape, *[1] * (x.ndim - 2))
    return (np.where(where, x, case.inputs.random(len(x), seed)) for seed in (6, 7, 8))


def _passes_it_on(case: Case) -> bool:
    # Images have rows, not time steps: their layers are not asked about padding.
    if len(case.shape) not in (1, 2):
        return False
    x = case.inputs.random(2)
    mask = _mask_of(x)
    with case.bench().passing(training=False) as one:
        one.forward_with_mask(x, mask)
        return one.ctx.mask is mask


@check(
    hint="say keeps_steps = False, or put the mask of the output into ctx.mask",
    applies=lambda subject: any(map(_passes_it_on, cases(subject))),
)
def the_mask_is_that_of_the_output(subject: Subject) -> None:
    """If the mask of padded steps is passed on as it is, each step of the output depends on the input's there."""
    for case in filter(_passes_it_on, cases(subject)):
        case.try_all([case.inputs.random(3)], partial(_look_for_moved_steps, case))


def _look_for_moved_steps(case: Case, x: Array) -> Failure | None:
    bench = case.bench(x)
    y = bench.output(x, training=False)
    for step in range(x.shape[1]):
        kept = np.broadcast_to(np.arange(x.shape[1]) != step, x.shape[:2])
        outputs = [bench.output(other, training=False) for other in _others(case, x, kept)]
        if all(same_bytes(output[:, step], y[:, step]) for output in outputs):
            changed = f"{case.show(x, False)}, then other values at step {step}"
            return Failure(changed, f"an output that changes at step {step}", y[:, step])
    return None


def _reads_it(case: Case) -> bool:
    return case.layer.as_layer().reads_mask


@check(
    hint="ctx.mask says which steps are real; no padded step may have a part in the output of another",
    applies=lambda subject: any(map(_reads_it, cases(subject))),
)
def padded_steps_are_skipped(subject: Subject) -> None:
    """A layer that reads the mask gives the same for any values at padded steps, and its gradients say so."""
    for case in filter(_reads_it, cases(subject)):
        for compare in (_compare_outputs, _compare_parameter_gradients, _compare_input_gradient):
            case.try_all([case.inputs.random(3)], partial(compare, case))


def _compare_outputs(case: Case, x: Array) -> Failure | None:
    bench, mask = case.bench(x), _mask_of(x)
    expected = _real_outputs(bench, x, mask)
    for other in _others(case, x, mask):
        got = _real_outputs(bench, other, mask)
        if not close(got, expected, 1e-12):
            return Failure(f"{_shown(case, x, mask)}, then other values at padded steps", expected, got)
    return None


def _real_outputs(bench: Bench, x: Array, mask: Array, *, training: bool = True) -> Array:
    """Return the outputs at real steps, or all where the output has no steps."""
    with bench.passing(training=training) as one:
        y = one.forward_with_mask(x, mask)
        real: Array = y.copy() if one.ctx.mask is None else y[one.ctx.mask]
        return real


def _compare_parameter_gradients(case: Case, x: Array) -> Failure | None:
    bench, mask = case.bench(x), _mask_of(x)
    with bench.passing() as one:
        y = one.forward_with_mask(x, mask).copy()
        weights = np.random.default_rng(9).normal(size=y.shape)
        _, gradients = one.backward(weights.copy())

    def terms() -> Array:
        with bench.passing() as one:
            product: Array = one.forward_with_mask(x, mask) * weights
            return product

    for name, array in bench.parameters.items():
        failure = compare_gradient(terms, array, gradients[name], name, _shown(case, x, mask))
        if failure is not None:
            return failure
    return None


def _compare_input_gradient(case: Case, x: Array) -> Failure | None:
    bench, mask = case.bench(x), _mask_of(x)
    with bench.passing() as one:
        dy = np.ones_like(one.forward_with_mask(x, mask))
        if one.ctx.mask is not None:
            dy[~one.ctx.mask] = 0
        dx, _ = one.backward(dy)
        if dx is None or case.inputs.integers or not dx[~mask].any():
            return None
        return Failure(_shown(case, x, mask), "a gradient of zero at padded steps", dx[~mask])


def _shown(case: Case, x: Array, mask: Array) -> str:
    return f"{case.show(x)}, with the mask {mask.tolist()}"


@check(
    hint="a mean over time is over the real steps: divide by mask.sum(axis=1)",
    applies=lambda subject: any(map(_reads_it, cases(subject))),
)
def padding_is_like_no_step(subject: Subject) -> None:
    """With padding at the end, a sequence becomes what it becomes without the padding."""
    for case in filter(_reads_it, cases(subject)):
        steps = case.shape[0] - 1
        shorter = Case(case.example, (steps, *case.shape[1:]))
        try:
            small, bench = shorter.bench(), case.bench()
            shapes = [{name: array.shape for name, array in each.parameters.items()} for each in (small, bench)]
        except Exception:  # it takes sequences of one length alone
            continue
        if steps < 1 or shapes[0] != shapes[1]:
            continue
        x = case.inputs.random(3)
        mask = np.ones((3, steps + 1), bool)
        mask[:, -1] = False
        expected = _real_outputs(small, x[:, :-1], mask[:, :-1], training=False)
        got = _real_outputs(bench, x, mask, training=False)
        if got.shape == expected.shape and not close(got, expected, 1e-9):
            raise Failure(f"{_shown(case, x, mask)}, not training", f"as of {steps} steps, {expected}", got)
