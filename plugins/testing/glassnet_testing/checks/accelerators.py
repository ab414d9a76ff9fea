"""What holds for every accelerator."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from glassnet.components.layer import Layer
from glassnet.components.optimizer import Optimizer
from glassnet.registry.registry import registry
from glassnet_accelerators.accelerator import bracketed, component_named
from glassnet_testing.checks import layers
from glassnet_testing.checks.optimizers import Descent
from glassnet_testing.runner.check import Failure, NotChecked, check
from glassnet_testing.runner.subject import Example, Subject, subject_from
from glassnet_testing.tools.compare import close, same_bytes
from glassnet_testing.tools.drawn import LARGE_ROWS, widened
from glassnet_testing.tools.exercise import drawn_trials, trials, varied
from glassnet_testing.tools.special_numbers import with_one_nan

TOLERANCE = 1e-6
_KINDS = ("layer", "activation", "loss", "optimizer")


def _has_what_it_needs(subject: Subject) -> None:
    """Raise `NotChecked` with the reason if the accelerator cannot be used here."""
    reason = subject.component.unavailable_reason()
    if reason:
        raise NotChecked(f"it cannot be used here: {reason}")


@check(hint='replaces = "optimizer.glassnet.adam": the distribution is a part of the name')
def replaces_a_component(subject: Subject) -> None:
    """The component that it replaces is named in full, and there."""
    for example in subject.examples:
        accelerator = example.component
        kind, name = component_named(accelerator.replaces)
        if kind not in _KINDS:
            raise Failure(f"{example.text}, replaces", f"KIND is one of {', '.join(_KINDS)}", repr(kind))
        if ":" not in name:
            raise Failure(f"{example.text}, replaces", "KIND.DISTRIBUTION.NAME", repr(accelerator.replaces))
        entry = registry.entry_of(type(accelerator))
        if entry is not None and not entry.is_by_hand and bracketed(entry) != accelerator.replaces:
            # Nothing else is read before it is imported, so it would never be used.
            wanted = f'{entry.name} = "{entry.target} [{accelerator.replaces}]"'
            raise Failure(f"{example.text}, the entry point", wanted, repr(bracketed(entry)))
        known = registry.entry_of(registry.load(registry.find(kind, name)))
        assert known is not None
        principal = f"{kind}.{known.distribution}.{known.name}"
        if accelerator.replaces != principal:
            # A run looks for this name, and an alias would never be found.
            raise Failure(f"{example.text}, replaces", repr(principal), repr(accelerator.replaces))


@check(hint="see what replacement leaves out")
def computes_the_same(subject: Subject) -> None:
    """Results equal those of the component: to 1e-6, or in every bit if it says so, in both precisions."""
    # In float32 a sum of thousands of numbers in another order may differ by more. Then the accelerator may be at most
    # twice as far from the results in float64 as the component is: of two orders, neither is always the nearer one.
    # The component has the options of its examples, each one changed in turn, and drawn ones, on data of drawn shapes.
    _has_what_it_needs(subject)
    for of in subject.examples:
        accelerator = of.component
        model = accelerator.bit_identical_to
        for component, use in itertools.chain(trials(accelerator), drawn_trials(accelerator)):
            exact: list[Any] = []
            for dtype in ("float64", "float32"):
                told, faster = f"{of.text} for {component!r} in {dtype}", accelerator.replacement(component)
                wanted, got = [*use(component, 0, dtype=dtype)], [*use(faster, 0, dtype=dtype)]
                _compare(told, wanted, got, exact=exact, bytes_too=accelerator.bit_identical)
                exact = wanted
                if model is not None and faster is not component:
                    of_model = [*use(model().replacement(component), 0, dtype=dtype)]
                    _compare(f"{told}, and of {model.__name__}", of_model, got, bytes_too=True)


@check(hint="take out bit_identical = True, or leave such numbers to the component")
def special_numbers_are_the_same(subject: Subject) -> None:
    """What says that it equals a layer or activation in every bit does so at zeros, infinities and NaN too."""
    _has_what_it_needs(subject)
    for of in subject.examples:
        accelerator = of.component
        for component, case in _cases_of_numbers(accelerator) if accelerator.bit_identical else ():
            both = component, accelerator.replacement(component)
            # Many values are computed in another way than few.
            for rows in (3, LARGE_ROWS):
                with np.errstate(all="ignore"):
                    wanted, got = ([*layers.use(case, each, 0, "float32", rows, special=True)] for each in both)
                for one, other in zip(map(with_one_nan, wanted), map(with_one_nan, got), strict=True):
                    if not same_bytes(other, one):
                        raise Failure(f"{of.text} for {component!r}, {rows} samples of {case.shape}", one, other)


def _cases_of_numbers(accelerator: Any) -> Iterator[tuple[Any, layers.Case]]:
    """Return the components that an accelerator replaces, and examples of inputs that are not integers."""
    kind, name = component_named(accelerator.replaces)
    for case in layers.cases(subject_from(registry.find(kind, name))) if kind in ("layer", "activation") else ():
        component = case.example.component
        for each in () if case.inputs.integers else (component, *varied(component)):
            yield each, layers.Case(Example(repr(each), each), widened(each, case.shape))


def _compare(
    told: str, expected: Sequence[Any], found: Sequence[Any], *, exact: Sequence[Any] = (), bytes_too: bool
) -> None:
    """Compare results one by one; `exact` has those of a higher precision, or nothing."""
    for one, other, true in itertools.zip_longest(expected, found, exact):
        compare_arrays(told, one, other, bytes_too, true)


def compare_arrays(told: str, expected: Any, found: Any, bytes_too: bool, exact: Any = None) -> None:
    """Raise `Failure` if a result differs from the component's, and is much farther from the exact one."""
    if np.asarray(found).dtype != np.asarray(expected).dtype:
        raise Failure(told, expected, found)
    is_rounding = exact is not None and _error(found, exact) <= 2 * _error(expected, exact) < math.inf
    if not close(found, expected, TOLERANCE) and not is_rounding:
        raise Failure(told, expected, found)
    if bytes_too and not same_bytes(found, expected):
        difference = float(np.abs(np.subtract(found, expected)).max())
        hint = "take out bit_identical = True"
        raise Failure(told, "the same in every bit", f"a difference of {difference:.3g}", hint)


