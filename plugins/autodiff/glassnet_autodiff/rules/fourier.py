"""Derivatives of Fourier transforms.

The matrix F of a transform is symmetric, so its conjugate transpose is conj(F), and ``F^H g = conj(F(conj(g)))``. Input
that the transform shortens or extends with zeros gets its gradient back in its own length.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from glassnet.errors import TracingError
from glassnet.types import Array, Shape
from glassnet_autodiff.derivatives import VJP
from glassnet_autodiff.rules.rule import Gradients, VJPTable, composed

OPPOSITE: dict[Any, Any] = {"backward": "forward", "ortho": "ortho", "forward": "backward", None: "forward"}


def resized(g: Array, shape: Shape) -> Array:
    """Return g with the shape of the input: shortened, or extended with zeros."""
    whole = np.zeros(shape, g.dtype)
    common = tuple(slice(min(own, other)) for own, other in zip(shape, g.shape, strict=True))
    whole[common] = g[common]
    return whole


def along_one_axis(transform: Callable[..., Any]) -> VJP:
    """Return the rule of fft and ifft."""

    def rule(g: Array, y: Array, x: Array, n: Any = None, axis: int = -1, norm: Any = None) -> Gradients:
        return (resized(np.conj(transform(np.conj(g), axis=axis, norm=norm)), x.shape),)

    return rule


def along_axes(transform: Callable[..., Any], last_axes: Any = None) -> VJP:
    """Return the rule of a transform of several axes, of `last_axes` if none are named."""

    def rule(g: Array, y: Array, x: Array, s: Any = None, axes: Any = last_axes, norm: Any = None) -> Gradients:
        if not np.iscomplexobj(y):
            raise TracingError(
                "A Fourier transform of several axes has no derivative where out= is an array of real numbers"
            )
        if axes is None and s is not None:
            axes = tuple(range(-len(s), 0))
        return (resized(np.conj(transform(np.conj(g), axes=axes, norm=norm)), x.shape),)

    return rule


def rfft(g: Array, y: Array, x: Array, n: Any = None, axis: int = -1, norm: Any = None) -> Gradients:
    """The gradient of fft; the half of its result that is left out has no share."""
    n = x.shape[axis] if n is None else n
    whole = list(g.shape)
    whole[axis] = n
    g = resized(g, tuple(whole))
    return (resized(np.conj(np.fft.fft(np.conj(g), axis=axis, norm=norm)).real, x.shape),)


def irfft(g: Array, y: Array, x: Array, n: Any = None, axis: int = -1, norm: Any = None) -> Gradients:
    """``dx = w rfft(g) / n``: w is 2 for frequencies whose conjugate counts too, and 1 for the first and middle one."""
    dx = np.fft.rfft(g, axis=axis, norm=OPPOSITE[norm])
    twice = np.full(dx.shape[axis], 2.0)
    twice[0] = 1
    if y.shape[axis] % 2 == 0:
        twice[-1] = 1
    return (resized(np.moveaxis(np.moveaxis(dx, axis, -1) * twice, -1, axis), x.shape),)


def rfftn(x: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """Return a real transform along the last axis, and complex transforms of it along the others."""
    s, axes = sizes(x, s, axes)
    x = np.fft.rfft(x, s[-1], axes[-1], norm)
    return np.fft.fftn(x, s[:-1], axes[:-1], norm) if axes[:-1] else x


def irfftn(x: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """Return complex transforms, and a real one of them along the last axis."""
    length = None if s is None else s[-1]
    s, axes = sizes(x, s, axes)
    x = np.fft.ifftn(x, s[:-1], axes[:-1], norm) if axes[:-1] else x
    return np.fft.irfft(x, length, axes[-1], norm)


def sizes(x: Any, s: Any, axes: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the lengths of a transform and its axes."""
    if axes is None:
        axes = range(-len(s), 0) if s is not None else range(-x.ndim, 0)
    axes = tuple(axes)
    return tuple(x.shape[axis] for axis in axes) if s is None else tuple(s), axes


def rfft2(x: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """Return rfftn of two axes."""
    return rfftn(x, s, axes, norm)


def irfft2(x: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """Return irfftn of two axes."""
    return irfftn(x, s, axes, norm)


def hfft(x: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    """Return the transform of an array whose other half is its conjugate in reverse."""
    return np.fft.irfft(np.conj(x), n, axis, OPPOSITE[norm])


def ihfft(x: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    """Return the inverse of hfft."""
    return np.conj(np.fft.rfft(x, n, axis, OPPOSITE[norm]))


VJPS: VJPTable = {
    **{transform: along_one_axis(transform) for transform in (np.fft.fft, np.fft.ifft)},
    **{transform: along_axes(transform) for transform in (np.fft.fftn, np.fft.ifftn)},
    **{transform: along_axes(transform, (-2, -1)) for transform in (np.fft.fft2, np.fft.ifft2)},
    np.fft.rfft: rfft,
    np.fft.irfft: irfft,
    np.fft.rfftn: composed(rfftn),
    np.fft.irfftn: composed(irfftn),
    np.fft.rfft2: composed(rfft2),
    np.fft.irfft2: composed(irfft2),
    np.fft.hfft: composed(hfft),
    np.fft.ihfft: composed(ihfft),
}
