"""The fused components of a run."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import glassnet as gn
from glassnet_fusion.choice import fused, longest_sequence


class Fusion(gn.Callback):
    """Computes with fused components where these save more time than their compiler takes."""

    # Innermost, so that a component is recorded, and not a wrapper that times it.
    @gn.run_hookimpl(wrapper=True, trylast=True)
    def prepare_component(self, run: gn.Run, component: Any, elements: int) -> Generator[None, Any, Any]:
        found = yield
        prepared = component if found is None else found
        steps = None if run.steps_per_epoch is None else run.total_steps
        faster = fused(prepared, elements, steps, longest_sequence(run.network))
        # Kept whole, since an accelerator may have fused it; to look for that takes longer than five steps of XOR.
        vars(run.state_of(self)).setdefault("_prepared", []).append(faster)
        return found if faster is prepared else faster

    def describe_run(self, run: gn.Run) -> dict[str, Any]:
        """Return the components that are fused, and why parts of them were left to NumPy at their last use."""
        from glassnet_fusion.report import fused_names, fused_parts

        components = [*getattr(run.state_of(self), "_prepared", []), *_rules(run)]
        reasons = {part: reason for each in components for part, reason in fused_parts(each).items() if reason}
        names = {name for each in components for name in fused_names(each)}
        return {"fused": sorted(names), "left_to_numpy": dict(sorted(reasons.items()))}


def _rules(run: gn.Run) -> list[Any]:
    """Return the fused regularizers and constraints of a run that compiled code was asked for."""
    from glassnet_fusion.choice import everything_fused
    from glassnet_fusion.report import fused_parts

    regularizers = [regularizer for regularizer, _, _ in run.objective.penalised]
    constraints = [slice_.parameter.constraint for slice_ in run.network.layout.slices]
    every = dict.fromkeys(each for each in (*regularizers, *constraints) if each is not None)
    return [fused for fused in map(everything_fused, every) if fused_parts(fused)]
