"""The tape against central differences, and every hand-written derivative against the tape."""

from __future__ import annotations

import copy
import io
import math
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import TracingError
from glassnet.registry.registry import Registry, registry
from glassnet_autodiff import derivatives, derived, tape as autodiff
from glassnet_autodiff.gradient_check import numerical_gradient, relative_error
from glassnet_autodiff.rules import VJPS
from glassnet_autodiff.tree import named_leaves
from glassnet_testing.checks import losses
from glassnet_testing.checks.layers import cases
from glassnet_testing.runner.subject import subject_of
from glassnet_testing.tools.layer_harness import Bench


def write_in_place(x: Any, y: Any) -> Any:
    buffer = np.empty_like(x)
    buffer[...] = x
    np.exp(buffer, out=buffer)
    buffer += y
    buffer[1:] *= buffer[:-1]
    buffer.T[0] = y[:, 0] * 2
    buffer.reshape(-1)[2:4] -= 1.5 * buffer[2, :2]
    np.copyto(buffer[0], y[1], where=np.array([True, False, True, False]))
    np.multiply(buffer, y, out=buffer, where=y > 0.9)
    return buffer * x


def written(x: Any, row: Any) -> Any:
    z = x.copy()
    z[1] = row
    return z * z


def write_by_index(x: Any, y: Any) -> Any:
    z = x.copy()
    z[[0, 2]] = y[[1, 1]] * z[[2, 0]]
    z[z > 1] *= 3.0
    z[np.array([0, 1]), np.array([3, 2])] = 7.0
    return z * y


def windows_are_older_than_what_they_show(x: Any, y: Any) -> Any:
    """A view that shows an element in several places follows the buffer, as in NumPy, and so does a view of it."""
    buffer = np.empty_like(x)
    windows = np.lib.stride_tricks.sliding_window_view(buffer, 2, axis=1)
    turned = np.lib.stride_tricks.sliding_window_view(windows.swapaxes(0, 1), 2, axis=0)[1:]
    buffer[...] = x * y
    first = turned * windows.sum()
    buffer[1] -= y[0] * y[2]
    return first * turned


def masks_and_indices_change(x: Any, y: Any) -> Any:
    """What an operation was called with is changed after it."""
    z, mask, index, factor = x.copy(), X > 0.8, np.array([0, 2]), np.full(4, 3.0)
    large = X > 1.0
    np.log(y, out=z, where=large)
    large[...] = ~large
    z *= factor
    z[index] = x[index] * y[index] + z[index]
    np.copyto(z, y * y, where=mask)
    mask[...] = ~mask
    index[...] = 1
    factor[...] = 0
    return z * x


def where_not_computed(x: Any, y: Any) -> Any:
    """Roots that do not exist are left out."""
    z = np.zeros_like(x)
    return np.sqrt(x - 1.0, out=z, where=X > 1.05) * y


def write_twice(x: Any, y: Any) -> Any:
    z = x * x
    z[[0, 0, 1]] = y * 2
    np.add.at(z, ([0, 2, 0], [1, 1, 1]), x[:, 3])
    return z * y


def change_a_mask(x: Any, y: Any) -> Any:
    z, mask = x * y, np.array([True, False, True, False])
    np.copyto(z, y * y, where=mask)
    np.exp(x, out=z, where=~mask)
    kept = z * z
    mask[:] = True
    return kept


def not_computed(x: Any, y: Any) -> Any:
    """What stands where the mask is false would be infinite."""
    return np.log(x - 1, out=np.zeros_like(x), where=x > 1) * y


def written_by_functions_that_return_nothing(x: Any, y: Any) -> Any:
    z = x * y
    np.put(z, [1, 6, 1], y[0] * 2)
    np.putmask(z, X > 1.2, y * y)
    np.place(z, X < 0.5, x[2, :2])
    np.put_along_axis(z, np.array([[1], [0], [3]]), x[:, :1] * 3, axis=1)
    np.fill_diagonal(z, x[1, 2])
    z[2].fill(y[2, 1])
    return z * z


def numbers_as_arrays(x: Any, y: Any) -> Any:
    """A number of an array is a copy, and functions make arrays of it."""
    number = x[0, 1]
    made = np.atleast_1d(number) * np.atleast_2d(number) * np.atleast_3d(number) * np.expand_dims(number, 0)
    made[0, 0, 0] *= 2.0
    return made + np.squeeze(number) * y + number.copy() * number.T + np.real(number) * x.real + x.imag


def complex_numbers(x: Any, y: Any) -> Any:
    z = (x + 1j * y) * np.exp(1j * x) / (2 + y * 1j)
    z[0] = z[1] ** 2 + z[2, 1]
    z[1].real *= 3.0
    z[2].imag = y[0]
    rows = np.concatenate([z @ z.T, z[:, :3]])
    return np.abs(rows) ** 2 + rows[0, 0].real * rows.imag + rows[0, 1].imag + rows.real


