"""Mean squared error: by hand, and every sample counting once."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn


def mse(*batches):
    metric = gn.metrics.mse().fresh()
    for y_true, y_pred in batches:
        metric.update(np.asarray(y_true), np.asarray(y_pred))
    return metric.compute()


def test_by_hand():
    # (1 + 4 + 9 + 4) / 4
    assert mse(([[1.0, 2.0], [3.0, 4.0]], [[2.0, 0.0], [0.0, 6.0]])) == pytest.approx(4.5, rel=1e-15)


@pytest.mark.parametrize("sizes", [[7], [1] * 7, [4, 3], [0, 7]])
def test_batches_of_any_size_give_the_error_of_the_whole(sizes):
    errors = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 6.0])[:, None]
    ends = np.cumsum(sizes).tolist()
    batches = [(np.zeros((n, 1)), errors[e - n : e]) for n, e in zip(sizes, ends, strict=True)]
    assert mse(*batches) == pytest.approx(6.0, rel=1e-15)


def test_shapes_that_would_be_broadcast_are_refused():
    with pytest.raises(gn.ShapeError, match="give targets in the shape of the outputs"):
        mse((np.zeros(3), np.zeros((3, 1))))


def test_over_no_samples_it_is_nan():
    assert np.isnan(gn.metrics.mse().fresh().compute())
