"""The base class of accelerators."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any, ClassVar

from glassnet.components.component import Component
from glassnet_accelerators.switch import are_wanted


class Accelerator(Component):
    """Replaces a component by a faster one while a network is trained, and if it is `always` used, elsewhere too.

    Attributes
    ----------
    of_kind, speeds_up
        Kind and name of the component, such as ``"optimizer"`` and ``"glassnet:adam"``. The name says whose component
        is meant, so that another of the same name is left alone.
    needs
        Modules that have to be installed for it, such as ``"numba"``.
    same_bytes
        Whether results equal those of the component in every bit, rounding included. Where they do not, a run that
        was computed with the accelerator can be continued only with it.
    same_bytes_as
        Another accelerator of the component whose results these equal in every bit. A run that was computed with one
        of the two can be continued with the other.
    always
        Whether it is used in every run, and in `evaluate` and `predict`: it needs nothing but NumPy, so that its start
        costs nothing. It is asked after the accelerators that are not always used.
    least_numbers
        How many numbers a component has to go through in a whole run before it is worth its start: importing and
        loading compiled code takes time too. Of an optimizer these are parameters times steps, of a loss the network's
        outputs in all steps, of a layer or an activation the numbers between the two layers that have most between
        them. Where what it needs was imported anyway, and no byte depends on it, it is always used.
    least_steps
        After how many steps it is worth its start, however few numbers each goes through.
    least_products
        How many multiplications the products of a whole run have to have before it is worth its start: parameters of
        the network times samples, of all steps. For matrix products these say more than the numbers between layers.
    least_products_a_step
        How many multiplications the products of one step have to have: with fewer, the component itself is faster.
    most_numbers
        How many numbers a component may go through in a step: with more, the component itself is faster.
    """

    kind = "accelerator"
    of_kind: ClassVar[str]
    speeds_up: ClassVar[str]
    needs: ClassVar[Sequence[str]] = ()
    same_bytes: ClassVar[bool] = False
    same_bytes_as: ClassVar[type[Accelerator] | None] = None
    always: ClassVar[bool] = False
    least_numbers: ClassVar[float] = 0
    least_steps: ClassVar[float] = math.inf
    least_products: ClassVar[float] = math.inf
    least_products_a_step: ClassVar[float] = 0
    most_numbers: ClassVar[float] = math.inf

    def replacement(self, component: Any) -> Component:
        """Return what computes the same as `component`, in its kind, with its slots, parameters and state.

        Where its options ask for something that the accelerator cannot do, that is `component` itself.
        """
        raise NotImplementedError(f"{type(self).__name__} needs replacement()")

    @classmethod
    def why_not(cls) -> str | None:
        """Return why it cannot be used here, or None: by default because of modules that are not installed."""
        missing = [module for module in cls.needs if not _is_installed(module)]
        return f"it needs {', '.join(missing)}, which is not installed" if missing else None

    @classmethod
    def has_started(cls) -> bool:
        """Tell whether what it needs was imported before, so that its start costs little."""
        return bool(cls.needs) and sys.modules.keys() >= set(cls.needs)

    @classmethod
    def remark(cls) -> str:
        """Return whether it is in use, and for what."""
        from glassnet.registry.registry import registry

        what = f"{cls.of_kind} {cls.speeds_up}"
        if not are_wanted():
            return f"not in use for {what}: accelerators are switched off"
        entry = registry.entry_of(cls)
        if entry is not None and not entry.is_by_hand and entry.bracketed != described(cls):
            return f"not in use for {what}: its entry point does not end in [{described(cls)}]"
        if reason := cls.why_not():
            return f"not in use for {what}: {reason}"
        return f"in use for {what}"


def described(accelerator: type[Accelerator]) -> str:
    """Return the component that an accelerator speeds up, as its entry point names it: ``optimizer.glassnet.adam``."""
    return f"{accelerator.of_kind}.{accelerator.speeds_up.replace(':', '.')}"


@cache
def _is_installed(module: str) -> bool:
    # Asked at every fit, for which it takes long: every folder of the path is looked into.
    return find_spec(module) is not None
