"""Layers of images as calls of kernels."""

from __future__ import annotations

from typing import Any

from glassnet_standalone.program import Value
from glassnet_standalone.rules import Place, rule


@rule("conv2d")
def conv2d(layer: Any, place: Place, x: Value) -> Value:
    windows = layer.windows(x.shape)
    axes = (windows.rows, windows.columns)
    return place.call(
        "conv2d",
        layer,
        x,
        shape=layer.output_shape(x.shape),
        arrays=(place.matrix("weights"), place.vector("bias")),
        options={
            "stride": tuple(axis.stride for axis in axes),
            "around": tuple(axis.around for axis in axes),
            "dilation": tuple(axis.dilation for axis in axes),
            "groups": layer.groups,
        },
        sizes=(*x.shape, *windows.count, layer.filters, *_axis(axes[0]), *_axis(axes[1]), layer.groups),
    )


@rule("max_pool2d", "avg_pool2d")
def pool2d(layer: Any, place: Place, x: Value) -> Value:
    windows = layer.windows(x.shape)
    axes = (windows.rows, windows.columns)
    return place.call(
        layer.title(),
        layer,
        x,
        shape=layer.output_shape(x.shape),
        options={
            "size": tuple(axis.size for axis in axes),
            "stride": tuple(axis.stride for axis in axes),
            "around": tuple(axis.around for axis in axes),
        },
        sizes=(*x.shape, *windows.count, *_axis(axes[0])[:3], *_axis(axes[1])[:3]),
    )


@rule("global_avg_pool2d")
def global_avg_pool2d(layer: Any, place: Place, x: Value) -> Value:
    height, width, channels = x.shape
    return place.call("global_avg_pool2d", layer, x, shape=(channels,), sizes=(height * width, channels))


def _axis(axis: Any) -> tuple[int, int, int, int]:
    """Return the size of a window, the stride, the pixels before the image, and the dilation along an axis."""
    return axis.size, axis.stride, axis.around[0], axis.dilation
