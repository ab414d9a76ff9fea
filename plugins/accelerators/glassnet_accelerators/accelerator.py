"""The base class of accelerators."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any, ClassVar

from glassnet.components.component import Component
from glassnet.registry.entry_points import Entry
from glassnet_accelerators.switch import are_wanted
from glassnet_accelerators.workload import Workload


class Accelerator(Component):
    """Replaces a component by a faster one while a network is trained, and if it is `always` used, elsewhere too.

    Attributes
    ----------
    replaces
        Kind, distribution and name of the component that is replaced, such as ``"optimizer.glassnet.adam"``. Another
        component of the same name is left alone. The entry point ends in the same words in brackets.
    requires
        Modules that have to be installed, such as ``"numba"``.
    bit_identical
        Whether results equal those of the component in every bit, rounding included. Where they do not, a run that
        was computed with the accelerator can be continued only with it.
    bit_identical_to
        Another accelerator of the component whose results these equal in every bit. A run that was computed with one
        of the two can be continued with the other.
    always
        Whether it is used in every run, and in `evaluate` and `predict`: it requires nothing but NumPy, so that its
        start costs nothing. It is asked after the accelerators that are not always used.
    """

    kind = "accelerator"
    replaces: ClassVar[str]
    requires: ClassVar[Sequence[str]] = ()
    bit_identical: ClassVar[bool] = False
    bit_identical_to: ClassVar[type[Accelerator] | None] = None
    always: ClassVar[bool] = False

    def replacement(self, component: Any) -> Component:
        """Return what computes the same as `component`, in its kind, with its slots, parameters and state.

        Where its options ask for something that the accelerator cannot do, that is `component` itself.
        """
        raise NotImplementedError(f"{type(self).__name__} needs replacement()")

    def is_worthwhile(self, workload: Workload) -> bool:
        """Tell whether it is faster than the component by more than its start takes. By default it always is.

        Importing and loading compiled code takes time too.
        """
        return True

    @classmethod
    def unavailable_reason(cls) -> str | None:
        """Return why it cannot be used here, or None: by default because of modules that are not installed."""
        missing = [module for module in cls.requires if not _is_installed(module)]
        return f"it needs {', '.join(missing)}, which is not installed" if missing else None

    @classmethod
    def has_started(cls) -> bool:
        """Tell whether what it needs was imported before, so that its start costs little."""
        return bool(cls.requires) and sys.modules.keys() >= set(cls.requires)

    @classmethod
    def remark(cls) -> str:
        """Return whether it is in use, and for what."""
        from glassnet.registry.registry import registry

        kind, name = component_named(cls.replaces)
        what = f"{kind} {name}"
        if not are_wanted():
            return f"not in use for {what}: accelerators are switched off"
        entry = registry.entry_of(cls)
        if entry is not None and not entry.is_by_hand and bracketed(entry) != cls.replaces:
            return f"not in use for {what}: its entry point does not end in [{cls.replaces}]"
        if reason := cls.unavailable_reason():
            return f"not in use for {what}: {reason}"
        return f"in use for {what}"


def component_named(replaces: str) -> tuple[str, str]:
    """Return kind and qualified name: ``optimizer`` and ``glassnet:adam`` of ``optimizer.glassnet.adam``."""
    kind, _, name = replaces.partition(".")
    return kind, name.replace(".", ":", 1)


def bracketed(entry: Entry) -> str:
    """Return what an entry point has in brackets behind its target; nothing if it was registered by hand."""
    return "" if entry.point is None else entry.point.value.partition("[")[2].rstrip("] ")


@cache
def _is_installed(module: str) -> bool:
    # Asked at every fit, for which it takes long: every folder of the path is looked into.
    return find_spec(module) is not None