def _error(found: Any, exact: Any) -> float:
    """Return the largest difference from the exact result; infinity if it cannot be compared."""
    found, exact = np.asarray(found), np.asarray(exact)
    if found.shape != exact.shape or not np.isfinite(found).all():
        return math.inf
    return float(np.abs(np.subtract(found, exact)).max())


@check(
    hint="slots, scalars and granularity are the optimizer's; a stretch may replace chunks, and other state has a name "
    "of its own",
)
def state_is_the_same(subject: Subject) -> None:
    """What an optimizer keeps under its own names is its own; an accelerator that rounds otherwise may have others."""
    _has_what_it_needs(subject)
    for of in subject.examples:
        for component, _ in trials(of.component):
            if not isinstance(component, Optimizer):
                continue
            faster: Any = of.component.replacement(component)
            told = f"{of.text} for {component!r}"
            kept_alike = ("slots", "scalars") if of.component.bit_identical else ()
            for name in ("lr", "granularity", "updates_at_zero_gradient", *kept_alike):
                expected, got = getattr(component, name), getattr(faster, name)
                # Scalars are kept for each group, so with some the groups have to be the same.
                longer = name == "granularity" and (expected, got) == ("chunk", "contiguous") and not faster.scalars
                if got != expected and not longer:
                    raise Failure(f"{told}, {name}", expected, got)
            slots, kept = Descent(component).go(6).bound_optimizer.slots, Descent(faster).go(6).bound_optimizer.slots
            for name in slots.keys() & kept.keys():
                compare_arrays(f"{told}, slot {name}", slots[name], kept[name], of.component.bit_identical)


@check(hint="inherit from LayerWrapper, which asks the layer")
def a_layer_declares_the_same(subject: Subject) -> None:
    """What is used in place of a layer says the same of integers, samples, time steps and masks."""
    _has_what_it_needs(subject)
    for of in subject.examples:
        for component, _ in trials(of.component):
            if not isinstance(component, Layer):
                continue
            faster = of.component.replacement(component)
            for name in ("integer_input", "batch_independent", "keeps_steps", "reads_mask"):
                expected, got = getattr(component, name), getattr(faster, name)
                if got != expected:
                    raise Failure(f"{of.text} for {component!r}, {name}", expected, got)
