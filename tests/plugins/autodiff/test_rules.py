"""Each derivative rule against central differences, and its value at kinks by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from glassnet.errors import TracingError
from glassnet_autodiff import rules as derivative_rules, tape as autodiff
from glassnet_autodiff.gradient_check import numerical_gradient

DRAWS = np.random.default_rng(0)
X, Y = DRAWS.uniform(0.3, 1.7, (2, 3, 4))
HOLES = np.where(DRAWS.uniform(size=(3, 4)) < 0.3, np.nan, 0.0)
POINTS = np.array([0.2, 0.6, 1.1, 1.5])
MASK = X > 0.9

Function = Callable[[Any, Any], Any]

ELEMENTWISE: dict[str, Function] = {
    "positive": lambda x, y: +x * -y,
    "add": lambda x, y: np.add(x, y[0]) * np.subtract(x[:, :1], y),
    "multiply": lambda x, y: np.multiply(x, y[0]) * np.divide(x[:, :1], y),
    "power": lambda x, y: x**y + x**3 + 2.0**x + x**0 + (x - 1) ** 2 * np.power(x, -1.5),
    "float_power": lambda x, y: np.float_power(x, y),
    "square": lambda x, y: np.square(x) * np.sqrt(y) * np.reciprocal(x),
    "exp": lambda x, y: np.exp(x) * np.exp2(y) * np.expm1(x),
    "log": lambda x, y: np.log(x) * np.log2(y) + np.log10(x) * np.log1p(y),
    "sin": lambda x, y: np.sin(x) * np.cos(y) * np.tan(x * 0.5),
    "arcsin": lambda x, y: np.arcsin(x - 1) * np.arccos(y - 1) + np.arctan(x),
    "sinh": lambda x, y: np.sinh(x) * np.cosh(y) * np.tanh(x),
    "arcsinh": lambda x, y: np.arcsinh(x) * np.arccosh(y + 1) * np.arctanh(0.5 * x),
    "sinc": lambda x, y: np.sinc(x) * np.sinc(y * 1e-3),
    "abs": lambda x, y: np.abs(x - 1) * np.fabs(y - 1),
    "conj": lambda x, y: np.conj(x) * x.conj() * np.real(y) + np.imag(y) + np.angle(x - 1),
    "logaddexp": lambda x, y: np.logaddexp(x, y) * np.logaddexp2(x, y[0]),
    "cbrt": lambda x, y: np.cbrt(x - 1) * y,
    "hypot": lambda x, y: np.hypot(x, y[0]) + np.hypot(x, 3.0),
    "arctan2": lambda x, y: np.arctan2(x - 1, y - 1),
    "degrees": lambda x, y: np.deg2rad(x) * np.radians(y) + np.rad2deg(x) * np.degrees(y),
    "maximum": lambda x, y: np.maximum(x, y) * np.minimum(x, 1.1) + np.fmax(x, y[0]) * np.fmin(x, y),
    "fmax of nan": lambda x, y: np.fmax(x + HOLES, y) * np.fmin(x, y + HOLES),
    "clip": lambda x, y: np.clip(x, 0.7, 1.2) * np.clip(x, y - 0.3, y + 0.1) * x.clip(0.5, None),
    "remainder": lambda x, y: np.remainder(x * 5 - 4, y) + np.mod(-x, y) * np.fmod(x * 5 - 4, y) * (x % 0.3),
    "copysign": lambda x, y: np.copysign(x - 1, y - 1) * x,
    "heaviside": lambda x, y: np.heaviside(x - 1, y) * x + np.heaviside(np.zeros(4), y),
    "ldexp": lambda x, y: np.ldexp(x, np.arange(4)) * y,
    "steps": lambda x, y: (np.sign(x - 1) + np.floor(x) + np.ceil(x) + np.rint(x) + np.trunc(x) + x // 0.3) * y,
    "rounded": lambda x, y: (np.fix(x) + np.round(x, 1) + np.around(x) + x.round(2)) * y,
    "bincount": lambda x, y: np.bincount([0, 2, 2, 1], x[0]) * np.bincount([3, 0, 0], y[:, 0], 4)[:3],
    "unwrap": lambda x, y: np.unwrap(x * 9, axis=1) * y,
    "nan_to_num": lambda x, y: np.nan_to_num(x + HOLES, nan=2.0) * y,
}
REDUCTIONS: dict[str, Function] = {
    "sum": lambda x, y: (
        x.sum(axis=1, keepdims=True) * y + np.sum(x, axis=(0, 1)) + np.sum(x * y, where=MASK, initial=2.0)
    ),
    "mean": lambda x, y: x.mean(axis=-1, keepdims=True) * y + np.mean(x) * np.mean(x * y, axis=0, where=MASK),
    "var": lambda x, y: np.var(x) * y + x.var(axis=1, ddof=1, keepdims=True) * np.var(x, axis=0, where=MASK | (Y > 1)),
    "std": lambda x, y: np.std(x, axis=0) * y + x.std() * np.std(x, axis=(0, 1), ddof=2),
    "prod": lambda x, y: (
        np.prod(x, axis=0) * y + x.prod() * np.prod(x, axis=(1, 0)) + np.prod(x, axis=1, where=MASK)[0]
    ),
    "prod of zeros": lambda x, y: np.prod(x - X * [[1, 0, 0, 1], [0, 0, 0, 0], [1, 0, 1, 0]], axis=1) * y[:, 0],
    "prod with initial": lambda x, y: np.prod(x, axis=1, keepdims=True, initial=3.0) * y,
    "max": lambda x, y: np.max(x, axis=1, keepdims=True) * y + x.max() * np.amax(x, axis=0) * np.max(x, axis=(0, 1)),
    "max with initial": lambda x, y: (
        np.max(x, axis=1, keepdims=True, initial=1.4) * np.max(x, initial=0, where=MASK) * y
    ),
    "min": lambda x, y: np.min(x, axis=0) * y + x.min() * np.amin(x, axis=1, keepdims=True),
    "ptp": lambda x, y: np.ptp(x, axis=1, keepdims=True) * y + np.ptp(x),
    "nansum": lambda x, y: np.nansum(x + HOLES, axis=0) * y + np.nanmean(x + HOLES) * np.nanprod(x + HOLES, axis=0),
    "nanvar": lambda x, y: np.nanvar(x + HOLES, axis=1, keepdims=True) * y + np.nanstd(x + HOLES),
    "nanmax": lambda x, y: np.nanmax(x + HOLES, axis=1, keepdims=True) * y + np.nanmin(x + HOLES, axis=0),
    "add.reduce": lambda x, y: np.add.reduce(x) * y + np.add.reduce(x, axis=1, keepdims=True),
    "multiply.reduce": lambda x, y: np.multiply.reduce(x) * y + np.multiply.reduce(x, axis=(0, 1)),
    "maximum.reduce": lambda x, y: np.maximum.reduce(x) * np.minimum.reduce(y, axis=1, keepdims=True),
    "fmax.reduce": lambda x, y: np.fmax.reduce(x + HOLES, axis=None) * y * np.fmin.reduce(x + HOLES),
    "logaddexp.reduce": lambda x, y: np.logaddexp.reduce(x, axis=1, keepdims=True) * np.logaddexp.reduce(y),
}
CUMULATIVE: dict[str, Function] = {
    "cumsum": lambda x, y: np.cumsum(x, axis=1) ** 2 * np.cumsum(y).reshape(3, 4) * x.cumsum(0),
    "nancumsum": lambda x, y: np.nancumsum(x + HOLES, axis=1) * np.nancumprod(y + HOLES).reshape(3, 4),
    "cumprod": lambda x, y: np.cumprod(x, axis=1) * np.cumprod(y).reshape(3, 4) * x.cumprod(0),
    "cumprod of zeros": lambda x, y: np.cumprod(x - X * [[0, 1, 0, 0], [0, 1, 0, 1], [1, 0, 0, 0]], axis=1) * y,
    "cumulative_sum": lambda x, y: (
        np.cumulative_sum(x, axis=1, include_initial=True)[:, 1:] * np.cumulative_sum(y, axis=0)
    ),
    "cumulative_prod": lambda x, y: (
        np.cumulative_prod(x, axis=0, include_initial=True)[:3] * np.cumulative_prod(y, axis=1)
    ),
    "diff": lambda x, y: np.diff(x)[:, :2] * np.diff(y, 2, axis=1) + np.diff(x, axis=0)[0, 0],
    "diff with ends": lambda x, y: np.diff(x, 1, 0, y[:1], y[1:]) ** 2,
    "diff with numbers": lambda x, y: np.diff(x, axis=0, prepend=0.0, append=np.ones((2, 4))) ** 2,
    "ediff1d": lambda x, y: np.ediff1d(x) * y.ravel()[1:],
    "gradient": lambda x, y: np.gradient(x, axis=1) * np.gradient(y, 0.5, axis=0, edge_order=2),
    "gradient of a vector": lambda x, y: np.gradient(x[0], POINTS) * y,
    "trapezoid": lambda x, y: np.trapezoid(x) * y[:, 0] + np.trapezoid(x, POINTS) * np.trapezoid(y, None, 0.3),
    "trapezoid over traced points": lambda x, y: np.trapezoid(x, y, 1.0, 0) * np.trapezoid(x, y[:, 0], 1.0, 0),
    "add.reduceat": lambda x, y: np.add.reduceat(x, [0, 2, 1], axis=1) ** 2,
    "add.accumulate": lambda x, y: np.add.accumulate(x) ** 2 * np.add.accumulate(y, axis=1),
}
ORDERING: dict[str, Function] = {
    "sort": lambda x, y: np.sort(x) * y + np.sort(x, axis=0) * y + np.sort(x, axis=None).reshape(3, 4),
    "partition": lambda x, y: np.partition(x, 1, axis=1)[:, 1] * y[:, 0],
    "partition of all": lambda x, y: np.partition(x, 5, axis=None)[5] * y,
    "unique_values": lambda x, y: np.sort(np.unique_values(x)).reshape(3, 4) * y,
    "unique": lambda x, y: np.unique(x).reshape(3, 4) * y,
    "median": lambda x, y: np.median(x) * y + np.median(x, axis=0) * np.median(x, axis=1, keepdims=True),
    "quantile": lambda x, y: np.quantile(x, 0.3) * np.quantile(x, [0.1, 0.8], axis=1)[1] * y[:, 0],
    "quantile of two axes": lambda x, y: (
        np.quantile(x.reshape(3, 2, 2), [0.35, 0.6], axis=(0, 2), keepdims=True) * y[0, 0]
    ),
    "percentile": lambda x, y: np.percentile(x, 71, axis=0, keepdims=True) * y,
    "quantile by methods": lambda x, y: sum(
        np.quantile(x, 0.4, axis=1, method=method)
        for method in ("lower", "nearest", "midpoint", "hazen", "weibull", "median_unbiased", "averaged_inverted_cdf")
    ),
    "nanmedian": lambda x, y: (
        np.nanmedian(x + HOLES, axis=0) * y + np.nanquantile(x + HOLES, 0.3, axis=1, keepdims=True)
    ),
    "nanpercentile": lambda x, y: np.nanpercentile(x + HOLES, [20, 50], axis=1)[0] * y[:, 0],
}


MOVING: dict[str, Function] = {
    "where": lambda x, y: np.where(x > y, x * x, y * 3) * np.where(x > 1, x, 0.0),
    "copy": lambda x, y: x.T.copy() * np.copy(y).T * np.astype(x, np.float64).T * x.astype("d").T,
    "getitem": lambda x, y: x[x > 1].sum() * x[[0, 0, 2]] * y[np.arange(3), [1, 1, 0]][:, None],
    "take": lambda x, y: np.take(x, [0, 2, 0], axis=0) * x.take([1, 5]).sum() * y,
    "take_along_axis": lambda x, y: (
        np.take_along_axis(x, np.argsort(Y), 1) * np.take_along_axis(y, np.array([[1]]), axis=0)
    ),
    "repeat": lambda x, y: np.repeat(x, 2, axis=0)[1:4] * np.tile(y, (2, 3))[1:4, 1:5] * x.repeat([1, 2, 1, 0], 1),
    "resize": lambda x, y: np.resize(x, (5, 3))[:3] * y[:, :3],
    "roll": lambda x, y: np.roll(x, 1, axis=1) * np.roll(y, 3) * np.flip(x) * np.fliplr(y) * np.flipud(x),
    "rot90": lambda x, y: np.rot90(x) * np.rot90(y, 3) * np.rollaxis(x, 1),
    "shift": lambda x, y: np.fft.fftshift(x) * np.fft.ifftshift(y, axes=1),
    "triangles": lambda x, y: np.tril(x, 1) * x + np.triu(y) * y,
    "diagonals": lambda x, y: np.diag(x, 1) * np.diagonal(y, 1) * np.linalg.diagonal(x, offset=1) * y.diagonal(),
    "diag of a vector": lambda x, y: np.diag(x[0], 1)[:4, :4] * np.diagflat(y[:2, :2]) + x[0],
    "diagonal of the last axes": lambda x, y: np.linalg.diagonal(x.reshape(3, 2, 2)) * y[:, :2],
    "concatenate": lambda x, y: np.concatenate([x, y * x, np.ones((2, 4))]) ** 2,
    "concatenate all": lambda x, y: np.concatenate((x, y[0]), axis=None) ** 2,
    "stack": lambda x, y: np.stack([x, y, x], axis=1) * np.stack((y, y, x), 2).swapaxes(1, 2),
    "vstack": lambda x, y: np.vstack([x, y[0]]) ** 2 * np.vstack((y, x[1])),
    "hstack": lambda x, y: np.hstack([x, y[:, :1]]) ** 2,
    "dstack": lambda x, y: np.dstack([x, y]) ** 2,
    "column_stack": lambda x, y: np.column_stack([x[:, 0], y]) ** 2,
    "block": lambda x, y: np.block([[x, y], [y, np.zeros((3, 4))]]) ** 2,
    "reshape": lambda x, y: np.reshape(x.T, 12) * np.ravel(y) * x.ravel("F") * y.reshape(-1) * x.flatten(),
    "flatten": lambda x, y: x.flatten("F") * x.T.flatten() * y.T.ravel(),
    "views": lambda x, y: np.transpose(x) * np.swapaxes(y, 0, 1) * np.moveaxis(x, 0, 1) * np.matrix_transpose(y) * x.T,
    "dimensions": lambda x, y: (
        np.squeeze(np.expand_dims(x, 1), 1) * np.atleast_2d(y) * np.atleast_1d(x) + np.atleast_3d(y)[..., 0]
    ),
    "split": lambda x, y: np.split(x, 2, axis=1)[0] * np.hsplit(y, 2)[1] * np.array_split(x, 2, 1)[1],
    "windows": lambda x, y: np.lib.stride_tricks.sliding_window_view(x * y, (2, 3)) ** 2,
    "broadcast_to": lambda x, y: np.broadcast_to(x[0], (3, 4)) * y,
    "views that show an element twice": lambda x, y: views_of_windows(x) * y[0, 0],
    "delete": lambda x, y: np.delete(x, [0, 2], axis=1) ** 2 * np.delete(y, 3)[0],
    "append": lambda x, y: np.append(x, y) ** 2 * np.append(x, y[:1], axis=0).sum() * np.append(x[0], 1.0).sum(),
    "insert": lambda x, y: np.insert(x, 1, y[:, 0], axis=1) ** 2 * np.insert(x, [0, 2], 3.0)[5],
    "compress": lambda x, y: (
        np.compress([True, False, True], x, axis=0) ** 2 * x.compress([False, True, True, False], 1).sum()
    ),
    "extract": lambda x, y: np.extract(MASK, x) ** 2,
    "choose": lambda x, y: np.choose([0, 1, 1, 0], [x[0], y[0]]) ** 2 * np.choose(np.array([2, 0]), x[:, :2]).sum(),
    "select": lambda x, y: (
        np.select([x > 1.2, x > 0.8], [x * x, y]) * np.select([MASK], [x], 5.0) * np.select([MASK], [y], x)
    ),
    "select with a named default": lambda x, y: np.select([MASK], [x], default=7.0) ** 2 * y,
    "pad": lambda x, y: np.pad(x, ((1, 0), (0, 2)), constant_values=3.0) ** 2 * np.pad(y, (1, 1), mode="edge")[:4, :6],
    "likes": lambda x, y: (
        x * (np.ones_like(y) + np.zeros_like(x)) + np.full_like(x, 2.0) * np.full_like(y, x[1, 2], shape=4)
    ),
}
MATRIX = np.array([[2.0, 0.3, -0.4], [0.1, 1.5, 0.2], [-0.6, 0.5, 1.8]])
SINGULAR = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.5, 1.0, -1.0]])


def square(x: Any) -> Any:
    """A matrix with an inverse."""
    return x[:, :3] * 0.3 + MATRIX


def positive(x: Any) -> Any:
    """A matrix that is symmetric and positive definite."""
    return x @ x.T + np.eye(3)


PRODUCTS: dict[str, Function] = {
    "matmul": lambda x, y: x @ y.T + (x @ y[0])[:, None] * (x[:, 0] @ y)[:3] + np.linalg.matmul(x, y.T),
    "matmul of batches": lambda x, y: np.matmul(x.reshape(3, 2, 2), y.reshape(3, 1, 4).swapaxes(1, 2)[:, :2]),
    "dot": lambda x, y: (
        np.dot(x, y.T) * x.dot(y[0]) * np.dot(x[0], y[0]) * np.dot(x[0, 0], y[:, :3]) * np.dot(2.0, x)[0, 0]
    ),
    "dot of many axes": lambda x, y: (
        np.dot(x.reshape(3, 2, 2), y.reshape(3, 2, 2)) * np.dot(x[:, :2], y.reshape(3, 2, 2))[0]
    ),
    "vdot": lambda x, y: np.vdot(x, y) * np.vdot(x[0], y[0]),
    "vecdot": lambda x, y: np.vecdot(x, y[0]) * np.vecdot(x, y, axis=0)[1] * np.linalg.vecdot(x, y),
    "matvec": lambda x, y: np.matvec(x.reshape(3, 2, 2), y[0, :2]) * np.vecmat(x[:, :3], y)[:, :2],
    "inner": lambda x, y: np.inner(x, y) * np.inner(x[0], y[0]) * np.inner(x, 2.0)[:, :3],
    "tensordot": lambda x, y: (
        np.tensordot(x, y) * np.tensordot(x, y, ([0], [0]))[:2] * np.tensordot(x, y, axes=(1, 1))[:2, :1]
    ),
    "tensordot of three axes": lambda x, y: np.tensordot(x.reshape(3, 2, 2), y.reshape(2, 2, 3), ((-1, 0), (0, 2))),
    "tensordot of none": lambda x, y: np.tensordot(x[0], y, 0) * np.linalg.tensordot(x, y, axes=[[1], [1]])[0, 0],
    "outer": lambda x, y: np.outer(x, y) ** 2 * np.outer(x, 3.0) * np.linalg.outer(x[0], y[0])[0, 0],
    "multi_dot": lambda x, y: np.linalg.multi_dot([x, y.T, x, y[0]]),
    "kron": lambda x, y: np.kron(x, y[:2]) * np.kron(x[0], y)[0, 0] * np.kron(x[0, :2], y[0])[0],
    "cross": lambda x, y: (
        np.cross(x[:, :3], y[:, :3]) * np.cross(x, y, axis=0)[:, :3] * np.linalg.cross(x[0, :3], y[:, 1:])
    ),
    "cross along other axes": lambda x, y: np.cross(x[:, :3], y[:, :3], 0, 1, 0),
    "trace": lambda x, y: np.trace(x) * y.trace(1) * np.trace(x.reshape(3, 2, 2), 0, 1, 2),
    "trace of the last axes": lambda x, y: np.linalg.trace(x.reshape(3, 2, 2)) * np.linalg.trace(y, offset=-1),
    "convolve": lambda x, y: np.convolve(x[0], y[0, :3]) * np.convolve(x[0, :3], y[0]),
    "convolve same": lambda x, y: np.convolve(x.ravel(), y[0], "same") * np.convolve(x[0, :3], y.ravel(), mode="same"),
    "convolve valid": lambda x, y: np.convolve(x.ravel(), y[0], "valid") * np.convolve(x[0], y.ravel(), "valid"),
    "correlate": lambda x, y: np.correlate(x.ravel(), y[0]) * np.correlate(x[0], y.ravel()),
    "correlate same": lambda x, y: np.correlate(x.ravel(), y[0], "same") * np.correlate(x[0], y.ravel(), "same"),
    "correlate full": lambda x, y: (
        np.correlate(x.ravel(), y[0, :3], "full") * np.correlate(x[0, :3], y.ravel(), "full")
    ),
    "einsum": lambda x, y: np.einsum("ij,kj->ik", x, y) * np.einsum("ij,ij->i", x, y) * np.einsum("ij->j", x)[0],
    "einsum without an arrow": lambda x, y: (
        np.einsum("ij,kj", x, y) * np.einsum("ba", x)[:3, 0] * np.einsum("i,i", x[0], y[0])
    ),
    "einsum with repeats": lambda x, y: (
        np.einsum("ii->i", x[:, :3]) * np.einsum("ii,ij", x[:, :3], y)[:3] * np.einsum("ii", y[:, :3])
    ),
    "einsum with dots": lambda x, y: (
        np.einsum("...ij,...j->...i", x.reshape(3, 2, 2), y[0, :2]) * np.einsum("i...,i...", x, y)[:2]
    ),
    "einsum of three": lambda x, y: np.einsum("ij,kj,k->i", x, y, y[:, 0], optimize=True),
}
LINEAR_ALGEBRA: dict[str, Function] = {
    "inv": lambda x, y: np.linalg.inv(square(x)) * y[:, :3],
    "inv of batches": lambda x, y: np.linalg.inv(np.stack([square(x), square(y)])),
    "solve": lambda x, y: np.linalg.solve(square(x), y) * np.linalg.solve(square(x), y[:, 0])[:, None],
    "solve of batches": lambda x, y: np.linalg.solve(np.stack([square(x), square(y)]), y),
    "det": lambda x, y: np.linalg.det(square(x)) * y,
    "det of batches": lambda x, y: np.linalg.det(np.stack([square(x), x[:, :3] - X[:, :3] + SINGULAR])),
    "pinv": lambda x, y: np.linalg.pinv(x) * np.linalg.pinv(y.T).T,
    "cholesky": lambda x, y: np.linalg.cholesky(positive(x)) * y[:, :3],
    "cholesky of a triangle": lambda x, y: np.linalg.cholesky(x[:, :3] * 0.1 + np.diag([2.0, 3.0, 4.0])),
    "eigvalsh": lambda x, y: np.linalg.eigvalsh(x[:, :3]) * np.linalg.eigvalsh(positive(y)),
    "eigvals": lambda x, y: np.sort(np.linalg.eigvals(np.triu(x[:, :3]) + 0.01 * y[:, :3] + np.diag([0.0, 3, 6]))),
    "svdvals": lambda x, y: np.linalg.svdvals(x) * np.linalg.svd(y, compute_uv=False),
    "matrix_power": lambda x, y: np.linalg.matrix_power(square(x), 3) * np.linalg.matrix_power(square(y), -2),
    "matrix_power of 0": lambda x, y: (
        np.linalg.matrix_power(square(x), 0) * x[:, :3] * np.linalg.matrix_power(square(y), 1)
    ),
    "norm": lambda x, y: np.linalg.norm(x) * y + np.linalg.norm(x, axis=1, keepdims=True) * np.linalg.norm(y[0]),
    "norms of vectors": lambda x, y: (
        sum(np.linalg.norm(x - 1, p, axis=0) for p in (1, 3, -1, 0.5, 0, np.inf, -np.inf)) * y
    ),
    "norms of matrices": lambda x, y: (
        sum(np.linalg.norm(x - 1, p) for p in (1, -1, 2, -2, "fro", "nuc", np.inf, -np.inf)) * y
    ),
    "norms of many matrices": lambda x, y: np.linalg.norm(x.reshape(2, 3, 2), "nuc", (0, 2), True) * y[0, 0],
    "vector_norm": lambda x, y: (
        np.linalg.vector_norm(x, axis=(0, 1)) * np.linalg.vector_norm(y - 1, axis=0, ord=3, keepdims=True)
    ),
    "matrix_norm": lambda x, y: np.linalg.matrix_norm(x) * np.linalg.matrix_norm(y, ord=2, keepdims=True),
    "tensorinv": lambda x, y: np.linalg.tensorinv(square(x).reshape(3, 1, 3)) * np.linalg.tensorinv(square(y), ind=1),
    "tensorsolve": lambda x, y: np.linalg.tensorsolve(square(x).reshape(3, 1, 3), y[:, :1]) * y[0, :3],
    "cond": lambda x, y: np.linalg.cond(square(x)) * np.linalg.cond(square(y), 1) * np.linalg.cond(square(x), -2),
}
FOURIER: dict[str, Function] = {
    name: lambda x, y, of=of: np.abs(of(x * y[0])) ** 2 + of(y).real * 0.3 + of(x).imag
    for name, of in {
        "fft": lambda x: np.fft.fft(x),
        "fft along an axis": lambda x: np.fft.fft(x, axis=0, norm="ortho"),
        "fft shortened": lambda x: np.fft.fft(x, 3),
        "fft extended": lambda x: np.fft.fft(x, n=7, axis=0, norm="forward"),
        "ifft": lambda x: np.fft.ifft(x, 5),
        "fft2": lambda x: np.fft.fft2(x, s=(2, 5), axes=(0, 1)) * np.fft.ifft2(x)[:2, :1],
        "fftn": lambda x: np.fft.fftn(x) * np.fft.ifftn(x, axes=(1,), norm="ortho"),
        "rfft": lambda x: np.fft.rfft(x),
        "rfft of an odd length": lambda x: np.fft.rfft(x, axis=0),
        "rfft shortened and extended": lambda x: np.fft.rfft(x, 3, norm="forward")[:, :2] * np.fft.rfft(x, 9)[:, 2:4],
        "rfft2": lambda x: np.fft.rfft2(x) * np.fft.rfftn(x, norm="ortho"),
        "rfftn of other lengths": lambda x: np.fft.rfftn(x, s=(2, 6), axes=(0, 1)),
        "ihfft": lambda x: np.fft.ihfft(x) * np.fft.ihfft(x, 5, 1, "ortho"),
    }.items()
} | {
    "irfft": lambda x, y: np.fft.irfft(x + 1j * y) * np.fft.irfft(x * y, 6, norm="forward"),
    "irfft of an odd length": lambda x, y: np.fft.irfft(x + 1j * y, n=7) * np.fft.irfft(x - 2j * y, 7, norm="ortho"),
    "irfft shortened": lambda x, y: np.fft.irfft(x + 1j * y, n=3) ** 2,
    "irfft2": lambda x, y: np.fft.irfft2(x + 1j * y) * np.fft.irfftn(y * 1j, norm="forward"),
    "irfftn of other lengths": lambda x, y: np.fft.irfftn(x + 1j * y, s=(2, 5), axes=(0, 1)),
    "hfft": lambda x, y: np.fft.hfft(x + 1j * y) * np.fft.hfft(x, 6, 1, "ortho"),
    "there and back": lambda x, y: np.fft.ifft(np.fft.fft(x, axis=1) * np.exp(1j * y)).real,
}
COMPLEX: dict[str, Function] = {
    "parts": lambda x, y: (x + 1j * y).real * np.imag(x * 1j + y) * np.real(x),
    "angle": lambda x, y: np.angle(x - 1 + 1j * y) * np.angle((1j + x) * y, deg=True),
    "abs": lambda x, y: np.abs(x - 1 + 1j * y) * np.conj(x + 2j * y).imag,
    "products": lambda x, y: ((x + 1j * y) * (y - 2j) / (x + 3j * y)).real,
    "powers": lambda x, y: np.abs((x + 1j * y) ** 2 + (x + 1j) ** (0.5 + y) + np.square(x * 1j + y)),
    "functions": lambda x, y: np.abs(np.exp(x + 1j * y) * np.log(1j * x + y) * np.sqrt(x - 1j * y)).real,
    "trigonometric": lambda x, y: np.imag(
        np.sin(x + 1j * y) * np.tanh(y - 1j * x) + np.cos(1j * y) * np.arctan(x + 1j * y)
    ),
    "matmul": lambda x, y: np.abs((x + 1j * y) @ (y.T - 1j * x.T)) ** 2,
    "matmul of vectors": lambda x, y: np.abs((x + 1j * y) @ (y[0] - 1j * x[0])) ** 2,
    "vdot": lambda x, y: np.abs(np.vdot(x + 1j * y, y - 3j * x)) * np.imag(np.vecdot(x * 1j, y + 2j * x)),
    "einsum": lambda x, y: np.abs(np.einsum("ij,kj->ik", x + 1j * y, y - 1j * x)),
    "outer": lambda x, y: np.abs(np.outer(x[0] + 1j * y[0], y[1] - 1j * x[1])),
    "correlate": lambda x, y: np.abs(np.correlate(x[0] + 1j * y[0], y[1, :2] - 1j * x[1, :2])),
    "convolve": lambda x, y: np.imag(np.convolve(x[0] + 1j * y[0], y[1, :2] - 1j * x[1, :2])),
    "sum": lambda x, y: np.abs(np.sum(x + 1j * y, axis=0) * np.mean(x - 1j * y) * np.prod(1 + 0.1j * x, axis=0)),
    "cumprod": lambda x, y: np.abs(np.cumprod(x + 1j * y, axis=1) * np.cumsum(x - 2j * y, axis=0)),
    "moves": lambda x, y: np.imag(np.concatenate([x + 1j * y, y]) ** 2) * np.abs(np.roll(x * 1j + y, 1)[0]),
    "where": lambda x, y: np.abs(np.where(x > 1, x + 1j * y, 1j * y)),
    "inv": lambda x, y: np.abs(np.linalg.inv(square(x) + 1j * y[:, :3])),
    "solve": lambda x, y: np.imag(np.linalg.solve(square(x) + 1j * y[:, :3], y + 1j * x)),
    "det": lambda x, y: np.abs(np.linalg.det(square(x) + 1j * y[:, :3]) + 1j),
    "norm": lambda x, y: np.linalg.norm(x + 1j * y, axis=0) * np.linalg.norm(x - 1j * y, 3, axis=0),
    "functions beyond their real domain": lambda x, y: np.abs(
        np.emath.sqrt(x - 1) + np.emath.log(y - 1) * np.emath.power(-x, y)
    ),
    "logarithms beyond their real domain": lambda x, y: np.imag(np.emath.log2(x - 1) * np.emath.log10(y - 1) * 1j),
    "inverses beyond their real domain": lambda x, y: np.imag(
        np.emath.arcsin(x + y) * np.emath.arccos(-2 * x) * np.emath.arctanh(y) * (1 + 2j)
    ),
    "written": lambda x, y: np.abs(written(x + 1j * y, y[0] * 2j) ** 2),
}


def written(z: Any, row: Any) -> Any:
    """Write to a part of an array."""
    z = z.copy()
    z[1] = row
    return z


def views_of_windows(x: Any) -> Any:
    """Turn a view that shows an element in several places."""
    windows = np.lib.stride_tricks.sliding_window_view(x, 2, axis=1)
    return np.swapaxes(np.broadcast_to(windows, (2, 3, 3, 2)), 0, 1) ** 2


STATISTICS: dict[str, Function] = {
    "average": lambda x, y: np.average(x) * np.average(x, 1, y) * np.average(x, 0, [1.0, 2.0, 4.0])[:3],
    "average of weights": lambda x, y: np.average(x, None, y, keepdims=True) * np.average(x, 1, y[0], keepdims=True),
    "cov": lambda x, y: np.cov(x) * np.cov(y, rowvar=True, bias=True) * np.cov(x, y[0], ddof=0)[:3, :3] * np.cov(x[0]),
    "cov of columns": lambda x, y: np.cov(x, None, False) * np.cov(y, rowvar=False),
    "corrcoef": lambda x, y: np.corrcoef(x) * np.corrcoef(x[:, :3], y[:, :3])[:3, 3:],
    "interp": lambda x, y: np.interp(x, POINTS, y[0]) ** 2,
    "interp over traced points": lambda x, y: (
        np.interp(x[1], np.cumsum(x[0]), y[0], -1.0, 2.0) * np.interp(x[2], np.cumsum(y[1]), y[0])
    ),
    "polynomials": lambda x, y: (
        np.polyval(x[0], y) * np.polyder(x[0])[0] * np.polyint(y[0], 2)[:3, None] * np.polyval(x[0], 2.0)
    ),
    "polysub": lambda x, y: np.polysub(x[0], y[0, :2]) ** 2 * np.polymul(x[0, :2], y[0, :3]),
    "polyadd": lambda x, y: np.polyadd(x[0], y[0, :2]) ** 2 * np.polyder(y[0], 2)[0],
    "vander": lambda x, y: np.vander(x[0]) * np.vander(y[0], 4, increasing=True),
    "linspace": lambda x, y: (
        np.linspace(x[0, 0], y[0, 0], 4) * np.linspace(x[0], y[0], 5, endpoint=False, axis=1)[:, :4]
    ),
    "logspace": lambda x, y: np.logspace(x[0, 0], y[0], 3, base=2.0) * np.geomspace(x[0], y[0], 3),
    "piecewise": lambda x, y: (
        np.piecewise(x, [x > 1.2, x < 0.8], [np.sin, np.square, 3.0]) * np.piecewise(y, [y > 1], [np.exp])
    ),
}
WRITING: dict[str, Function] = {
    "empty_like": lambda x, y: changed(np.copyto, np.empty_like(x), y) * x,
    "put": lambda x, y: changed(np.put, x, [0, 5], y[0]) * y,
    "place": lambda x, y: changed(np.place, x, MASK, y[0]) * y,
    "putmask": lambda x, y: changed(np.putmask, x, MASK, y) * y,
    "put_along_axis": lambda x, y: changed(np.put_along_axis, x, np.array([[1], [0], [3]]), y[:, :1], 1) * y,
    "fill_diagonal": lambda x, y: changed(np.fill_diagonal, x, y[0, :3]) * y,
    "copyto": lambda x, y: changed(np.copyto, x, y[0], where=MASK) * y,
    "setitem": lambda x, y: changed(lambda z: z.__setitem__(([0, 2],), y[:2]), x) * y,
    "add.at": lambda x, y: changed(np.add.at, x, ([0, 2, 0], [1, 1, 1]), y[:, 3]) * y,
    "subtract.at": lambda x, y: changed(np.subtract.at, x, ([0, 2, 0], [1, 1, 1]), y[:, 3]) * y,
}


def changed(write: Any, x: Any, *arguments: Any, **named: Any) -> Any:
    """Write to an array that was computed."""
    z = x * x
    write(z, *arguments, **named)
    return z


LISTS: dict[str, Function] = {
    "of numbers on the tape": lambda x, y: (
        np.hypot(x[0], [y[0, 0], 1.0, y[1, 1], 2.0]) * np.add(x[0], [1.0, 2, 3, y[2, 3]])
    ),
    "of rows on the tape": lambda x, y: (
        np.multiply(x[:2], [y[0], [1.0, 2, 3, 4]]) + np.where([MASK[0]], x[0], [y[0, 0]])
    ),
    "in products": lambda x, y: (
        ([1.0, 2, 3] @ x) * np.dot([[1.0, 2, 3]], y) * np.outer([1.0, 2], x[0])[1] + np.kron([2.0], y)
    ),
    "in convolutions": lambda x, y: np.convolve([1.0, 2.0], x[0], "same") * np.correlate(y[0], [1.0, y[1, 1]], "same"),
    "in equations": lambda x, y: np.linalg.solve(MATRIX.tolist(), x) * np.linalg.solve(square(y), [1.0, 2, 3])[:, None],
    "in interpolation": lambda x, y: np.interp(x, [0.0, 1, 2], [1.0, y[0, 0], 3]) * np.polyval([1.0, 2.0], y),
    "of places and weights": lambda x, y: (
        np.trapezoid(x, x=[0.0, 1, 3, 7]) * np.average(y, axis=1, weights=[1, 2, 3, 4])
    ),
    "in a clip": lambda x, y: (
        np.clip(x[0], [0.4, 0.5, y[0, 0], 0.1], [y[1, 1], 2.0, 2.0, 2.0]) * np.einsum("i,i", [1.0, 2], y[0, :2])
    ),
    "that are inserted": lambda x, y: np.insert(x[0], [0, 2], [y[0, 0], 3.0]) * np.append([1.0, 2], x[0]) * y[0, 1],
}
SEVERAL: dict[str, Function] = {
    "slogdet": lambda x, y: np.linalg.slogdet(square(x))[1] * np.linalg.slogdet(-square(y)).logabsdet,
    "eigh": lambda x, y: np.abs(np.linalg.eigh(positive(x))[1]) * np.linalg.eigh(x[:, :3])[0] * y[:, :3],
    "svd": lambda x, y: np.abs(np.linalg.svd(x, full_matrices=False)[0]) * np.abs(np.linalg.svd(y, False)[2][:, :3]),
    "svd of a square matrix": lambda x, y: np.abs(np.linalg.svd(square(x)).U) * np.linalg.svd(square(y)).S * x[:, :3],
    "qr": lambda x, y: np.abs(np.linalg.qr(x.T)[0]) * y.T + np.sum(np.linalg.qr(y.T, mode="r") ** 2, axis=0),
    "slogdet of batches": lambda x, y: np.linalg.slogdet(np.stack([square(x), square(y)]))[1],
    "eigh of batches": lambda x, y: np.abs(np.linalg.eigh(np.stack([positive(x), positive(y)]))[1]),
    "svd of batches": lambda x, y: np.abs(np.linalg.svd(np.stack([x.T, y.T]), full_matrices=False).U),
    "qr of batches": lambda x, y: np.abs(np.linalg.qr(np.stack([x.T, y.T]))[0]) * np.linalg.qr(y.T)[1][0],
    "complex eigenvalues": lambda x, y: np.abs(
        np.linalg.eigvals(np.array([[0, 2, 0], [-2, 0, 1], [0.0, 0, 3]]) + 0.1 * x[:, :3])
    ),
    "modf": lambda x, y: np.modf(x * 3)[0] * (np.modf(x * 3)[1] + np.frexp(y)[0]),
    "divmod": lambda x, y: divmod(x * 5, y)[1] * np.divmod(x, 0.3)[0],
    "gradient along all axes": lambda x, y: np.gradient(x)[0] * np.gradient(y, 0.5, POINTS, edge_order=2)[1],
}
FUNCTIONS = {
    f"{family}: {name}": function
    for family, functions in {
        "elementwise": ELEMENTWISE,
        "reductions": REDUCTIONS,
        "cumulative": CUMULATIVE,
        "ordering": ORDERING,
        "moving": MOVING,
        "products": PRODUCTS,
        "linear algebra": LINEAR_ALGEBRA,
        "fourier": FOURIER,
        "complex": COMPLEX,
        "statistics": STATISTICS,
        "writing": WRITING,
        "lists": LISTS,
        "several results": SEVERAL,
    }.items()
    for name, function in functions.items()
}


BINARY = {f for f in vars(np).values() if isinstance(f, np.ufunc) and (f.nin, f.nout, f.signature) == (2, 1, None)}
# NumPy does not go from element to element along the last axis.
REFUSED = {"arctan2.reduce", "power.reduce"}
METHODS = {
    f"{ufunc.__name__}.{method}": getattr(ufunc, method)
    for ufunc in sorted(BINARY, key=lambda ufunc: ufunc.__name__)
    for method in ("reduce", "accumulate", "outer")
    if getattr(ufunc, method) in derivative_rules.VJPS and f"{ufunc.__name__}.{method}" not in REFUSED
}


def compare(function: Function) -> None:
    """Compare the tape with central differences along every element."""
    x, y = X.copy(), Y.copy()
    weights = np.random.default_rng(1).normal(size=np.shape(function(x, y)))

    def value(x: Any, y: Any) -> Any:
        return np.sum(function(x, y) * weights)

    dx, dy = autodiff.gradient(value, x, y)
    assert np.array_equal(x, X)
    assert np.array_equal(y, Y)
    for found, array in ((dx, x), (dy, y)):
        near = numerical_gradient(lambda: value(x, y), array)
        assert np.abs(found - near).max() < 1e-7 * max(1, np.abs(near).max())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_the_slopes_of_central_differences(name: str) -> None:
    compare(FUNCTIONS[name])


@pytest.mark.parametrize("name", METHODS)
def test_a_method_of_a_ufunc_has_the_slopes_of_central_differences(name: str) -> None:
    method = METHODS[name]
    if name.endswith("outer"):
        compare(lambda x, y: method(x, y[0]))
    elif name.endswith("reduce"):
        compare(lambda x, y: method(x * y, axis=1, keepdims=True) * x)
    else:
        compare(lambda x, y: method(x * y, axis=1) * x)


def test_every_function_with_a_rule_is_called_in_a_case(monkeypatch: pytest.MonkeyPatch) -> None:
    met = set()
    run = autodiff.Tape.run
    monkeypatch.setattr(autodiff.Tape, "run", lambda tape, f, *a, **named: met.add(f) or run(tape, f, *a, **named))
    for function in FUNCTIONS.values():
        autodiff.gradient(lambda x, y, function=function: np.sum(function(x, y)), X, Y)
    assert set(derivative_rules.VJPS) - met - set(METHODS.values()) == {np.arctan2.reduce, np.power.reduce}


def norm_of_order_minus_1(x: Any) -> Any:
    with np.errstate(divide="ignore"):
        return np.linalg.norm(x, -1)


def slope(function: Callable[[Any], Any], *x: float) -> list[float]:
    return autodiff.gradient(lambda x: np.sum(function(x)), np.array(x))[0].tolist()


@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [
        (np.std, [2, 2, 2], [0, 0, 0]),
        (np.std, [0.1, 0.1, 0.1], [0, 0, 0]),
        (np.nanstd, [2, 2, np.nan], [0, 0, 0]),
        (np.linalg.norm, [0, 0], [0, 0]),
        (lambda x: np.linalg.norm(x, 3), [0, 0], [0, 0]),
        (lambda x: np.linalg.norm(x, 1), [0, -2], [0, -1]),
        (norm_of_order_minus_1, [0, 2], [0, 0]),
        (lambda x: np.hypot(x, 0.0), [0, 3], [0, 1]),
        (lambda x: np.arctan2(x, 0.0), [0, 3], [0, 0]),
        (lambda x: 0.0**x, [1, 2.5], [0, 0]),
        (lambda x: x**0, [0, 3], [0, 0]),
        (lambda x: x**1, [0, 3], [1, 1]),
        (lambda x: x**2, [0, 3], [0, 6]),
        (lambda x: np.sqrt(x) * 0.0, [0, 4], [0, 0]),
        (lambda x: np.where(x > 0, np.sqrt(x), 0.0), [0, 4], [0, 0.25]),
        (lambda x: np.abs(x + 0j), [0, -2], [0, -1]),
        (lambda x: np.angle(x + 0j), [0, 2], [0, 0]),
        (np.prod, [0, 3, 4], [12, 0, 0]),
        (np.prod, [0, 3, 0], [0, 0, 0]),
        (lambda x: np.cumprod(x)[2], [0, 3, 4], [12, 0, 0]),
        (np.sinc, [0, 1], [0, -1]),
        (lambda x: np.logaddexp.reduce(x), [-np.inf, -np.inf], [0, 0]),
        (lambda x: np.logaddexp(x, -np.inf), [-np.inf, 2], [0, 1]),
        (lambda x: np.linalg.det(np.diag(x)), [0, 3], [3, 0]),
        # Equal elements share.
        (np.max, [3, 3, 1], [0.5, 0.5, 0]),
        (np.amin, [3, 3, 1, 1], [0, 0, 0.5, 0.5]),
        (np.fmax.reduce, [3, np.nan, 3], [0.5, 0, 0.5]),
        (lambda x: np.fmax(x, 3.0), [3, 4], [0.5, 1]),
        (lambda x: np.clip(x, 0.0, 1.0), [0, 0.5, 1, 2], [1, 1, 1, 0]),
        # Jumps do not count.
        (np.sign, [-2, 0], [0, 0]),
        (lambda x: x // 0.3, [1, 2], [0, 0]),
        (lambda x: np.heaviside(x, 0.5), [-1, 0, 1], [0, 0, 0]),
    ],
)
def test_the_slope_at_a_special_point(function: Any, x: list[float], expected: list[float]) -> None:
    assert slope(function, *x) == pytest.approx(expected, rel=1e-12, abs=1e-300)


def test_the_energy_of_a_fourier_transform_has_the_slope_2_n_x() -> None:
    assert slope(lambda x: np.abs(np.fft.fft(x)) ** 2, 1, 2) == pytest.approx([4, 8], rel=1e-14)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.sort(x + 1j * x).imag,
        lambda x: np.maximum(x + 1j * x, 2.0).real,
        lambda x: np.sign(x + 1j * x).real,
        lambda x: np.std(x + 1j * x),
        lambda x: np.pad(x, 1, mode="mean"),
        lambda x: np.power.reduce(np.append(x, x + 1)),
        lambda x: np.unique(np.append(x, x)),
        lambda x: np.cross(x, x[::-1]),
        lambda x: np.einsum(x, [0], x, [0]),
        lambda x: np.average(x, returned=True)[0],
        lambda x: np.quantile(x, x[0] * 0.3),
        lambda x: np.quantile([3.0, 4.0], x * 0.3),
        lambda x: np.interp(x, [0.0, 3.0], [1.0, 2.0], period=2),
        lambda x: np.nan_to_num(x, copy=False),
        lambda x: np.linalg.svd(np.stack([x, x, x + 1]))[0],
        lambda x: np.gradient(np.array([1.0, 4.0, 9.0]), x[0]),
        lambda x: np.cov(np.stack([x, x]), aweights=[1.0, 2.0]),
        lambda x: np.var(x, mean=np.array([0.3])),
        lambda x: np.linalg.eig(np.outer(x, x))[0],
        lambda x: np.linalg.lstsq(np.outer(x, x), x)[0],
        lambda x: np.logspace(x[0], 2.0, 3, base=np.array([2.0, 3.0, 4.0])),
        lambda x: np.nextafter(x, 2.0),
        lambda x: np.spacing(x),
        lambda x: np.i0(x),
        lambda x: np.apply_along_axis(np.sum, 0, x),
        lambda x: np.emath.logn(2, x),
        lambda x: np.histogram(x, 2)[1],
        lambda x: np.multiply.at(x, 0, 2.0),
    ],
)
@pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors are deprecated:DeprecationWarning")
def test_what_has_no_derivative_is_refused(function: Any) -> None:
    with pytest.raises(TracingError):
        autodiff.gradient(lambda x: np.sum(function(x) ** 2), np.array([1.0, 2.0]))
