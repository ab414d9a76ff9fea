"""The callback augment: what a training sees, and what nothing else sees."""

import numpy as np
import pytest

import glassnet as gn

RNG = np.random.default_rng(0)
IMAGES, LABELS = RNG.integers(0, 256, (12, 6, 6, 1)).astype(np.uint8), np.arange(12) % 3


class Seen(gn.Callback):
    """Keeps the batches that are learned from."""

    def on_run_start(self, run):
        run.state_of(self).batches = []
        seen.clear()

    def on_after_backward(self, run):
        seen.append(tuple(each.copy() for each in run.batch))


seen = []


def fit(callbacks, loss="cce", y=LABELS, **options):
    net = gn.Network("flatten dense(3) softmax")
    net.fit(IMAGES, y, loss=loss, optimizer="sgd", batch_size=12, callbacks=[*callbacks, Seen()], **options)
    return net


def test_a_training_sees_other_images_in_every_epoch_and_the_data_stay():
    before = IMAGES.copy()
    fit(["augment([flip, shift(0.3)])"], epochs=2)
    np.testing.assert_array_equal(IMAGES, before)
    sums = [np.sort(x.sum(axis=(1, 2, 3))) for x, _ in seen]
    assert not np.allclose(*sums)


def test_validation_and_evaluation_see_the_images_as_they_are():
    net = fit(["augment([cutout(1.0)])"], validation=(IMAGES, LABELS), metrics=["accuracy"])
    assert net.history["val_loss"][-1] == pytest.approx(net.evaluate(IMAGES, LABELS)["loss"], rel=1e-6)
    twin = gn.Network("flatten dense(3) softmax").build((6, 6, 1))
    twin.flat_parameters = net.flat_parameters
    np.testing.assert_array_equal(twin.predict(IMAGES), net.predict(IMAGES))


def test_the_same_seed_sees_the_same_images():
    one, other, another = (fit(["augment([rotate, color])"], seed=seed).flat_parameters for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, other)
    assert not np.array_equal(one, another)


def test_mixup_makes_rows_of_labels():
    fit(["augment([mixup(1.0)])"], metrics=["accuracy"])
    _, y = seen[0]
    assert y.shape == (12, 3)
    np.testing.assert_allclose(y.sum(axis=1), 1, rtol=1e-6)
    assert ((y > 0.01) & (y < 0.99)).any()


def test_class_weights_are_refused_beside_mixed_targets():
    with pytest.raises(gn.OptionError, match="class_weight is for targets of one class each"):
        fit(["augment([mixup(1.0)])"], class_weight={0: 1.0, 1: 2.0, 2: 0.5})
    net = fit(["augment([flip])"], class_weight={0: 1.0, 1: 2.0, 2: 0.5})
    assert np.isfinite(net.flat_parameters).all()


def test_a_loss_of_labels_alone_is_refused_before_the_training():
    class OfLabels(gn.Loss):
        """Minus the output of the true class."""

        target_types = ("labels",)

        def prepare_targets(self, y, output_shape, dtype):
            return y

        def per_sample(self, y_pred, y_true):
            return -y_pred[np.arange(len(y_true)), y_true]

    with pytest.raises(gn.OptionError, match=r"mixup.* mixes targets, and the loss .* takes labels alone"):
        fit(["augment([mixup])"], loss=OfLabels())


def test_streamed_batches_are_changed_too():
    net = gn.Network("flatten dense(3) softmax")
    batches = [(IMAGES[:6], LABELS[:6]), (IMAGES[6:], LABELS[6:])]
    net.fit(batches, loss="cce", optimizer="sgd", callbacks=["augment([cutout(1.0, value=1.0)])", Seen()])
    assert len(seen) == 2
    assert all((x == 1).mean() > 0.25 for x, _ in seen)