def changed_numbers(x: Any, y: Any) -> Any:
    """What is added to a number leaves the array alone that it was read from, and the number's other names."""
    x = x.copy()
    first = x[0, 0]
    total = other = y.sum()
    first += y[1, 1]
    total *= first
    total -= x[2, 2]
    element = x[1].item(2)
    element **= 2
    row = x[1]
    row *= 2.0  # a view
    return x * total + other * first * element


def overwritten(x: Any, y: Any) -> Any:
    z = x * y
    np.subtract(z, 1.0, out=z)
    kept = z * z
    z[...] = 5.0
    return kept + z * x


FUNCTIONS = {
    "add": lambda x, y: (x + 1.5) * (y[0] + x),
    "subtract": lambda x, y: (x - y[0]) * (2 - y),
    "multiply": lambda x, y: x * y * x[:, :1],
    "divide": lambda x, y: x / y + 1 / x,
    "power": lambda x, y: x**y + x**3 + 2.0**x,
    "negative": lambda x, y: -x * +y,
    "square": lambda x, y: np.square(x),
    "reciprocal": lambda x, y: np.reciprocal(x),
    "maximum": lambda x, y: np.maximum(x, y) * x + np.maximum(x, 1.0),
    "minimum": lambda x, y: np.minimum(x, y) * x + np.minimum(1.0, y),
    "clip": lambda x, y: np.clip(x, 0.7, 1.2) * x + x.clip(0.5, 1.0),
    "clip_at_traced_bounds": lambda x, y: np.clip(x, y - 0.3, y + 0.1) * x,
    "where": lambda x, y: np.where(x > y, x * x, y * 3),
    "where_of_a_number": lambda x, y: np.where(x > 1, x, 0.0) * y,
    "logaddexp": lambda x, y: np.logaddexp(x, y),
    "sign": lambda x, y: np.sign(x - 1) * y + np.floor(3 * x) * x + np.ceil(x) * x + np.rint(x) * x,
    "likes": lambda x, y: x * (np.ones_like(y) + np.zeros_like(x)) + np.full_like(x, 2.0) * y,
    "filled_with_a_traced_number": lambda x, y: np.full_like(y, x[1, 2]) * y,
    "matmul": lambda x, y: x @ y.T,
    "matmul_out": lambda x, y: np.matmul(x, y.T, out=np.empty_like(x[:, :3])),
    "matmul_batches": lambda x, y: np.matmul(x.reshape(3, 2, 2), y.reshape(3, 1, 4).swapaxes(1, 2)[:, :2]),
    "matmul_broadcast": lambda x, y: np.matmul(x.reshape(3, 2, 2), y[0].reshape(2, 2)),
    "matmul_vectors": lambda x, y: x @ y[0] + (y[1, :3] @ x)[0] + x[0] @ y[0],
    "clip_by_keyword": lambda x, y: np.clip(x, a_min=0.8, a_max=None) * np.clip(y, None, 1.1),
    "vecdot": lambda x, y: np.vecdot(x, y[0]) * np.vecdot(x, y, axis=0)[1],
    "write_one_row_to_a_row": lambda x, y: written(x, y[:1]),
    "einsum": lambda x, y: np.einsum("ij,kj->ik", x, y) * np.einsum("ij,ij->i", x, y) * np.einsum("ij->j", x)[0],
    "sum": lambda x, y: x.sum(axis=1, keepdims=True) * y + np.sum(x) * x.sum(axis=0),
    "sum_out": lambda x, y: np.sum(x * x, axis=0, out=np.zeros_like(x[0])) * y,
    "sum_of_two_axes": lambda x, y: np.sum(x.reshape(3, 2, 2) * x[0, 0], axis=(0, 2)),
    "add_reduce": lambda x, y: np.add.reduce(x * x) * y,
    "mean": lambda x, y: x.mean(axis=-1, keepdims=True) * y + np.mean(x * x) + np.mean(y, axis=0) * x,
    "max": lambda x, y: np.max(x, axis=1, keepdims=True) * y + x.max() * x + np.maximum.reduce(y, axis=1)[0],
    "min": lambda x, y: np.min(x, axis=0) * y + x.min() * x,
    "concatenate": lambda x, y: np.concatenate([x, y * x, np.ones((2, 4))]) ** 2,
    "stack": lambda x, y: np.stack([x, y, x], axis=1) * y[:, None],
    "take": lambda x, y: np.take(x, [0, 2, 0], axis=0) * y,
    "take_out": lambda x, y: np.take(x, [3, 3, 1], axis=1, out=np.empty_like(x[:, :3]), mode="clip") ** 2,
    "tile": lambda x, y: np.tile(x, (2, 3)) ** 2,
    "repeat": lambda x, y: np.repeat(x, 2, axis=0) ** 2,
    "roll_and_flip": lambda x, y: np.roll(x, 1, axis=1) * np.flip(y, axis=0),
    "triangles": lambda x, y: np.tril(x) * x + np.triu(y) * y,
    "broadcast_to": lambda x, y: np.broadcast_to(x[0], (3, 4)) * y,
    "windows": lambda x, y: np.lib.stride_tricks.sliding_window_view(x, (2, 3)) ** 2,
    "windows of what is written later": windows_are_older_than_what_they_show,
    "windows as the result": lambda x, y: np.lib.stride_tricks.sliding_window_view(x * y, 2, axis=1),
    "views": lambda x, y: np.moveaxis(x.reshape(3, 2, 2).transpose(2, 0, 1), 0, 2).ravel() * y.reshape(-1) ** 2,
    "view_that_copies": lambda x, y: (x.T.reshape(-1) * y.ravel()) ** 2 * np.ravel(x.T) * np.reshape(y.T, -1),
    "expand_and_squeeze": lambda x, y: np.squeeze(np.expand_dims(x, 1) * x[:, None], axis=1),
    "split": lambda x, y: np.split(x, 2, axis=1)[0] * np.split(y, [2], axis=1)[1],
    "single_elements": lambda x, y: x[0, 1] * y[2, 3] * x + x[2, -1],
    "newaxis": lambda x, y: x[:, np.newaxis, :] * y[np.newaxis, ..., ::-1],
    "boolean_index": lambda x, y: x[x > 1] ** 2,
    "fancy_index": lambda x, y: x[np.arange(3), [1, 1, 0]] * y[[0, 0, 1], 0],
    "iteration": lambda x, y: sum(row * row[0] for row in x) * y,
    "copy": lambda x, y: x.T.copy() * np.copy(y).T,
    "astype": lambda x, y: x.astype(np.float64) * (x > 1).astype(np.float64) * y,
    "var": lambda x, y: np.var(x) * y + x.var(axis=1, ddof=1, keepdims=True) * x,
    "std": lambda x, y: np.std(x, axis=0) * y + x.std() * x,
    "cumsum": lambda x, y: np.cumsum(x, axis=1) ** 2 * np.cumsum(y).reshape(3, 4),
    "sum_where": lambda x, y: np.sum(x * y, axis=1, where=y > 1) * x[:, 0],
    "mean_in_float64": lambda x, y: np.mean(x * x, axis=0, dtype=np.float64) * y,
    "dot": lambda x, y: np.dot(x, y.T) * x.dot(y[0]),
    "pad": lambda x, y: np.pad(x, ((1, 0), (0, 2)), constant_values=3.0) ** 2 * np.pad(y, (1, 1), mode="edge")[:4, :6],
    "diagonal": lambda x, y: np.diagonal(x, 1) * y.diagonal() ** 2,
    "comparison_to_a_buffer": lambda x, y: np.greater_equal(x, 1.0, out=np.empty_like(x)) * y,
    "written_by_functions_that_return_nothing": written_by_functions_that_return_nothing,
    "numbers_as_arrays": numbers_as_arrays,
    "complex_numbers": complex_numbers,
    "changed_numbers": changed_numbers,
    "write_in_place": write_in_place,
    "write_by_index": write_by_index,
    "write_twice": write_twice,
    "change_a_mask": change_a_mask,
    "not_computed": not_computed,
    "overwritten": overwritten,
    "masks_and_indices_change": masks_and_indices_change,
    "where_not_computed": where_not_computed,
}
ONE_ARGUMENT = [
    "sqrt",
    "exp",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sin",
    "cos",
    "tan",
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "absolute",
]


