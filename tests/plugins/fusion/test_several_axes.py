"""Formulas with more axes than rows and columns: groups, images, windows, parts; bit by bit those of NumPy."""

import numpy as np
import pytest

from glassnet_fusion.fused_function import FusedFunction
from glassnet_fusion.programs import finish_compiling

SPECIAL = (0.0, -0.0, np.inf, -np.inf, np.nan, 1e-42, 3e38, -3e38)


def group_norm(x, dy, scale):
    """Wu and He (2018), Group Normalization, arXiv:1803.08494, with the gradient beside it."""
    by_groups = x.reshape(len(x), -1, 3, x.shape[-1] // 3)
    centred = by_groups - by_groups.mean(axis=(1, 3), keepdims=True)
    deviation = np.sqrt(np.square(centred).mean(axis=(1, 3), keepdims=True) + 1e-5)
    normal = centred / deviation
    g = (dy * scale).reshape(normal.shape)
    through = normal * (g * normal).mean(axis=(1, 3), keepdims=True)
    dx = (g - g.mean(axis=(1, 3), keepdims=True) - through) / deviation
    dscale = (dy * normal.reshape(dy.shape)).sum(axis=(0, 1, 2))
    return normal.reshape(x.shape) * scale, dx.reshape(x.shape), dscale


def instance_norm(x, dy, scale):
    """Ulyanov, Vedaldi and Lempitsky (2016), Instance Normalization, arXiv:1607.08022."""
    normal = (x - x.mean((1, 2), keepdims=True)) / np.sqrt(x.var((1, 2), keepdims=True) + 1e-5)
    return normal * scale + dy, np.sum(dy * normal, axis=(0, 1, 2))


def moving(x, dy, scale):
    """Differences to the pixel above, written into a part of a copy."""
    y = x * 1
    y[:, 1:] = x[:, 1:] - x[:, :-1]
    y[:, 0, 2:5] *= 2
    return y, y[:, ::2, 1] + 1


def windows_of_steps(x, dy, scale):
    steps = x.reshape(len(x), -1, x.shape[-1])
    seen = np.lib.stride_tricks.sliding_window_view(steps, 3, axis=1)
    return seen[:, ::2].mean(axis=-1), seen.max(axis=3) * 2 + 1


def channels_first(x, dy, scale):
    moved = x.transpose(0, 3, 1, 2)
    y = (moved - moved.mean(axis=(2, 3), keepdims=True)) * dy.transpose(0, 3, 1, 2)
    return y.transpose(0, 2, 3, 1) + 1, y.max(axis=1)


def exponentials(x, dy, scale):
    largest = x.max(axis=(1, 2), keepdims=True)
    powers = np.exp(x - largest)
    return powers / powers.sum(axis=(1, 2), keepdims=True), np.tanh(dy - dy.mean((1, 2), keepdims=True)) * scale


def padded(x, dy, scale):
    wide = np.pad(x, ((0, 0), (1, 2), (0, 1), (0, 0)), constant_values=3.0)
    return wide[:, 1:, 1:] * scale, wide[:, :-3, :-1] + dy


def edges(x, dy, scale):
    flat = x.reshape(len(x), -1, x.shape[3])
    where = np.where(flat > flat.mean(axis=1, keepdims=True), flat, -flat)
    return where[..., None, :3].sum(axis=-1), (where**3).sum(axis=(1, 2)), flat[:, -1] * 2 + 1


def largest_place(x, dy, scale):
    place = x.argmax(axis=3, keepdims=True)
    return np.where(np.arange(x.shape[3]) == place, dy, 0) * scale


FORMULAS = (group_norm, instance_norm, moving, windows_of_steps, channels_first, exponentials, padded, edges)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(33, 7, 6, 12), (7, 7, 6, 36), (2, 11, 13, 3), (5, 3, 5, 141)], ids=str)
@pytest.mark.parametrize("formula", [*FORMULAS, largest_place], ids=lambda each: each.__name__)
def test_formulas_over_several_axes_have_the_bytes_of_numpy(formula, shape, dtype, compiled, same_bytes):
    rng = np.random.default_rng(0)
    x, dy = rng.normal(size=(2, *shape)).astype(dtype)
    x *= (10.0 ** rng.uniform(-6, 6, shape)).astype(dtype)
    for each in (x, dy):
        places = rng.choice(each.size, 3 * len(SPECIAL), replace=False)
        with np.errstate(over="ignore"):
            each.reshape(-1)[places] = np.tile(SPECIAL, 3).astype(dtype)
    fused = FusedFunction(formula, formula)
    with np.errstate(all="ignore"):
        wanted = formula(x, dy, dy[0, 0, 0])
        got = compiled(fused, x, dy, dy[0, 0, 0].copy())
    for one, other in zip(got, wanted, strict=True):
        same_bytes(one, other)
    too_many = formula is largest_place and shape[3] > 64
    assert fused.last_reason == ("it looks for the largest of more than 64 elements" if too_many else "")


