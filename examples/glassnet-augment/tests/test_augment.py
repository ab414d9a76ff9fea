"""The checks that every component has to pass, and the effect of augmentations on a training."""

import numpy as np

import glassnet as gn
from glassnet.testing import parametrize_with_checks

IMAGES = np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2)


@parametrize_with_checks(["augmentation:flip", "augmentation:jitter", "callback:augment", "kind:augmentation"])
def test_components(check):
    check()


def test_a_flipped_image_has_its_columns_in_reverse():
    flipped = gn.augmentations.flip(probability=1).apply(IMAGES, np.random.default_rng(0))
    np.testing.assert_array_equal(flipped[:, :, 0], IMAGES[:, :, 1])
    np.testing.assert_array_equal(flipped[:, :, 1], IMAGES[:, :, 0])


def test_a_training_sees_changed_samples():
    class Seen(gn.Callback):
        """Keeps the batch that is learned from."""

        def on_after_backward(self, run):
            seen.append(run.batch[0].copy())

    seen = []
    net = gn.Network("flatten dense(1)")
    net.fit(
        IMAGES, np.ones((2, 1)), loss="mse", optimizer="sgd", callbacks=["augment([jitter(0.5)])", Seen()], epochs=2
    )
    assert len(seen) == 2
    assert not np.array_equal(seen[0], seen[1])
    in_order = seen[0][np.argsort(seen[0].mean(axis=(1, 2, 3)))]
    assert 0 < abs(in_order - IMAGES).max() < 3
