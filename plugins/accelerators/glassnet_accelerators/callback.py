"""The accelerators of a run."""

from __future__ import annotations

from typing import Any

import glassnet as gn
from glassnet.components.component import Component
from glassnet_accelerators.choice import Acceleration
from glassnet_accelerators.old_names import rename_old_accelerators, rename_old_slots
from glassnet_accelerators.switch import are_wanted


class Accelerators(gn.Callback):
    """Computes with accelerators: those that pay in a run of this length, or those that a continued run began with."""

    def prepare_component(self, run: gn.Run, component: Component, elements: int) -> Component | None:
        faster: Component = self._acceleration(run).replacement(component, elements)
        return None if faster is component else faster

    @gn.run_hookimpl(tryfirst=True)
    def restore_state(self, run: gn.Run, state: dict[str, Any]) -> None:
        if "mode" not in state.get("computed_with", {}):
            rename_old_slots(state["slots"], run.bound_optimizer.slots)

    def numerics(self, run: gn.Run) -> dict[str, Any]:
        return {
            "accelerators": self._acceleration(run).to_record,
            "mode": "accelerated" if are_wanted() else "reference",
        }

    def describe_run(self, run: gn.Run) -> dict[str, Any]:
        return {"accelerators": self._acceleration(run).used}

    def _acceleration(self, run: gn.Run) -> Acceleration:
        memory = run.state_of(self)
        if not hasattr(memory, "_acceleration"):
            steps = None if run.steps_per_epoch is None else run.total_steps
            products = len(run.network.flat_parameters) * run.options.batch_size
            recorded, is_old = None, False
            if run.saved is not None:
                computed_with = run.saved.get("computed_with", {})
                rename_old_accelerators(computed_with)
                # Before there was a reference mode, components did what accelerators with NumPy alone do now.
                is_old = "mode" not in computed_with
                recorded = None if run.config.allow_changes else computed_with.get("accelerators")
            memory._acceleration = Acceleration(steps, recorded, products, is_old=is_old)
        made: Acceleration = memory._acceleration
        return made
