"""Formulas as authors write them: what is fused has NumPy's bytes, and all else is named."""

import numpy as np
import pytest

from glassnet_fusion.fused_function import FusedFunction
from glassnet_fusion.programs import finish_compiling

X = np.random.default_rng(1).normal(0, 2, (90, 70))
Y = np.random.default_rng(2).normal(0, 2, (90, 70))


def in_place(x, y):
    x *= 2
    np.multiply(x, y, out=x)
    y[...] = x
    y[y < 0] = 0
    return x


def by_masks(x, y):
    z = np.zeros_like(x)
    np.divide(x, y, out=z, where=y > 0.5)
    np.copyto(z, 3, where=(x > 1) & ~(y > 1))
    return z


def with_views(x, y):
    z = x.reshape(-1) + y.reshape(-1)
    z[:] = z * z
    return z.reshape(x.shape)


def normalized(x, y):
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / np.sqrt(np.mean(centred**2, axis=-1, keepdims=True) + 1e-5)


def several(x, y):
    return x - y, np.sum(x * y, axis=-1), x


def over_rows(x, y):
    leading = tuple(range(x.ndim - 1))
    return (
        x * y,
        np.sum(x * y, axis=leading),
        (x - y.mean(axis=-1, keepdims=True)).mean(axis=leading) * 2,
        y.sum(leading),
    )


def rows_by_columns(x, y):
    leading = tuple(range(x.ndim - 1))
    return (x - x.sum(axis=leading)) / (1 + np.square(y).sum(axis=leading)) - y.mean(axis=-1, keepdims=True)


def sums_of_sums(x, y):
    shares = np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)
    return shares / shares.sum(axis=tuple(range(x.ndim - 1))) + y


FORMULAS = {
    "chain": lambda x, y: (x + y) * (x - y) / (np.abs(x) + 1) - 2 / (1 + y * y),
    "powers": lambda x, y: x**2 + np.abs(y) ** 0.5 + x**3 + (1 + np.abs(x)) ** -1,
    "functions": lambda x, y: np.exp(-np.abs(x)) + np.tanh(y) * np.sin(x) + np.log1p(np.abs(y)),
    "numbers_in_functions": lambda x, y: np.logaddexp(0, x) + np.arctan2(0.5, y) - np.logaddexp(y, 2) * np.hypot(3, x),
    "numbers_in_rows": lambda x, y: np.logaddexp(0, x).mean(axis=-1) - np.logaddexp(1, y.sum(axis=-1)),
    "choices": lambda x, y: np.where(x > y, x, 0.1 * y) + np.clip(x, -1, 1) + np.sign(y) * np.minimum(x, y),
    "types": lambda x, y: (x > 0).astype(x.dtype) * y + np.float64(2) * x,
    "rounding": lambda x, y: np.floor(x) + np.rint(3 * y) - np.trunc(x * y),
    "extremes": lambda x, y: x - x.max(axis=-1, keepdims=True) + y.min(axis=-1)[..., np.newaxis],
    "in_place": in_place,
    "by_masks": by_masks,
    "with_views": with_views,
    "normalized": normalized,
    "several": several,
    "over_rows": over_rows,
    "rows_by_columns": rows_by_columns,
    "sums_of_sums": sums_of_sums,
    "deviations": lambda x, y: x / np.sqrt(x.var(axis=-1, keepdims=True) + 1) - y.std(axis=-1)[..., np.newaxis],
    "quotients": lambda x, y: x // 0.3 + y % 2 - 2.0**x + (+y),
    "what_is_finite": lambda x, y: np.where(np.isfinite(np.exp(40 * x**2) * 1e30), x, y) + np.where(np.isinf(y), 0, y),
    "selected": lambda x, y: np.select([x > 1, y > 1], [x * y, y], 0.5) + np.round(y) + x.clip(-1, 1),
    "one_axis": lambda x, y: (x.ravel() * 2 + y.ravel()).reshape(x.shape),
    "added_axes": lambda x, y: x * 2 - np.expand_dims(y.max(axis=-1), -1),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FORMULAS)
def test_fused_formulas_have_the_bytes_of_numpy(name, dtype):
    formula = FORMULAS[name]
    fused = FusedFunction(formula, formula)
    fused.fused(X.astype(dtype), Y.astype(dtype))
    finish_compiling()
    for count, shape in (
        (90, X.shape),
        (90, (35, 180)),
        (90, (6300, 1)),
        (90, (3, 7, 300)),
        (1, (1, 70)),
        (90, (2, 3150)),
    ):
        given, given_to_fused = ([each[:count].astype(dtype).reshape(shape) for each in (X, Y)] for _ in range(2))
        few = ["NumPy is as fast with so few numbers"] if count == 1 else []
        if name in ("over_rows", "rows_by_columns", "sums_of_sums") and 1 in (count, shape[-1]):
            continue
        assert fused.reason(*given) in ["", *few]
        with np.errstate(over="ignore"):
            wanted, got = formula(*given), fused(*given_to_fused)
        for one, other in zip(_listed(wanted), _listed(got), strict=True):
            assert (one.dtype, one.shape) == (other.dtype, other.shape)
            assert one.tobytes() == other.tobytes()
        for one, other in zip(given, given_to_fused, strict=True):
            assert one.tobytes() == other.tobytes()


