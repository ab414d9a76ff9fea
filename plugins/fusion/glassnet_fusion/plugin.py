"""The plugin: the components of a run are fused where that pays, and those of `evaluate` and `predict` behind one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from functools import cache, lru_cache, partial
from typing import Any

import glassnet as gn

Prepare = Callable[[Any], Any]
# It is imported when the first component is fused.
_OF_FUSED_RUNS = "glassnet_fusion.program"


@gn.hookimpl
def glassnet_default_callbacks(config: Any) -> list[gn.Callback]:
    """Fuse the components of each run that is long enough."""
    from glassnet_fusion.choice import may_pay

    return [_callback()] if may_pay(config) else []


@gn.hookimpl(wrapper=True)
def glassnet_preparation() -> Generator[None, Any, Any]:
    """Fuse what is computed where nothing is trained."""
    before = yield
    return partial(_preparation, before)


def _preparation(before: Callable[[], Prepare | None] | None) -> Prepare | None:
    """Return what fuses components, after `before` has replaced them; or that alone where no run has been fused.

    A process that only predicts rarely computes for as long as the compiler takes to be imported.
    """
    prepare = None if before is None else before()
    if _OF_FUSED_RUNS not in sys.modules:
        return prepare
    from glassnet_accelerators.switch import are_wanted
    from glassnet_machine_code.installed import is_installed

    return _fusing(prepare) if are_wanted() and is_installed() else prepare


@lru_cache(maxsize=8)
def _fusing(prepare: Prepare | None) -> Prepare:
    # Kept, since a network asks for its layers anew where the function is another one.
    from glassnet_fusion.choice import everything_fused

    return everything_fused if prepare is None else lambda component: everything_fused(prepare(component))


@cache
def _callback() -> gn.Callback:
    # It remembers nothing, so one serves all runs.
    from glassnet_fusion.callback import Fusion

    return Fusion()
