"""The checks that every component has to pass, and the effect of corruptions on a training."""

import numpy as np

import glassnet as gn
from glassnet.testing import parametrize_with_checks

IMAGES = np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2)


@parametrize_with_checks(["corruption:blank", "corruption:jitter", "callback:corrupt", "kind:corruption"])
def test_components(check):
    check()


def test_the_expected_part_of_the_numbers_is_lost():
    ones = np.ones((100, 100), np.float32)
    blanked = gn.corruptions.blank(probability=0.3).apply(ones, np.random.default_rng(0))
    assert set(np.unique(blanked)) == {0, 1}
    # The standard deviation of the share of 10,000 numbers is sqrt(0.3 * 0.7 / 10000) = 0.0046.
    assert abs(blanked.mean() - 0.7) < 0.02


def test_a_training_sees_changed_samples():
    class Seen(gn.Callback):
        """Keeps the batch that is learned from."""

        def on_after_backward(self, run):
            seen.append(run.batch[0].copy())

    seen = []
    net = gn.Network("flatten dense(1)")
    net.fit(
        IMAGES, np.ones((2, 1)), loss="mse", optimizer="sgd", callbacks=["corrupt([jitter(0.5)])", Seen()], epochs=2
    )
    assert len(seen) == 2
    assert not np.array_equal(seen[0], seen[1])
    in_order = seen[0][np.argsort(seen[0].mean(axis=(1, 2, 3)))]
    assert 0 < abs(in_order - IMAGES).max() < 3
