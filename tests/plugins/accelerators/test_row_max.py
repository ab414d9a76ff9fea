"""The largest of each row, by the straight way and by the turned one."""

import numpy as np
import pytest

from glassnet_accelerators.numpy_only.row_max import row_max


@pytest.mark.parametrize(
    "shape", [(1, 10), (64, 10), (63, 3), (64, 3), (70, 33), (5, 17, 2), (3, 40), (80, 1)], ids=str
)
def test_the_largest_of_each_row(shape):
    x = np.random.default_rng(0).normal(size=shape).astype("float32")

    largest = row_max(x)

    assert largest.dtype == np.float32
    assert largest.shape == (*shape[:-1], 1)
    assert largest.ravel().tolist() == [max(row) for row in x.reshape(-1, shape[-1]).tolist()]


def test_nan_is_the_largest():
    x = np.zeros((80, 4))
    x[3, 2] = np.nan
    assert np.flatnonzero(np.isnan(row_max(x))).tolist() == [3]


def test_rows_may_be_a_view():
    x = np.arange(640.0).reshape(4, 160).T[::2]
    assert row_max(x).ravel().tolist() == [max(row) for row in x.tolist()]
