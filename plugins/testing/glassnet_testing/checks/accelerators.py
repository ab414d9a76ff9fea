"""What holds for every accelerator."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.components.layer import Layer
from glassnet.components.optimizer import Optimizer
from glassnet.registry.registry import registry
from glassnet_accelerators.accelerator import bracketed, component_named
from glassnet_testing.runner.check import Failure, NotChecked, check
from glassnet_testing.runner.subject import Subject
from glassnet_testing.tools.compare import close, same_bytes
from glassnet_testing.tools.exercise import trials

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
    _has_what_it_needs(subject)
    for of in subject.examples:
        accelerator = of.component
        for component, use in trials(accelerator):
            for dtype in ("float64", "float32"):
                wanted = use(component, 0, dtype=dtype)
                got = use(accelerator.replacement(component.replace()), 0, dtype=dtype)
                for expected, found in zip(wanted, got, strict=True):
                    _compare(f"{of.text} for {component!r} in {dtype}", expected, found, accelerator.bit_identical)


def _compare(told: str, expected: Any, found: Any, bytes_too: bool) -> None:
    if np.asarray(found).dtype != np.asarray(expected).dtype or not close(found, expected, TOLERANCE):
        raise Failure(told, expected, found)
    if bytes_too and not same_bytes(found, expected):
        difference = float(np.abs(np.subtract(found, expected)).max())
        hint = "take out bit_identical = True"
        raise Failure(told, "the same in every bit", f"a difference of {difference:.3g}", hint)


@check(
    hint="slots, scalars and granularity are the optimizer's; a stretch may take the place of chunks",
)
def state_is_the_same(subject: Subject) -> None:
    """What an optimizer keeps has its own names: a run may be continued with the accelerator and without."""
    _has_what_it_needs(subject)
    for of in subject.examples:
        for component, _ in trials(of.component):
            if not isinstance(component, Optimizer):
                continue
            faster: Any = of.component.replacement(component)
            for name in ("lr", "slots", "scalars", "granularity", "updates_at_zero_gradient"):
                expected, got = getattr(component, name), getattr(faster, name)
                # Scalars are kept for each group, so with some the groups have to be the same.
                longer = name == "granularity" and (expected, got) == ("chunk", "contiguous") and not faster.scalars
                if got != expected and not longer:
                    raise Failure(f"{of.text} for {component!r}, {name}", expected, got)


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
