"""The compiled relu: the bytes of NumPy's, at zeros, infinities and NaN too."""

import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators.relu import NumbaRelu

AWKWARD = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-45, -1e-45, 3e38]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_bit_is_that_of_the_formula(dtype):
    x = np.array([AWKWARD] * 7, dtype)
    dy = np.random.default_rng(0).permutation(x.reshape(-1)).reshape(x.shape)
    faster = NumbaRelu().replacement(gn.activations.relu())
    y = np.where(np.isnan(x) | (x > 0), x, np.zeros_like(x))  # by hand
    assert faster.forward(x).tobytes() == y.tobytes()
    with np.errstate(invalid="ignore"):
        wanted = dy * (x > 0)
    np.testing.assert_array_equal(faster.backward(dy, x, y), wanted)
    assert faster.backward(dy, x, y).dtype == np.dtype(dtype)


def test_views_are_read_right():
    x = np.arange(-6.0, 6.0).reshape(3, 4).T
    faster = NumbaRelu().replacement(gn.activations.relu())
    np.testing.assert_array_equal(faster.forward(x), np.maximum(x, 0))
