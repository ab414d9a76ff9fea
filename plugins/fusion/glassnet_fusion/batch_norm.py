"""batch_norm as its formula has it: the sums of a batch are in float64, one row after another."""

from __future__ import annotations

import glassnet as gn
from glassnet_fusion.choice import is_installed, is_worth_other_bytes


class FusedBatchNorm(gn.Accelerator):
    """batch_norm, compiled from its formula, to the same bytes.

    NumPy adds up many short rows slowly, so its accelerator adds in another order. A run that began with that one goes
    on with it. Forward and backward of (64, 28, 28, 16), (32, 14, 14, 64) and (128, 256) take 0.35, 0.06 and 0.37 of
    the time of that accelerator.

    Ioffe and Szegedy (2015), Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate
    Shift, ICML, arXiv:1502.03167.
    """

    replaces = "layer.glassnet.batch_norm"
    requires = ("llvmlite",)
    bit_identical = True
    formula = "y = scale x' + shift,  x' = (x - mean) / sqrt(variance + epsilon)"

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
