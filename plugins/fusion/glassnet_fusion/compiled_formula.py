"""Accelerators that compute a layer's formula as it is, where the layer's other accelerator rounds in another way."""

from __future__ import annotations

import glassnet as gn
from glassnet_fusion.choice import is_worth_other_bytes
from glassnet_machine_code.installed import is_installed


class CompiledFormula(gn.Accelerator):
    """A layer's own formula, compiled, to the same bytes. A run goes on with the accelerator that it began with."""

    requires = ("llvmlite",)
    bit_identical = True

    @classmethod
    def unavailable_reason(cls) -> str | None:
        return super().unavailable_reason() or (None if is_installed() else "compiled code does not know this Python")

    @classmethod
    def has_started(cls) -> bool:
        # It would be chosen in the second run of a process, and not in the first, which rounds in another way.
        return False

    def is_worthwhile(self, workload: gn.Workload) -> bool:
        return is_worth_other_bytes(workload.elements, workload.steps)

    def replacement(self, component: gn.Layer) -> gn.Layer:
        from glassnet_fusion.fused_layer import FusedLayer

        return FusedLayer(component)