def of_one_argument(name: str) -> Any:
    of = getattr(np, name)
    return lambda x, y: of(0.8 * x) * (1 + of(0.5 * y) * x)


FUNCTIONS |= {name: of_one_argument(name) for name in ONE_ARGUMENT}
DRAWS = np.random.default_rng(0)
X, Y = DRAWS.uniform(0.3, 1.7, (2, 3, 4))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_the_slopes_of_central_differences(name: str) -> None:
    function = FUNCTIONS[name]
    x, y = X.copy(), Y.copy()
    weights = np.random.default_rng(1).normal(size=np.shape(function(x, y)))

    def value(x: Any, y: Any) -> Any:
        return np.sum(function(x, y) * weights)

    dx, dy = autodiff.gradient(value, x, y)
    assert np.array_equal(x, X)
    assert np.array_equal(y, Y)
    assert relative_error(dx, numerical_gradient(lambda: value(x, y), x)) < 2e-8
    assert relative_error(dy, numerical_gradient(lambda: value(x, y), y)) < 2e-8


def test_equal_elements_share_a_maximum() -> None:
    """The parts of max(z, 0) - z y + log(1 + exp(-|z|)) have kinks at 0, and the whole has none: sigmoid(0) - y."""
    (slope,) = autodiff.gradient(
        lambda z: np.sum(np.maximum(z, 0) - 0.3 * z + np.log1p(np.exp(-np.abs(z)))), np.zeros(2)
    )
    assert np.allclose(slope, 0.5 - 0.3, rtol=1e-15)
    assert autodiff.gradient(lambda x: np.max(x), np.array([1.0, 3.0, 3.0]))[0].tolist() == [0, 0.5, 0.5]
    assert autodiff.gradient(lambda x: np.minimum(x, 1.0).sum(), np.array([1.0, 3.0, 0.0]))[0].tolist() == [0.5, 0, 1]


