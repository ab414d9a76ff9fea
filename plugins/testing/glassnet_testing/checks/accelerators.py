"""What holds for every accelerator."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.components.layer import Layer
from glassnet.components.optimizer import Optimizer
from glassnet.registry.registry import registry
from glassnet_accelerators.accelerator import described
from glassnet_testing.checks.optimizers import Descent
from glassnet_testing.runner.check import Failure, NotChecked, check
from glassnet_testing.runner.subject import Subject
from glassnet_testing.tools.compare import close, same_bytes
from glassnet_testing.tools.exercise import drawn_trials, trials

TOLERANCE = 1e-6
_KINDS = ("layer", "activation", "loss", "optimizer")


def _has_what_it_needs(subject: Subject) -> None:
    """Raise `NotChecked` with the reason if the accelerator cannot be used here."""
    reason = subject.component.why_not()
    if reason:
        raise NotChecked(f"it cannot be used here: {reason}")


@check(hint='of_kind = "optimizer" and speeds_up = "glassnet:adam": the distribution is a part of the name')
def speeds_something_up(subject: Subject) -> None:
    """The component that it speeds up is named in full, and there."""
    for example in subject.examples:
        accelerator = example.component
        if accelerator.of_kind not in _KINDS:
            raise Failure(f"{example.text}, of_kind", f"one of {', '.join(_KINDS)}", repr(accelerator.of_kind))
        if ":" not in accelerator.speeds_up:
            raise Failure(f"{example.text}, speeds_up", "DISTRIBUTION:NAME", repr(accelerator.speeds_up))
        entry = registry.entry_of(type(accelerator))
        if entry is not None and not entry.is_by_hand and entry.bracketed != described(type(accelerator)):
            # Nothing else is read before it is imported, so it would never be used.
            wanted = f'{entry.name} = "{entry.target} [{described(type(accelerator))}]"'
            raise Failure(f"{example.text}, the entry point", wanted, repr(entry.bracketed))
        component = registry.load(registry.find(accelerator.of_kind, accelerator.speeds_up))
        known = registry.entry_of(component)
        assert known is not None
        name = f"{known.distribution}:{known.name}"
        if accelerator.speeds_up != name:
            # A run looks for this name, and an alias would never be found.
            raise Failure(f"{example.text}, speeds_up", repr(name), repr(accelerator.speeds_up))


@check(hint="see what replacement leaves out")
def computes_the_same(subject: Subject) -> None:
    """Results equal those of the component: to 1e-6, or in every bit if it says so, in both precisions."""
    # The component has the options of its examples, each one changed in turn, and drawn ones, on data of drawn shapes.
    _has_what_it_needs(subject)
    for of in subject.examples:
        accelerator = of.component
        for component, use in itertools.chain(trials(accelerator), drawn_trials(accelerator)):
            for dtype in ("float64", "float32"):
                told, faster = f"{of.text} for {component!r} in {dtype}", accelerator.replacement(component)
                wanted, got = [*use(component, 0, dtype=dtype)], [*use(faster, 0, dtype=dtype)]
                _compare(told, wanted, got, bytes_too=accelerator.same_bytes)
                if accelerator.same_bytes_as is not None and faster is not component:
                    wanted = [*use(accelerator.same_bytes_as().replacement(component), 0, dtype=dtype)]
                    _compare(f"{told}, and of {accelerator.same_bytes_as.__name__}", wanted, got, bytes_too=True)


def _compare(told: str, expected: Sequence[Any], found: Sequence[Any], *, bytes_too: bool) -> None:
    """Compare results one by one."""
    for one, other in zip(expected, found, strict=True):
        _compare_arrays(told, one, other, bytes_too)


def _compare_arrays(told: str, expected: Any, found: Any, bytes_too: bool) -> None:
    if np.asarray(found).dtype != np.asarray(expected).dtype or not close(found, expected, TOLERANCE):
        raise Failure(told, expected, found)
    if bytes_too and not same_bytes(found, expected):
        difference = float(np.abs(np.subtract(found, expected)).max())
        raise Failure(told, "the same in every bit", f"a difference of {difference:.3g}", "take out same_bytes = True")


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
            kept_alike = ("slots", "scalars") if of.component.same_bytes else ()
            for name in ("lr", "granularity", "updates_at_zero_gradient", *kept_alike):
                expected, got = getattr(component, name), getattr(faster, name)
                # Scalars are kept for each portion, so with some the portions have to be the same.
                longer = name == "granularity" and (expected, got) == ("chunk", "contiguous") and not faster.scalars
                if got != expected and not longer:
                    raise Failure(f"{told}, {name}", expected, got)
            slots, kept = Descent(component).go(6).bound_optimizer.slots, Descent(faster).go(6).bound_optimizer.slots
            for name in slots.keys() & kept.keys():
                _compare_arrays(f"{told}, slot {name}", slots[name], kept[name], of.component.same_bytes)


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
