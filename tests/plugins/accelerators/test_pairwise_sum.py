"""Sums as NumPy adds: to the last bit, also where the order of adding shows."""

import numpy as np
import pytest

from glassnet_accelerators.pairwise_sum import pairwise_sum

LENGTHS = [*range(1000), 4096, 8191, 8192]


def numbers_of_all_sizes(length, dtype):
    rng = np.random.default_rng(length)
    return (rng.normal(size=length) * 10.0 ** rng.uniform(-9, 9, length)).astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_is_the_sum_of_numpy(dtype):
    for length in [*LENGTHS, 8193, 50_000]:
        numbers = numbers_of_all_sizes(length, dtype)
        assert pairwise_sum(numbers, numbers.dtype.type(0)) == np.sum(numbers), length


def test_float32_is_added_in_float64_too():
    for length in LENGTHS:
        numbers = numbers_of_all_sizes(length, "float32")
        assert pairwise_sum(numbers, 0.0) == np.sum(numbers, dtype=np.float64), length


def test_by_hand():
    # In float32 a 1 is lost beside 2**24, and two of them are not: of 16 numbers, those 8 apart are added first.
    numbers = np.zeros(16, "float32")
    numbers[[0, 1, 9]] = 2**24, 1, 1
    assert pairwise_sum(numbers, np.float32(0)) == 2**24 + 2
    numbers[[0, 1, 9, 8, 2]] = 2**24, 0, 0, 1, 1
    assert pairwise_sum(numbers, np.float32(0)) == 2**24
    assert pairwise_sum(numbers, 0.0) == 2**24 + 2