def test_arrays_in_the_order_of_columns_are_copied_where_numpy_copies() -> None:
    def function(x: Any) -> Any:
        z = x.T * x.T
        z.reshape(-1)[:5] *= 3.0
        x.reshape(-1)[1] = 7.0
        return np.sum(z) + np.sum(x * x)

    (slope,) = autodiff.gradient(function, np.asfortranarray(X))
    # The first five of the transposed: three of the first column, two of the second. What x.reshape(-1) returns is a
    # copy, since x is stored in the order of columns, so writing 7 to the copy leaves x as it is.
    expected = 4 * X
    expected[[0, 1, 2, 0, 1], [0, 0, 0, 1, 1]] += 4 * X[[0, 1, 2, 0, 1], [0, 0, 0, 1, 1]]
    assert relative_error(slope, expected) < 1e-14


def added_up(x: Any) -> Any:
    s = x[0]
    s += x[1]
    s += x[2]
    return s * x[0]


def scaled(x: Any) -> Any:
    total = other = np.sum(x)
    total *= 2
    return total * other


def put(x: Any) -> Any:
    y = x.copy()
    np.put(y, [0], [0.0])
    return y.sum()


def copied_deep(x: Any) -> Any:
    kept = copy.deepcopy([x, {"x": x}])
    kept[0][0] = 9.0
    return (kept[0] * kept[1]["x"] * copy.copy(x)).sum()


def repeated(x: Any) -> Any:
    wide, _ = np.broadcast_arrays(x, np.ones((2, 2)))
    return np.sum(wide * np.array([[1.0, 2.0], [8.0, 10.0]]))


def filled(x: Any) -> Any:
    buffer = np.zeros(2, like=x)
    buffer[:] = x**2
    return buffer.sum()


BY_HAND = {
    "numbers_are_copies": (added_up, [1.0, 2, 3], [7, 1, 1]),
    "sums_are_copies": (scaled, [1.0, 2], [12, 12]),
    "complex_power": (lambda x: np.sum(np.abs(x * (1 + 2j)) ** 2), [1.0, 2], [10, 20]),
    "spectrum": (lambda x: np.sum(np.abs(np.fft.fft(x)) ** 2), [1.0, 2], [4, 8]),
    "out_by_position": (lambda x: np.clip(x, -1, 1, np.empty_like(x)).sum(), [0.5, 2], [1, 0]),
    "dtype_by_position": (
        *(lambda x: np.sum(np.sum(x, 1, np.float64) * [1.0, 5.0]), [[1.0, 2], [3, 4]]),
        [[1, 1], [5, 5]],
    ),
    "written": (put, [1.0, 2], [0, 1]),
    "broadcast_arrays": (repeated, [5.0, 6], [9, 12]),
    # The first element of the copy is 9 in both places, as the dict holds the same copy.
    "deepcopy": (copied_deep, [5.0, 6], [81, 108]),
    "deviation_of_equal_values": (np.std, [5.0, 5], [0, 0]),
    "power_of_zero": (lambda b: np.sum(0**b), [2.0, 1], [0, 0]),
    "root_that_is_not_chosen": (lambda x: np.where(x > 0, np.sqrt(x), 0).sum(), [0.0, 4], [0, 0.25]),
    "types_by_name": (lambda x: (x.astype(float) * np.mean(x, dtype=float)).sum(), [1.0, 2], [3, 3]),
    "is_a_float": (lambda x: x.sum() * (3 if isinstance(x.sum(), float) else 1), [1.0, 2], [3, 3]),
    "is_an_array": (lambda x: x.sum() * (3 if isinstance(x, np.ndarray) else 1), [1.0, 2], [3, 3]),
    "lists": (lambda x: sum(x.tolist()) * x[1].item(), [1.5, 2.5], [2.5, 6.5]),
    "integers": (lambda x: int(x[0]) * x[1] + (x.astype(int) * x).sum(), [1.5, 2.5], [1, 3]),
    "rounded": (lambda x: round(x[0]) * x[1] + math.floor(x[1]) * x[0] + math.ceil(x[1]) * x[0], [1.6, 2.5], [5, 2]),
    "branches": (lambda x: x[0] * 3 if x[0] > 1 else x[1], [1.5, 2.5], [3, 0]),
    "like": (filled, [1.5, 2.5], [3, 5]),
    "by_name": (lambda x: np.sum(a=x) + np.full_like(x, fill_value=x[0]).sum(), [1.5, 2.5], [3, 1]),
    "aliases": (lambda x: np.clip(x, min=x[1], max=4.0).sum(), [1.5, 2.5], [0, 2]),
    "text": (lambda x: x.sum() * len(f"{x[0]:.2f}{x[1]}"), [1.5, 2.5], [7, 7]),
    # Methods that take other arguments than the function of the same name.
    "clip_from_below": (lambda x: (x.clip(0) * [3.0, 5.0]).sum() + x.clip(min=0).sum(), [-1.0, 2], [0, 6]),
    "clip_from_above": (lambda x: (x.clip(max=0) * [3.0, 5.0]).sum() + x.clip(None, 0).sum(), [-1.0, 2], [4, 0]),
    "clip_in_place": (lambda x: (x.clip(0, 1, x) * [3.0, 5.0]).sum() + x.sum(), [0.5, 2], [4, 0]),
    "item_at_a_flat_place": (lambda x: x.item((3,)) * 2 + x.item((0, 1)), [[1.0, 2], [3, 4]], [[0, 1], [0, 2]]),
    "sort_in_place": (lambda x: [x.sort(), x @ [1.0, 10, 100]][1], [3.0, 1, 2], [100, 1, 10]),
    "sort_columns": (lambda x: [x.sort(0), (x * [[1.0], [10]]).sum()][1], [[3.0, 1], [2, 5]], [[10, 1], [1, 10]]),
    "partition_in_place": (lambda x: [x.partition(0), x[0] * 5][1], [3.0, 1, 2], [0, 5, 0]),
    # Each sum is down a column, and the one vector has a share in all of them.
    "vecdot_of_an_axis": (
        *(lambda x: np.vecdot(x[:, :2], x[:, 2], axis=0) @ [1.0, 10], [[1.0, 2, 3], [4, 5, 6]]),
        [[3, 30, 21], [6, 60, 54]],
    ),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_slope_is_that_found_by_hand(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autodiff, "check_slopes", lambda *_: None)
    function, x, expected = BY_HAND[name]
    with np.errstate(invalid="ignore"):
        (slope,) = autodiff.gradient(function, np.array(x))
    np.testing.assert_allclose(slope, expected, rtol=1e-14)


def test_what_the_rules_miss_is_found_by_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VJPS, np.tanh, lambda g, y, x: (g * y,))
    with pytest.raises(TracingError, match=r"slope along argument 2 is .* by differences"):
        autodiff.gradient(lambda x, y: np.sum(x * np.tanh(y)), X, Y)


