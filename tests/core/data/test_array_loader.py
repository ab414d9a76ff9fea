"""Batches from memory: each sample once an epoch, in the order of the seed, however many are gathered at a time."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.support.random import stream

SAMPLES, BATCH = 10_000, 3


@pytest.fixture(params=["weighted", "not weighted"])
def loader(request):
    x = np.arange(SAMPLES, dtype=np.float32)[:, np.newaxis]
    weights = np.arange(SAMPLES) + 0.5 if request.param == "weighted" else None
    net = gn.Network("dense(1)").build((1,))
    return net.loader(gn.Split(x, -x, weights), gn.losses.mse())


@pytest.mark.parametrize("done", [0, 1, 1400, 3333])
def test_batches_are_the_parts_of_one_order(loader, done):
    order = stream(7, "shuffle", 2).permutation(SAMPLES)
    batches = list(loader.epoch_batches(BATCH, seed=7, epoch=2, done=done))
    assert len(batches) == 3334 - done
    for number, ((x, y), weights) in enumerate(batches, start=done):
        wanted = order[number * BATCH : (number + 1) * BATCH]
        np.testing.assert_array_equal(x[:, 0], wanted)
        np.testing.assert_array_equal(y, -x)
        assert (weights is None) == (loader.weights is None)
        if weights is not None:
            np.testing.assert_array_equal(weights, wanted + 0.5)


def test_no_batch_shows_the_data_themselves_or_another_batch(loader):
    batches = [x for (x, _), _ in loader.epoch_batches(BATCH, seed=0, epoch=0)]
    for x in batches:
        x[...] = -1
    np.testing.assert_array_equal(np.sort(loader.x[:, 0]), np.arange(SAMPLES))
    assert sum(x.size for x in batches) == SAMPLES
