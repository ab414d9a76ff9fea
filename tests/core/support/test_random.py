"""Streams of random numbers: those of NumPy's Philox, with a key that follows from the seed and the name."""

import copy
import hashlib
import pickle

import numpy as np
import pytest

from glassnet.support.random import stream


@pytest.mark.parametrize(
    ("seed", "name", "count"), [(0, "shuffle", 0), (3, "layer 1", 7), (2**127 + 5, "callbacks", 1)]
)
def test_a_stream_is_that_of_philox_with_a_key_of_the_name(seed, name, count):
    digest = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=16).digest()
    philox = np.random.Philox(key=int.from_bytes(digest, "little"), counter=[0, 0, 0, count])
    np.testing.assert_array_equal(stream(seed, name, count).random(9), np.random.Generator(philox).random(9))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))], ids=["copy", "pickle"])
def test_a_copy_goes_on_with_the_same_numbers(copied):
    one = stream(0, "shuffle")
    one.random(3)
    np.testing.assert_array_equal(copied(one).random(5), one.random(5))