def test_a_derived_layer_may_be_taken_backward_twice() -> None:
    network = gn.Network([Affine(2)]).build((4,), dtype="float64")
    with network.workspace(training=True, step=0, seed=0) as ctx:
        ctx.needs_input_grad = True
        _, caches = network.sequence.forward(network.parameter_views, X, ctx)
        for dy in (np.ones((3, 2)), np.full((3, 2), 2.0)):
            network.sequence.backward(network.parameter_views, caches, dy, network.gradient_views, ctx)
    assert np.allclose(network.gradient_views["0"]["weights"], 2 * X.sum(axis=0)[:, None], rtol=1e-14)


def test_what_is_computed_in_is_a_choice() -> None:
    third = np.float32([1 / 3])
    (slope,) = autodiff.gradient(lambda x: np.sum(x * x), third)
    assert slope.dtype == np.float64
    (slope,) = autodiff.gradient(lambda x: np.sum(x * x, dtype=np.float64), third, dtype=np.float32)
    assert slope.dtype == np.float32
    assert slope == 2 * third


def test_the_gradient_of_a_result_may_be_given() -> None:
    x, dy = np.array([1.0, 2.0]), np.array([3.0, -1.0])
    assert autodiff.gradient(lambda x: x**3, x, dy=dy)[0].tolist() == [9, -12]
    assert autodiff.gradient(lambda x: x, x, dy=dy)[0].tolist() == [3, -1]
    assert autodiff.gradient(lambda x: 5.0, x)[0].tolist() == [0, 0]


def test_item_leaves_a_traced_number_traced() -> None:
    (slope,) = autodiff.gradient(lambda x: -np.mean(x**2).item() + np.sum(x).item() / 2, np.array([1.0, 3.0]))
    assert slope.tolist() == [-0.5, -2.5]


def test_float_would_lose_the_derivative_and_names_the_line() -> None:
    def half(x: Any) -> Any:
        return float(np.sum(x)) / 2

    line = half.__code__.co_firstlineno + 1
    message = rf"write x\.item\(\) for float\(x\).*test_tape\.py, line {line}\)"
    with pytest.raises(TracingError, match=message):
        autodiff.gradient(half, np.array([1.0, 3.0]))


