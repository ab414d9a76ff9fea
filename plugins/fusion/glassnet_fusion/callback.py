"""The fused components of a run."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import glassnet as gn
from glassnet_fusion.choice import fused


class Fusion(gn.Callback):
    """Computes with fused components where these save more time than their compiler takes."""

    @gn.run_hookimpl(wrapper=True)
    def prepare_component(self, run: gn.Run, component: Any, elements: int) -> Generator[None, Any, Any]:
        found = yield
        prepared = component if found is None else found
        steps = None if run.steps_per_epoch is None else run.total_steps
        faster = fused(prepared, elements, steps)
        if faster is prepared:
            return found
        vars(run.state_of(self)).setdefault("_fused", []).append(faster)
        return faster

    def describe_run(self, run: gn.Run) -> dict[str, Any]:
        """Return what is fused, and why the rest of it is left to NumPy."""
        from glassnet_fusion.report import fused_parts

        reasons: dict[str, str] = {}
        for component in getattr(run.state_of(self), "_fused", []):
            reasons |= fused_parts(component)
        return {
            "fused": sorted(part for part, reason in reasons.items() if not reason),
            "left_to_numpy": {part: reason for part, reason in sorted(reasons.items()) if reason},
        }