def _listed(results):
    return results if isinstance(results, tuple) else (results,)


def test_what_is_returned_may_be_an_argument():
    x, y = X.copy(), Y.copy()
    fused = FusedFunction(in_place, in_place)
    fused.fused(x.copy(), y.copy())
    finish_compiling()
    assert fused(x, y) is x


@pytest.mark.parametrize("columns", [1, 7, 8, 9, 127, 128, 129, 1000, 4096])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rows_are_added_in_the_order_of_numpy(columns, dtype):
    rng = np.random.default_rng(columns)
    x = (rng.normal(size=(40, columns)) * 10.0 ** rng.uniform(-9, 9, (40, columns))).astype(dtype)

    def formula(x):
        return x / np.sum(x * 2, axis=-1, keepdims=True) - x.mean(axis=-1, keepdims=True)

    fused = FusedFunction(formula, formula)
    fused.fused(x)
    finish_compiling()
    assert fused(x).tobytes() == formula(x).tobytes()
    assert fused.last_reason == ""


@pytest.mark.parametrize("shape", [(1, 3), (2, 300), (40, 2), (300, 40), (40, 40), (9, 8, 7), (20_000, 3), (3, 4096)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_columns_are_added_in_the_order_of_numpy(shape, dtype):
    rng = np.random.default_rng(0)
    x = (rng.normal(size=shape) * 10.0 ** rng.uniform(-9, 9, shape)).astype(dtype)
    axes = tuple(range(len(shape) - 1))

    def formula(x):
        centred = x - x.mean(axis=axes, dtype=np.float64)
        return np.tanh(centred / np.sqrt(np.square(centred).mean(axis=axes))), (x * x).sum(axis=axes)

    fused = FusedFunction(formula, formula)
    fused.fused(x)
    finish_compiling()
    with np.errstate(all="ignore"):
        for got, wanted in zip(fused(x), formula(x), strict=True):
            np.testing.assert_array_equal(got, wanted)
            assert np.isnan(got).any() or got.tobytes() == wanted.tobytes()
    assert fused.last_reason == ""


@pytest.mark.parametrize("unused", [(70,), (90,), (1,), (90, 1)], ids=str)
def test_an_argument_that_is_not_used_may_have_any_size(unused, compiled):
    def formula(x, y, z):
        return np.exp(x) * y - x, y * 1 + 0

    x, y, z = np.ones((90, 70)), np.full((90, 70), 3.0), np.ones(unused)
    got = compiled(FusedFunction(formula, formula), x, y, z)
    np.testing.assert_array_equal(got[0], np.full((90, 70), np.exp(np.ones(1)) * 3 - 1))
    np.testing.assert_array_equal(got[1], y)


REFUSED = {
    "it calls np.sort": lambda x: np.sort(x),
    "it calls np.add.accumulate": lambda x: np.add.accumulate(x),
    "it uses .cumsum of an array": lambda x: x.cumsum(),
    "it decides by the values of an array": lambda x: x if x > 0 else -x,
    "it makes a number of an array": lambda x: x * float(x),
    "it makes an array of its input": lambda x: np.asarray(x) * 2,
    "it picks elements by an index": lambda x: x[[0, 2]] * 2,
    "it reduces other axes than the last one, or than all others": lambda x: x - x.sum(),
    "it computes with an array of shape (7,) that it did not get": lambda x: x * np.ones(7),
    "it returns a int": lambda x: 0 if x is not None else x,
    "it computes with other numbers each time": lambda x: x * 2 + np.random.default_rng().random(),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_is_not_fused_is_named(reason):
    fused = FusedFunction(REFUSED[reason], REFUSED[reason])
    assert fused.reason(np.ones((70, 100))) == reason


def test_arrays_that_are_not_plain_are_left_to_numpy():
    class Derived(np.ndarray):
        pass

    def formula(x, y):
        return x * y + x

    fused = FusedFunction(formula, formula)
    fused.fused(X, Y)
    finish_compiling()
    unaligned = np.frombuffer(b"." + X.tobytes(), X.dtype, offset=1).reshape(X.shape)
    in_pieces = np.repeat(X, 2, axis=1)[:, ::2]
    for awkward in (X.view(Derived), unaligned, in_pieces, X.astype(">f8")):
        np.testing.assert_array_equal(fused(awkward, Y), formula(X, Y))
        assert fused.last_reason
    read_only = X.copy()
    read_only.setflags(write=False)
    np.testing.assert_array_equal(fused(read_only, Y), formula(X, Y))
    assert not fused.last_reason


def test_two_threads_compute_at_once():
    from concurrent.futures import ThreadPoolExecutor

    formula = FORMULAS["functions"]
    fused = FusedFunction(formula, formula)
    fused.fused(X, Y)
    finish_compiling()
    wanted = formula(X, Y).tobytes()
    with ThreadPoolExecutor(4) as pool:
        assert all(each.tobytes() == wanted for each in pool.map(lambda _: fused(X, Y), range(40)))
