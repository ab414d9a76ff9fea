"""Accelerators that promise every bit: zeros of both signs, the smallest and largest numbers, infinities and NaN."""

import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators.adam import NumbaAdam, NumbaAdamW
from glassnet_accelerators.binary_crossentropy import NumbaBinaryCrossentropy
from glassnet_accelerators.categorical_crossentropy import NumbaCategoricalCrossentropy
from glassnet_accelerators.relu import NumbaRelu

SPECIAL = [0.0, -0.0, 1.0, -1.0, 20.0, -104.0, 1e-8, 1e-38, 1e-45, -1e-45, 3e38, -3e38]
NOT_FINITE = [np.inf, -np.inf, np.nan]
# Rows of one number to more than NumPy adds in one go, and of all remainders of a vector register.
WIDTHS = (1, 2, 3, 5, 8, 13, 33)


def assert_same_bytes(got, wanted):
    """Compare bit by bit; of a NaN only that it is one, since its sign and payload mean nothing."""
    got, wanted = np.asarray(got), np.asarray(wanted)
    assert got.dtype == wanted.dtype
    numbers = ~np.isnan(wanted)
    np.testing.assert_array_equal(np.isnan(got), ~numbers)
    assert got[numbers].tobytes() == wanted[numbers].tobytes()


@pytest.fixture(params=[(dtype, finite) for dtype in ("float32", "float64") for finite in (True, False)], ids=str)
def draw(request):
    """``draw(shape)`` returns special numbers of a type."""
    dtype, finite = request.param
    rng = np.random.default_rng(0)
    numbers = np.array(SPECIAL if finite else SPECIAL + NOT_FINITE, dtype)
    with np.errstate(all="ignore"):
        yield lambda *shape: rng.choice(numbers, shape)


def test_relu(draw):
    relu = gn.activations.relu()
    faster = NumbaRelu().replacement(relu)
    for width in WIDTHS:
        x, dy = draw(7, width), draw(7, width)
        assert_same_bytes(faster.forward(x), relu.forward(x))
        assert_same_bytes(faster.backward(dy, x, x), relu.backward(dy, x, x))


@pytest.mark.parametrize(("name", "accelerator"), [("adam", NumbaAdam), ("adamw", NumbaAdamW)])
def test_adam(draw, name, accelerator):
    adam = gn.create("optimizer", name)
    faster = accelerator().replacement(adam)
    for width in WIDTHS:
        p, g, m, v = draw(width), draw(width), draw(width), np.abs(draw(width))
        results = []
        for optimizer in (faster, accelerator.bit_identical_to().replacement(adam)):
            mine = [each.copy() for each in (p, g, m, v)]
            optimizer.update(mine[0], mine[1], {"sum_m": mine[2], "sum_v": mine[3]}, 0.01, 3)
            results.append((mine[0], mine[2], mine[3]))
        for got, wanted in zip(*results, strict=True):
            assert_same_bytes(got, wanted)


@pytest.mark.parametrize(
    ("name", "accelerator"),
    [("binary_crossentropy", NumbaBinaryCrossentropy), ("categorical_crossentropy", NumbaCategoricalCrossentropy)],
)
def test_crossentropies_of_logits(draw, name, accelerator):
    loss = gn.create("loss", f"{name}(from_logits=True)")
    faster = accelerator().replacement(loss)
    assert faster is not loss
    for width in WIDTHS:
        z = draw(7, width)
        labels = np.arange(7) % width
        rows = np.eye(width, dtype=z.dtype)[labels]
        for y in (rows,) if name.startswith("binary") else (rows, labels):
            for got, wanted in zip(faster.value_and_gradient(z, y), loss.value_and_gradient(z, y), strict=True):
                assert_same_bytes(got, wanted)
