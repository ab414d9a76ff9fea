"""The derivatives of NumPy's functions beside those of PyTorch: several shapes, axes, options and types of numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from glassnet.errors import TracingError
from glassnet_autodiff import tape as autodiff

torch = pytest.importorskip("torch", reason="compared live where PyTorch is installed; central differences always")
LA, FFT = torch.linalg, torch.fft
Pair = tuple[Callable[..., Any], Callable[..., Any]]
TYPES = {"float64": 1e-10, "float32": 1e-4}

UNARY = {
    **{name: name for name in ("positive", "negative", "square", "sqrt", "reciprocal", "exp", "exp2", "expm1", "log")},
    **{name: name for name in ("log2", "log10", "log1p", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh")},
    **{name: name for name in ("cosh", "tanh", "arcsinh", "arctanh", "sinc", "abs", "deg2rad", "rad2deg", "sign")},
    **{name: name for name in ("floor", "ceil", "trunc", "fix", "round", "nan_to_num")},
    "rint": "round",
    "radians": "deg2rad",
    "degrees": "rad2deg",
    "fabs": "abs",
    "conjugate": "conj",
}
BINARY = {
    **{name: name for name in ("add", "subtract", "multiply", "divide", "power", "float_power", "logaddexp", "hypot")},
    **{name: name for name in ("logaddexp2", "arctan2", "maximum", "minimum", "fmax", "fmin", "remainder", "fmod")},
    **{name: name for name in ("copysign", "outer", "inner", "kron", "dot", "vdot", "vecdot")},
}
VECTORS = ("outer", "inner", "kron", "dot", "vdot", "vecdot")
NAMES_IN_TORCH = {"power": "pow", "vecdot": "linalg.vecdot"}


def theirs(name: str) -> Any:
    found = torch
    for part in NAMES_IN_TORCH.get(name, name).split("."):
        found = getattr(found, part)
    return found


def compare(ours: Any, of_torch: Any, arrays: list[Any], tolerance: float) -> None:
    """Compare the gradients of a weighted sum of a result."""
    tensors = [torch.from_numpy(array.copy()).requires_grad_() for array in arrays]
    result = of_torch(*tensors)
    weights = np.random.default_rng(5).normal(size=tuple(result.shape)).astype(arrays[0].dtype)
    (result * torch.from_numpy(np.asarray(weights))).sum().backward()
    found = autodiff.gradient(lambda *x: np.sum(ours(*x) * weights), *arrays, dtype=arrays[0].dtype)
    for got, tensor in zip(found, tensors, strict=True):
        expected = np.zeros(got.shape) if tensor.grad is None else tensor.grad.numpy()
        assert got.shape == expected.shape
        assert np.isfinite(expected).all()
        assert np.abs(got - expected).max() <= tolerance * max(1.0, np.abs(expected).max())


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", UNARY)
def test_a_function_of_elements(name: str, dtype: str) -> None:
    for shape in ((), (5,), (2, 3, 4)):
        x = np.random.default_rng(1).uniform(0.05, 0.95, shape).astype(dtype)
        x = x if name in ("sqrt", "log", "log2", "log10") else np.asarray(x * 1.9 - 0.95, dtype)
        compare(getattr(np, name), theirs(UNARY[name]), [x], TYPES[dtype])


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", BINARY)
def test_a_function_of_two_arrays(name: str, dtype: str) -> None:
    draws = np.random.default_rng(2)
    shapes = (((5,), (5,)),) if name in VECTORS else (((3, 4), (3, 4)), ((3, 4), (4,)), ((2, 1, 4), (3, 1)), ((), (2,)))
    for shape, other in shapes:
        a, b = draws.uniform(0.3, 2.0, shape).astype(dtype), draws.uniform(0.4, 1.7, other).astype(dtype)
        compare(getattr(np, name), theirs(BINARY[name]), [a, b], TYPES[dtype])


def reduced(name: str) -> Callable[..., Any]:
    return lambda x, axis, keepdims: getattr(np, name)(x, axis=axis, keepdims=keepdims)


REDUCTIONS: dict[str, Pair] = {
    **{name: (reduced(name), getattr(torch, name)) for name in ("sum", "mean", "amax", "amin", "nansum", "nanmean")},
    "max": (reduced("max"), torch.amax),
    "min": (reduced("min"), torch.amin),
    "var": (reduced("var"), lambda x, axis, keepdim: torch.var(x, axis, correction=0, keepdim=keepdim)),
    "std": (reduced("std"), lambda x, axis, keepdim: torch.std(x, axis, correction=0, keepdim=keepdim)),
    "std of a sample": (
        lambda x, axis, keepdims: np.std(x, axis, ddof=1, keepdims=keepdims),
        lambda x, axis, keepdim: torch.std(x, axis, correction=1, keepdim=keepdim),
    ),
    "ptp": (reduced("ptp"), lambda x, axis, keepdim: torch.amax(x, axis, keepdim) - torch.amin(x, axis, keepdim)),
    "norm": (
        lambda x, axis, keepdims: np.linalg.vector_norm(x, axis=axis, keepdims=keepdims),
        lambda x, axis, keepdim: LA.vector_norm(x, 2, axis, keepdim),
    ),
    "norm of order 3": (
        lambda x, axis, keepdims: np.linalg.vector_norm(x, ord=3, axis=axis, keepdims=keepdims),
        lambda x, axis, keepdim: LA.vector_norm(x, 3, axis, keepdim),
    ),
    "logaddexp.reduce": (
        lambda x, axis, keepdims: np.logaddexp.reduce(x, axis=axis, keepdims=keepdims),
        lambda x, axis, keepdim: torch.logsumexp(x, (0, 1, 2) if axis is None else axis, keepdim),
    ),
}


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [0, -1, (0, 2), (0, 1, 2)])
@pytest.mark.parametrize("name", [name for name in REDUCTIONS if name != "logaddexp.reduce"])
def test_a_reduction(name: str, axis: Any, keepdims: bool) -> None:
    ours, of_torch = REDUCTIONS[name]
    x = np.random.default_rng(3).normal(size=(3, 4, 2))
    compare(lambda x: ours(x, axis, keepdims), lambda x: of_torch(x, axis, keepdims), [x], 1e-10)


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("keepdims", [False, True])
def test_a_reduction_along_one_axis(axis: int, keepdims: bool) -> None:
    x = np.random.default_rng(3).normal(size=(3, 4, 2))
    compare(
        lambda x: np.prod(x, axis, keepdims=keepdims) + np.logaddexp.reduce(x, axis, keepdims=keepdims),
        lambda x: torch.prod(x, axis, keepdim=keepdims) + torch.logsumexp(x, axis, keepdim=keepdims),
        [x],
        1e-10,
    )
    q = np.array([0.2, 0.5, 0.9])
    compare(
        lambda x: np.quantile(x, q, axis=axis, keepdims=keepdims),
        lambda x: torch.quantile(x, torch.from_numpy(q), axis, keepdim=keepdims),
        [x],
        1e-10,
    )


def test_reductions_of_everything() -> None:
    x = np.random.default_rng(3).normal(size=(3, 4, 2))
    compare(lambda x: np.sum(x) * np.prod(x) * np.max(x), lambda x: x.sum() * x.prod() * x.amax(), [x], 1e-10)
    compare(lambda x: np.median(x) + np.std(x), lambda x: x.flatten().quantile(0.5) + x.std(correction=0), [x], 1e-10)


CUMULATIVE: dict[str, Pair] = {
    "cumsum": (np.cumsum, torch.cumsum),
    "cumprod": (np.cumprod, torch.cumprod),
    "logaddexp.accumulate": (np.logaddexp.accumulate, torch.logcumsumexp),
    "maximum.accumulate": (np.maximum.accumulate, lambda x, axis: torch.cummax(x, axis).values),
    "diff": (lambda x, axis: np.diff(x, axis=axis), lambda x, axis: torch.diff(x, dim=axis)),
    "second diff": (lambda x, axis: np.diff(x, 2, axis), lambda x, axis: torch.diff(x, 2, axis)),
    "gradient": (
        lambda x, axis: np.gradient(x, 0.3, axis=axis),
        lambda x, axis: torch.gradient(x, spacing=0.3, dim=axis)[0],
    ),
    "trapezoid": (
        lambda x, axis: np.trapezoid(x, dx=0.3, axis=axis),
        lambda x, axis: torch.trapezoid(x, dx=0.3, dim=axis),
    ),
    "sort": (np.sort, lambda x, axis: torch.sort(x, axis).values),
    "flip": (np.flip, lambda x, axis: torch.flip(x, (axis,))),
    "roll": (lambda x, axis: np.roll(x, 2, axis), lambda x, axis: torch.roll(x, 2, axis)),
    "repeat": (lambda x, axis: np.repeat(x, 3, axis), lambda x, axis: torch.repeat_interleave(x, 3, axis)),
}


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("name", CUMULATIVE)
def test_an_operation_along_an_axis(name: str, axis: int) -> None:
    ours, of_torch = CUMULATIVE[name]
    x = np.random.default_rng(4).normal(size=(4, 5, 3))
    x[1, 2, 0] = x[2, 2, 1] = 0  # cumprod goes on behind a zero
    compare(lambda x: ours(x, axis=axis), lambda x: of_torch(x, axis), [x], 1e-10)


INDEX = np.array([[0, 2, 1], [1, 1, 0], [2, 0, 2], [0, 0, 0]])
PLACES = torch.from_numpy(INDEX)
MOVING: dict[str, Pair] = {
    "take_along_axis": (
        lambda x, y: np.take_along_axis(x, INDEX, 1) * y[:, :3],
        lambda x, y: x.gather(1, PLACES) * y[:, :3],
    ),
    "vstack": (lambda x, y: np.vstack([x, y]) ** 2, lambda x, y: torch.vstack([x, y]) ** 2),
    "hstack": (lambda x, y: np.hstack([x, y]) ** 2, lambda x, y: torch.hstack([x, y]) ** 2),
    "dstack": (lambda x, y: np.dstack([x, y]) ** 2, lambda x, y: torch.dstack([x, y]) ** 2),
    "column_stack": (
        lambda x, y: np.column_stack([x, y[:, 0]]) ** 2,
        lambda x, y: torch.column_stack([x, y[:, 0]]) ** 2,
    ),
    "tile": (lambda x, y: np.tile(x, (2, 1, 3)) ** 2, lambda x, y: torch.tile(x, (2, 1, 3)) ** 2 + 0 * y.sum()),
    "rot90": (lambda x, y: np.rot90(x) * y.T, lambda x, y: torch.rot90(x) * y.T),
    "triangles": (lambda x, y: np.tril(x) * np.triu(y, 1), lambda x, y: torch.tril(x) * torch.triu(y, 1)),
    "diagonals": (lambda x, y: np.diag(x) * np.diagonal(y), lambda x, y: torch.diag(x) * torch.diagonal(y)),
    "where": (lambda x, y: np.where(x > y, x, y * y), lambda x, y: torch.where(x > y, x, y * y)),
    "clip": (lambda x, y: np.clip(x, y - 0.3, y + 0.2), lambda x, y: torch.clamp(x, y - 0.3, y + 0.2)),
    "trace": (lambda x, y: np.trace(x) * np.trace(y), lambda x, y: torch.trace(x) * torch.trace(y)),
    "tensordot": (lambda x, y: np.tensordot(x, y, ((0,), (1,))), lambda x, y: torch.tensordot(x, y, ((0,), (1,)))),
    "cross": (lambda x, y: np.cross(x[:, :3], y[:, :3]), lambda x, y: torch.cross(x[:, :3], y[:, :3], dim=1)),
    "einsum": (lambda x, y: np.einsum("...i,i...->...", x, y), lambda x, y: torch.einsum("...i,i...->...", x, y)),
    "einsum of a diagonal": (lambda x, y: np.einsum("ii,ij->j", x, y), lambda x, y: torch.einsum("ii,ij->j", x, y)),
    "einsum without an arrow": (lambda x, y: np.einsum("ij,kj", x, y), lambda x, y: torch.einsum("ij,kj", x, y)),
    "matrix product": (lambda x, y: x @ y, lambda x, y: x @ y),
    "vander": (lambda x, y: np.vander(x[0], increasing=True) * y, lambda x, y: x[0][:, None] ** torch.arange(4) * y),
    "cov": (lambda x, y: np.cov(x) * np.corrcoef(y), lambda x, y: torch.cov(x) * torch.corrcoef(y)),
    "convolve": (
        lambda x, y: np.convolve(x.ravel(), y[0], "valid"),
        lambda x, y: torch.conv1d(x.reshape(1, 1, -1), y[0].flip(0).reshape(1, 1, -1)).ravel(),
    ),
    "correlate": (
        lambda x, y: np.correlate(x.ravel(), y[0], "full"),
        lambda x, y: torch.conv1d(x.reshape(1, 1, -1), y[0].reshape(1, 1, -1), padding=3).ravel(),
    ),
}
LINEAR_ALGEBRA: dict[str, Pair] = {
    "inv": (lambda x, y: np.linalg.inv(x), lambda x, y: LA.inv(x) + 0 * y.sum()),
    "solve": (lambda x, y: np.linalg.solve(x, y), LA.solve),
    "solve of a vector": (lambda x, y: np.linalg.solve(x, y[:, 0]), lambda x, y: LA.solve(x, y[:, 0])),
    "det": (lambda x, y: np.linalg.det(x) * y, lambda x, y: LA.det(x) * y),
    "slogdet": (lambda x, y: np.linalg.slogdet(x)[1] * y, lambda x, y: LA.slogdet(x).logabsdet * y),
    "pinv": (lambda x, y: np.linalg.pinv(x[:3]) * y[:, :3], lambda x, y: LA.pinv(x[:3]) * y[:, :3]),
    "matrix_power": (lambda x, y: np.linalg.matrix_power(x, 3) @ y, lambda x, y: LA.matrix_power(x, 3) @ y),
    "multi_dot": (lambda x, y: np.linalg.multi_dot([x, y, x]), lambda x, y: LA.multi_dot([x, y, x])),
    "svdvals": (lambda x, y: np.linalg.svdvals(x[:3]) * y[:3, 0], lambda x, y: LA.svdvals(x[:3]) * y[:3, 0]),
    "cholesky": (lambda x, y: np.linalg.cholesky(x @ x.T) * y, lambda x, y: LA.cholesky(x @ x.T) * y),
    "eigvalsh": (lambda x, y: np.linalg.eigvalsh(x + x.T) * y, lambda x, y: LA.eigvalsh(x + x.T) * y),
    "eigh": (
        lambda x, y: np.linalg.eigh(x + x.T)[1] ** 2 * np.linalg.eigh(x + x.T).eigenvalues * y,
        lambda x, y: LA.eigh(x + x.T)[1] ** 2 * LA.eigh(x + x.T)[0] * y,
    ),
    "svd": (
        lambda x, y: np.abs(np.linalg.svd(x[:3], full_matrices=False)[0]) * np.linalg.svd(x[:3], False)[2][:, :3] ** 2,
        lambda x, y: LA.svd(x[:3], False)[0].abs() * LA.svd(x[:3], False)[2][:, :3] ** 2 + 0 * y.sum(),
    ),
    "qr": (
        lambda x, y: np.abs(np.linalg.qr(x[:, :3])[0]) * y[:, :3] * np.linalg.qr(x[:, :3]).R[0] ** 2,
        lambda x, y: LA.qr(x[:, :3])[0].abs() * y[:, :3] * LA.qr(x[:, :3])[1][0] ** 2,
    ),
    "norms": (
        lambda x, y: sum(np.linalg.norm(x, p) for p in ("fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf)) * y,
        lambda x, y: sum(LA.norm(x, p) for p in ("fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf)) * y,
    ),
    "cond": (lambda x, y: np.linalg.cond(x) * y, lambda x, y: LA.cond(x) * y),
}


@pytest.mark.parametrize("name", [*MOVING, *LINEAR_ALGEBRA])
def test_an_operation_of_two_matrices(name: str) -> None:
    ours, of_torch = (MOVING | LINEAR_ALGEBRA)[name]
    compare(ours, of_torch, list(np.random.default_rng(6).normal(size=(2, 4, 4))), 1e-9)


def parts(result: Any) -> Any:
    """Make a real result of a complex one, in which no part of a number counts like another."""
    return abs(result) ** 2 + 0.3 * result.real - 0.7 * result.imag


FOURIER: dict[str, Pair] = {
    **{name: (getattr(np.fft, name), getattr(FFT, name)) for name in ("fft", "ifft", "rfft", "ihfft")},
    **{
        name: (getattr(np.fft, name), getattr(FFT, name))
        for name in ("fft2", "ifft2", "fftn", "ifftn", "rfft2", "rfftn")
    },
    **{name: (getattr(np.fft, name), getattr(FFT, name)) for name in ("irfft", "hfft", "irfft2", "irfftn")},
}


@pytest.mark.parametrize("norm", ["backward", "ortho", "forward"])
@pytest.mark.parametrize("name", FOURIER)
def test_a_fourier_transform(name: str, norm: str) -> None:
    ours, of_torch = FOURIER[name]
    draws = np.random.default_rng(7)
    takes_real = name in ("rfft", "ihfft", "rfft2", "rfftn")
    one_axis = name in ("fft", "ifft", "rfft", "ihfft", "irfft", "hfft")
    for size, axis in [(None, -1), (None, 0), (4, -1), (7, 0), (5, 1)]:
        length = size if one_axis else None if size is None else (size, size - 1)
        along = axis if one_axis else (0, 1) if axis >= 0 else (1, 0)
        of = lambda x, of=ours, n=length, d=along: parts(of(x, n, d, norm) * (1 + 0j))  # noqa: E731
        of_them = lambda x, of=of_torch, n=length, d=along: parts(of(x, n, d, norm) * (1 + 0j))  # noqa: E731
        x = draws.normal(size=(4, 5))
        if takes_real:
            compare(of, of_them, [x], 1e-10)
        else:
            y = draws.normal(size=(4, 5))
            compare(lambda x, y, of=of: of(x + 1j * y), lambda x, y, of=of_them: of(x + 1j * y), [x, y], 1e-10)


COMPLEX: dict[str, Pair] = {
    name: (getattr(np, name), theirs(name))
    for name in (
        "exp",
        "log",
        "sqrt",
        "sin",
        "cos",
        "tan",
        "sinh",
        "cosh",
        "tanh",
        "square",
        "reciprocal",
        "abs",
        "angle",
    )
} | {
    "arctan": (np.arctan, torch.atan),
    "arcsin": (np.arcsin, torch.asin),
    "arccosh": (np.arccosh, torch.acosh),
    "power": (lambda z: z ** (0.3 + 2j), lambda z: z ** (0.3 + 2j)),
    "prod": (lambda z: np.prod(z, 0) * np.cumsum(z, 0), lambda z: torch.prod(z, 0) * torch.cumsum(z, 0)),
    "products": (lambda z: z @ z.T / z[0, 0] - np.conj(z) @ z.T, lambda z: z @ z.T / z[0, 0] - z.conj() @ z.T),
    "inv": (lambda z: np.linalg.inv(z @ z.T) @ z, lambda z: LA.inv(z @ z.T) @ z),
    "det": (lambda z: np.linalg.det(z[:, :3]) * z, lambda z: LA.det(z[:, :3]) * z),
    "norm": (lambda z: np.linalg.norm(z, axis=0), lambda z: LA.vector_norm(z, dim=0)),
    "pinv": (np.linalg.pinv, LA.pinv),
}


@pytest.mark.parametrize("name", COMPLEX)
def test_a_function_of_complex_numbers(name: str) -> None:
    ours, of_torch = COMPLEX[name]
    x, y = np.random.default_rng(8).normal(size=(2, 3, 4))
    compare(
        lambda x, y: parts(ours(x + 1j * y) * (1 + 0j)),
        lambda x, y: parts(of_torch(x + 1j * y) * (1 + 0j)),
        [x, y],
        1e-10,
    )


def test_the_slopes_at_kinks_and_tips_are_those_of_pytorch() -> None:
    zeros, equal = np.zeros(3), np.full(4, 2.0)
    compare(np.linalg.norm, LA.norm, [zeros], 0)
    compare(np.std, lambda x: x.std(correction=0), [equal], 0)
    compare(np.max, torch.amax, [equal], 0)
    compare(lambda x: np.maximum(x, 2.0), lambda x: torch.maximum(x, torch.tensor(2.0)), [equal], 0)
    compare(lambda x: np.arctan2(x, zeros), lambda x: torch.arctan2(x, torch.zeros(3)), [zeros], 0)
    compare(lambda b: np.power(zeros, b), lambda b: torch.pow(torch.zeros(3), b), [np.array([0.0, 1.0, 2.5])], 0)
    compare(lambda a: np.power(a, 0.0), lambda a: torch.pow(a, 0.0), [zeros], 0)
    compare(np.prod, torch.prod, [np.array([0.0, 3.0, 4.0])], 0)
    compare(np.abs, torch.abs, [zeros], 0)
    compare(np.sinc, torch.sinc, [zeros], 0)


POLES: dict[str, Pair] = {
    "sqrt(x)^2": (lambda x: np.sqrt(x) ** 2, lambda x: torch.sqrt(x) ** 2),
    "sqrt(x) sqrt(x)": (lambda x: np.sqrt(x) * np.sqrt(x), lambda x: torch.sqrt(x) * torch.sqrt(x)),
    "exp(log(x))": (lambda x: np.exp(np.log(x)), lambda x: torch.exp(torch.log(x))),
    "1 / (1 / x)": (lambda x: 1 / (1 / x), lambda x: 1 / (1 / x)),
    "norm": (lambda x: np.sqrt(np.sum(x**2)) ** 2, lambda x: torch.sqrt(torch.sum(x**2)) ** 2),
}


@pytest.mark.parametrize("name", POLES)
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_where_the_gradient_of_pytorch_is_nan_at_a_pole_the_tape_refuses(name: str) -> None:
    ours, of_torch = POLES[name]
    x = torch.zeros(1, requires_grad=True)
    of_torch(x).sum().backward()
    assert x.grad.isnan().all()
    with pytest.raises(TracingError, match="infinite slope"):
        autodiff.gradient(lambda x: np.sum(ours(x)), np.zeros(1))