def test_float_as_a_type_means_what_it_means_with_arrays() -> None:
    x = np.array([1.0, 3.0])
    (slope,) = autodiff.gradient(lambda x: np.sum(x.astype(float) ** 2, dtype=float), x, dtype=np.float32)
    assert slope.tolist() == [2, 6]
    (slope,) = autodiff.gradient(lambda x: x[1] ** 2 if isinstance(x[0], float) else x[1], x)
    assert slope.tolist() == [0, 6]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: math.exp(x[0]), "cannot become a plain one"),
        (lambda x: np.add(x, 1, out=np.zeros(2)).sum(), r"np.add: .*be put into one.*np.zeros_like"),
        (lambda x: np.array(x).sum(), "cannot become a plain one"),
        (lambda x: np.ascontiguousarray(x).sum(), "copy with x.copy"),
        (lambda x: np.zeros(2).__setitem__(0, x[0]), "cannot become a plain one"),
        (lambda x: np.zeros(2).__setitem__(..., x), "cannot become a plain one"),
        (lambda x: np.copyto(np.zeros(2), x), r"np.copyto: .*be put into one"),
        (lambda x: np.sum(np.nextafter(x, 9.0)), "np.nextafter has no derivative: .*glassnet_derivatives"),
        (lambda x: np.sum(np.multiply.reduceat(x, [0])), "np.multiply.reduceat has no derivative"),
        (lambda x: np.average(x, returned=True)[0], "np.average has no derivative with these arguments: .*returned"),
        (lambda x: np.pad(x, 1, mode="mean"), "np.pad with mode='mean'"),
        (lambda x: np.einsum(x, [0], x, [0]), "its formula as text"),
        (lambda x: x.view(), "a traced array has no 'view'"),
        (lambda x: x.view(np.int64).sum(), "a traced array has no 'view'"),
        (lambda x: sum(x.flat), "a traced array has no 'flat'"),
        (lambda x: setattr(x, "shape", (2, 1)), "fails on traced arrays with AttributeError: .*shape"),
        (lambda x: (x, x), r"one array of real numbers, or one number \(got tuple\); join"),
        (lambda x: [x.sum()], r"\(got list\)"),
        (lambda x: {"y": x}, r"\(got dict\)"),
        (lambda x: x * 1j, r"\(got an array of type complex128\)"),
        (lambda x: np.array([x[0], 1.0], dtype=object), "cannot become a plain one|type object"),
        (lambda x: np.partition(x, 1, None).sum() * np.nan_to_num(x, copy=False).sum(), "copy=False|into an argument"),
        (lambda x: np.maximum(x * 1j, 0).real.sum(), r"np\.maximum has no derivative for complex"),
        (lambda x: np.modf(x, out=(np.zeros(2), np.zeros(2)))[0].sum(), "several arrays as out="),
        (lambda x: np.add(x, 1, out=x[0]), "cannot write to a float64|must be"),
        (lambda x: pickle.dumps(x), "cannot become a plain one"),
        (lambda x: np.logical_or(x, None), "np.logical_or returns an array of type object"),
        (lambda x: np.save(io.BytesIO(), x), "np.save returns NoneType, which the tape does not follow|plain"),
    ],
)
def test_what_would_lose_a_derivative_is_refused(function: Any, message: str) -> None:
    with pytest.raises((TracingError, ValueError, AttributeError), match=message):
        autodiff.gradient(function, np.array([1.0, 2.0]))


PLUGIN = """
import glassnet as gn
import numpy as np

@gn.hookimpl
def glassnet_derivatives():
    return {np.nextafter: lambda g, y, x, towards: (g, 0.0), np.spacing: lambda g, y, x: (0.0,)}
"""


@pytest.fixture
def plugins_forgotten(registry: Registry) -> Iterator[None]:
    derivatives.of_plugins.cache_clear()
    yield
    derivatives.of_plugins.cache_clear()


@pytest.mark.usefixtures("plugins_forgotten")
def test_a_plugin_brings_derivatives(install: Callable[..., Path]) -> None:
    install("more-derivatives", {"derivatives/more": "more_derivatives"}, {"more_derivatives": PLUGIN})
    (slope,) = autodiff.gradient(lambda x: np.sum(x * np.nextafter(x, 9.0) + np.spacing(x)), np.array([8.0, -1.0]))
    assert relative_error(slope, np.array([16.0, -2.0])) < 1e-14


@pytest.mark.usefixtures("plugins_forgotten")
def test_a_rule_of_a_plugin_is_for_real_numbers(install: Callable[..., Path]) -> None:
    rule = "{np.apply_along_axis: lambda g, y, f, axis, x: (None, None, -g)}"
    source = PLUGIN[: PLUGIN.index("    return")] + f"    return {rule}\n"
    install("more-derivatives", {"derivatives/more": "more_derivatives"}, {"more_derivatives": source})
    (slope,) = autodiff.gradient(lambda x: np.sum(np.apply_along_axis(np.negative, 0, x)), np.array([0.3]))
    assert slope == -1
    with pytest.raises(TracingError, match=r"np\.apply_along_axis has no derivative for complex numbers"):
        autodiff.gradient(lambda x: np.apply_along_axis(np.negative, 0, x + 0.5j).imag.sum(), np.array([0.3]))


