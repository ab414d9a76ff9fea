"""Comparisons of arrays: what is near, and what an infinite element must not hide."""

import numpy as np
import pytest

from glassnet_testing.tools.compare import close

INF = np.inf


@pytest.mark.parametrize(
    ("got", "expected", "is_close"),
    [
        ([1.0, 2.0], [1.0, 2.0 + 1e-7], True),
        ([1.0, 2.0], [1.0, 2.0 + 1e-5], False),
        ([INF, 1.0], [INF, 1.0], True),
        ([INF, 1.0], [INF, 2.0], False),  # the infinity is not the size of the others
        ([-INF], [INF], False),
        ([1e30, 1.0], [INF, 1.0], False),
        ([INF, 1.0], [1.0, 1.0], False),
        ([np.nan], [1.0], False),
        ([1.0], [np.nan], False),
        ([], [], True),
        ([1.0], [[1.0]], False),
    ],
)
def test_arrays_are_close(got, expected, is_close):
    assert close(np.array(got), np.array(expected), 1e-6) is is_close
