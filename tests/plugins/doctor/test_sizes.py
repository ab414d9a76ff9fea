"""The sizes of parameters, in pieces: the bytes are those of NumPy's sums over whole vectors."""

import numpy as np
import pytest

from glassnet_doctor import sizes
from glassnet_doctor.sizes import sizes_of_each

STARTS, LENGTH = [0, 300_000, 300_001, 365_537, 431_074], 600_003


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shared", [1, 1_000_000])
def test_pieces_are_added_up_to_the_bytes_of_the_whole(monkeypatch, dtype, shared):
    monkeypatch.setattr(sizes, "SHARED", shared)
    before, after = np.random.default_rng(3).normal(size=(2, LENGTH)).astype(dtype)
    found = sizes_of_each((before.__getitem__, lambda part: after[part] - before[part]), STARTS, LENGTH)
    counts = [300_000, 1, 65_536, 65_537, 168_929]
    for size, vector in zip(found, (before, after - before), strict=True):
        np.testing.assert_array_equal(size, np.sqrt(np.add.reduceat(np.square(vector), STARTS) / counts))


def test_sizes_of_a_few_numbers_are_those_found_by_hand():
    values = np.array([3, 4, -2], "float32")  # the mean square of 3 and 4 is 12.5
    (found,) = sizes_of_each((values.__getitem__,), [0, 2], 3)
    np.testing.assert_allclose(found, [12.5**0.5, 2])


def test_a_network_without_parameters_has_no_sizes():
    assert sizes_of_each((np.zeros(0).__getitem__,), [], 0)[0].size == 0