def test_averages_of_images_by_hand(compiled):
    def formula(x):
        return x - x.mean(axis=(1, 2), keepdims=True), x.sum(axis=(0, 1, 2)) * 2

    fused = FusedFunction(formula, formula)
    x = np.zeros((50, 2, 2, 40), np.float32)
    x[:, 0, 0] = 8
    centred, total = compiled(fused, x)
    assert fused.last_reason == ""
    assert (centred[:, 0, 0] == 6).all()
    assert (centred[:, 1] == -2).all()
    assert (total == 800).all()


def test_rows_may_be_longer_than_what_numpy_takes_at_once(compiled, same_bytes):
    def formula(x):
        powers = np.exp(x - x.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True), np.tanh(x.mean(axis=-1))

    x = np.random.default_rng(0).normal(size=(7, 9001)).astype(np.float32)
    fused = FusedFunction(formula, formula)
    for got, wanted in zip(compiled(fused, x), formula(x), strict=True):
        same_bytes(got, wanted)
    assert fused.last_reason == ""


REFUSED = {
    "it computes with other samples than the one at hand": lambda x: x - np.exp2(x.mean((1, 2), keepdims=True))[::-1],
    "it computes with what all samples have to be known for": lambda x: x - x.sum((0, 1), keepdims=True),
    "it reads other elements of an array that it writes to": lambda x: shifted(x * 1),
    "it computes a single sample": lambda x: (x - x.mean((1, 2), keepdims=True))[:1],
    "it reads an array that it writes to, in another order than by rows": lambda x: written(x),
    "it writes to some of the samples alone": lambda x: some(x * 2),
    "it reduces an array whose order is not known": lambda x: x.transpose(0, 2, 1, 3).copy().sum((1, 2)),
    "it writes into a view that has elements more than once": lambda x: repeated(x),
}


def some(y):
    y[2:, 1:] = 0
    return y


def shifted(y):
    y[:, :1] = 1
    y[:, 1:] += y[:, :-1]
    return y


def written(x):
    x[:, 1:] = x[:, :-1] * 2
    return x


def repeated(x):
    seen = np.broadcast_to(x[:, :1], x.shape)
    seen += x
    return seen


@pytest.mark.parametrize("reason", REFUSED)
def test_what_is_not_fused_over_several_axes_is_named(reason):
    fused = FusedFunction(REFUSED[reason], REFUSED[reason])
    assert fused.reason(np.ones((1 if "single" in reason else 60, 4, 5, 6))) == reason


def test_batches_of_several_sizes_are_computed_by_several_threads():
    def formula(x):
        return x / np.sqrt(np.square(x).sum(axis=(1, 2), keepdims=True))

    fused = FusedFunction(formula, formula)
    for batch in (2, 3, 64, 1100):
        x = np.random.default_rng(batch).normal(size=(batch, 16, 8, 8)).astype(np.float32)
        fused(x)
        finish_compiling()
        assert fused(x).tobytes() == formula(x).tobytes()
        assert fused.last_reason == ""


def test_what_is_written_to_picked_elements_is_not_lost():
    def lead_over_others(x, labels):
        true = np.arange(len(x)), labels
        lead = np.maximum(x - x[true][:, np.newaxis] + 1, 0)
        lead[true] = 0
        return lead.mean(axis=-1)

    def less_one_at_labels(x, labels):
        y = x * 2
        y[np.arange(len(x)), labels] -= 1
        return y.sum(axis=-1)

    x, labels = np.array([[1.0, 2.0, 4.0], [3.0, 4.0, 1.0]]), np.array([0, 1])
    for formula, expected in ((lead_over_others, [2.0, 0.0]), (less_one_at_labels, [13.0, 15.0])):
        fused = FusedFunction(formula, formula)
        for _ in range(2):
            assert fused(x, labels).tolist() == expected
            finish_compiling()