@pytest.mark.usefixtures("plugins_forgotten")
def test_a_plugin_that_is_switched_off_brings_none(
    install: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    install("more-derivatives", {"derivatives/more": "more_derivatives"}, {"more_derivatives": PLUGIN})
    monkeypatch.setenv("GLASSNET_DISABLE", "more-derivatives")
    with pytest.raises(TypeError, match="nextafter has no derivative"):
        autodiff.gradient(lambda x: np.sum(np.nextafter(x, 9.0)), np.array([8.0]))


@pytest.mark.usefixtures("plugins_forgotten")
@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "not a derivative"),
        ("def glassnet_derivatives(): return {}", "not a derivative"),
        ("1 / 0", "ZeroDivisionError"),
        (PLUGIN.partition("    return")[0] + "    return 1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_broken_plugin_of_derivatives_is_named(source: str, message: str, install: Callable[..., Path]) -> None:
    install("bad-derivatives", {"derivatives/bad": "bad_derivatives"}, {"bad_derivatives": source})
    with pytest.warns(gn.GlassnetWarning, match=rf"(?s)bad-derivatives.*{message}"), pytest.raises(TracingError):
        autodiff.gradient(lambda x: np.sum(np.nextafter(x, 9.0)), np.array([8.0]))


# --- hand-written derivatives -----------------------------------------------------------------------------------


def own(kind: str) -> list[str]:
    return [entry.name for entry in registry.entries(kind) if entry.is_own]


@pytest.mark.parametrize("training", [True, False], ids=["training", "predicting"])
@pytest.mark.parametrize("name", own("layer"))
def test_a_layers_backward_is_that_of_the_tape(name: str, training: bool) -> None:
    compare_layer(f"layer:{name}", training)


@pytest.mark.parametrize("name", own("activation"))
def test_an_activations_backward_is_that_of_the_tape(name: str) -> None:
    compare_layer(f"activation:{name}", True)


def compare_layer(title: str, training: bool) -> None:
    for case in cases(subject_of(title)):
        x = case.inputs.random(3)
        bench = Bench(case.layer, case.shape)
        with bench.passing(training=training) as one:
            y = one.forward(x)
            dy = np.random.default_rng(7).normal(size=y.shape)
            dx, gradients = one.backward(dy.copy())
            dx = None if dx is None else dx.copy()
        with bench.passing(training=training) as one:
            layer = bench.network.sequence.layers[0]
            params = bench.network.parameter_views.get("0", {})
            traced_dx, traced = derived.layer_gradients(layer, params, x, dy, one.ctx.child("0"))
        if not case.inputs.integers:
            assert relative_error(dx, traced_dx) < 1e-11, str(case)
        by_name = named_leaves(traced)
        assert by_name.keys() == gradients.keys()
        for key, got in gradients.items():
            assert relative_error(got, by_name[key]) < 1e-11, f"{case}, {key}"


@pytest.mark.parametrize("name", own("loss"))
def test_a_losss_backward_is_that_of_the_tape(name: str) -> None:
    for case in losses.cases(subject_of(f"loss:{name}")):
        pair = case.pair(4)
        got = case.loss.backward(pair.y_pred.copy(), pair.y_true)
        assert relative_error(got, derived.loss_gradient(case.loss, pair.y_pred, pair.y_true)) < 1e-11, case.form


@pytest.mark.parametrize("name", own("regularizer"))
def test_a_regularizers_gradient_is_that_of_the_tape(name: str) -> None:
    for example in subject_of(f"regularizer:{name}").examples:
        w = np.random.default_rng(3).normal(size=(3, 4))
        got = example.component.gradient(w.copy())
        assert relative_error(got, derived.regularizer_gradient(example.component, w)) < 1e-12


# --- components with forward alone ------------------------------------------------------------------------------


class Bent(gn.Activation):
    """tanh, without its derivative."""

    def forward(self, x: gn.Array) -> gn.Array:
        return np.tanh(x)


class Affine(gn.Layer):
    """dense, without its derivative, with a count of its steps in training."""

    units: int = gn.option(gt=0)

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        return (self.units,)

    def parameters(self, shape: gn.Shape) -> dict[str, gn.Parameter]:
        return {
            "weights": gn.Parameter((*shape, self.units), "normal(0.5)"),
            "bias": gn.Parameter((self.units,), is_bias=True),
        }

    def state(self, shape: gn.Shape) -> gn.Arrays:
        return {"steps": np.zeros(1)}

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        y = np.matmul(x, params["weights"], out=ctx.buffer("y", (len(x), self.units)))
        y += params["bias"]
        if ctx.training:
            ctx.state["steps"] += 1
        return y, None


class Squares(gn.Loss):
    """The mean of squares, as one number."""

    def forward(self, y_pred: gn.Array, y_true: gn.Array) -> float:
        return 1.0 * np.mean(np.square(y_pred - y_true)).item()


class SquaresOfEach(gn.Loss):
    """The same, sample by sample."""

    def per_sample(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        return np.mean(np.square(y_pred - y_true), axis=1)


class Small(gn.Regularizer):
    """A sum of squares."""

    factor: float = gn.option(1e-5)

    def penalty(self, w: gn.Array) -> float:
        return self.factor * np.sum(np.square(w)).item()


class Same(gn.Layer):
    """Gives back its input."""

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        return x, None


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("loss", [Squares(), SquaresOfEach()])
def test_components_with_forward_alone_learn_xor(loss: gn.Loss, dtype: str) -> None:
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype)
    y = np.array([[0], [1], [1], [0]], dtype)
    network = gn.Network([Affine(8), Bent(), Same(), Affine(1)]).build((2,), seed=0, dtype=dtype)
    network.fit(x, y, loss=loss, optimizer="adam(0.05)", regularizer=Small(), epochs=400, batch_size=4, progress=False)
    assert np.abs(network.predict(x) - y).max() < 0.1
    assert network.gradients.dtype == dtype
    assert network.state["0"]["steps"].tolist() == [400]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_derived_gradients_keep_the_type_and_are_right(dtype: str) -> None:
    x, y = X.astype(dtype), Y.astype(dtype)
    near = 1e-6 if dtype == "float32" else 1e-12
    found = [
        (Bent().backward(y, x, np.tanh(x)), Y * (1 - np.tanh(X) ** 2)),
        (Squares().backward(x, y), (X - Y) / 6),
        (SquaresOfEach().backward(x, y), (X - Y) / 6),
        (Small(0.5).gradient(x), X),
    ]
    for got, expected in found:
        assert got.dtype == dtype
        assert relative_error(got, expected) < near


def test_a_component_says_whether_its_derivative_is_derived() -> None:
    assert all(each.derives_backward for each in (Bent(), Affine(1), Squares(), SquaresOfEach(), Small()))
    for kind in ("activation", "layer", "loss", "regularizer"):
        for name in own(kind):
            assert not any(each.component.derives_backward for each in subject_of(f"{kind}:{name}").examples)


class Hidden(gn.Layer):
    """Dropout by numbers of the network's own type, drawn into a buffer, without its derivative."""

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        draws = ctx.rng.random(dtype=x.dtype, out=ctx.buffer("draws", x.shape))
        return x * (draws > 0.5) + ctx.rng.normal(size=x.shape).astype(x.dtype), None


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_derived_backward_draws_the_numbers_of_its_forward(dtype: str) -> None:
    network = gn.Network([Hidden()]).build((50,), dtype=dtype)
    x = np.zeros((4, 50), dtype)
    for step in range(2):
        with network.workspace(training=True, step=step, seed=0) as ctx:
            ctx.needs_input_grad = True
            before, _ = network.sequence.forward(network.parameter_views, x, ctx)
        with network.workspace(training=True, step=step, seed=0) as ctx:
            ctx.needs_input_grad = True
            y, caches = network.sequence.forward(network.parameter_views, x + 1, ctx)
            dx = network.sequence.backward(
                network.parameter_views, caches, np.full_like(x, 3), network.gradient_views, ctx
            )
        shown = (y - before).round()
        assert 60 < shown.sum() < 140
        assert np.array_equal(dx, 3 * shown)
        assert dx.dtype == dtype


class Follower(gn.Layer):
    """Less a mean that follows the inputs, and is moved before it is used."""

    def state(self, shape: gn.Shape) -> gn.Arrays:
        return {"mean": np.zeros(shape)}

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        ctx.state["mean"] *= 0.5
        ctx.state["mean"] += 0.5 * x.mean(axis=0)
        return (x - ctx.state["mean"]) ** 2, None


def test_a_derived_backward_leaves_the_state_of_its_forward() -> None:
    network = gn.Network([Follower()]).build((4,), dtype="float64")
    network.state["0"]["mean"][:] = 1.0
    with network.workspace(training=True, step=0, seed=0) as ctx:
        ctx.needs_input_grad = True
        _, caches = network.sequence.forward(network.parameter_views, X, ctx)
        after = network.state["0"]["mean"].copy()
        dx = network.sequence.backward(network.parameter_views, caches, Y, network.gradient_views, ctx)
    assert np.allclose(after, 0.5 + 0.5 * X.mean(axis=0), rtol=1e-14)
    assert np.array_equal(network.state["0"]["mean"], after)
    through = Y * 2 * (X - after)
    assert np.allclose(dx, through - 0.5 * through.mean(axis=0), rtol=1e-12)


def test_a_buffer_that_is_read_before_it_is_written_shows() -> None:
    class Reader(gn.Layer):
        def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
            return x * ctx.buffer("never written", x.shape), None

    network = gn.Network([Reader()]).build((4,), dtype="float64")
    with network.workspace(training=True) as ctx:
        dx, _ = derived.layer_gradients(network.layers[0], {}, X, Y, ctx.child("0"))
    assert np.isnan(dx).all()


def test_a_layer_inside_a_layer_may_have_forward_alone() -> None:
    network = gn.Network([registry.resolve("layer", "residual")((Affine(4), Bent()))]).build((4,), dtype="float64")
    weights, bias = network.parameters["0.0.weights"], network.parameters["0.0.bias"]
    with network.workspace(training=True, step=0, seed=0) as ctx:
        ctx.needs_input_grad = True
        _, caches = network.sequence.forward(network.parameter_views, X, ctx)
        dx = network.sequence.backward(network.parameter_views, caches, Y, network.gradient_views, ctx)
    through = Y * (1 - np.tanh(X @ weights + bias) ** 2)
    assert relative_error(dx, Y + through @ weights.T) < 1e-12
    assert relative_error(network.gradient_views["0"]["0"]["weights"], X.T @ through) < 1e-12


def test_the_one_window_of_a_part_has_the_gradient_of_that_part():
    tape = autodiff.Tape()
    x = tape.array(np.arange(5.0))
    tape.backward(np.sum(np.lib.stride_tricks.sliding_window_view(x[2:], 3) * np.array([1.0, 2, 3])))
    assert x.gradient.tolist() == [0, 0, 1, 2, 3]
