"""The accelerators of a run."""

from __future__ import annotations

from typing import Any

import glassnet as gn
from glassnet.components.component import Component
from glassnet_accelerators.choice import Acceleration


class Accelerators(gn.Callback):
    """Computes with accelerators: those that pay in a run of this length, or those that a continued run began with."""

    def prepare_component(self, run: gn.Run, component: Component, elements: int) -> Component | None:
        faster: Component = self._acceleration(run).replacement(component, elements)
        return None if faster is component else faster

    def numerics(self, run: gn.Run) -> dict[str, Any]:
        return {"accelerators": self._acceleration(run).to_record}

    def describe_run(self, run: gn.Run) -> dict[str, Any]:
        return {"accelerators": self._acceleration(run).used}

    def _acceleration(self, run: gn.Run) -> Acceleration:
        memory = run.state_of(self)
        if not hasattr(memory, "_acceleration"):
            steps = None if run.steps_per_epoch is None else run.total_steps
            products = len(run.network.flat_parameters) * run.options.batch_size
            recorded = None
            if run.saved is not None and not run.config.allow_changes:
                recorded = run.saved.get("computed_with", {}).get("accelerators")
            memory._acceleration = Acceleration(steps, recorded, products)
        made: Acceleration = memory._acceleration
        return made
