"""What holds for every loss, fused ones too."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import glassnet as gn
from glassnet_autodiff.gradient_check import check_loss


def distribution(rng, shape):
    weights = rng.uniform(0.1, 1, shape)
    return weights / weights.sum(axis=-1, keepdims=True)


def values(rng, shape):
    return rng.normal(size=shape) * 2


def probabilities(rng, shape):
    return rng.uniform(0.05, 0.95, shape)


def yes_or_no(rng, shape):
    return rng.integers(0, 2, shape).astype("float64")


def one_hot(rng, shape):
    return np.eye(shape[-1])[labels(rng, shape)]


def labels(rng, shape):
    return rng.integers(0, shape[-1], shape[:-1])


def mse():
    return gn.losses.mean_squared_error()


def bce():
    return gn.losses.binary_crossentropy()


def cce():
    return gn.losses.categorical_crossentropy()


def fused_bce():
    return bce().fuse(gn.activations.sigmoid())


def fused_cce():
    return cce().fuse(gn.activations.softmax())


def signs(rng, shape):
    return rng.choice([-1.0, 1.0], shape)


def spec(text, activation=None):
    """Return a function that makes a loss, fused with an activation if one is named."""

    def create():
        loss = gn.create("loss", text)
        return loss if activation is None else loss.fuse(gn.create("activation", activation))

    return create


CASES = [
    pytest.param(mse, values, values, id="mse"),
    pytest.param(bce, probabilities, yes_or_no, id="bce"),
    pytest.param(bce, probabilities, probabilities, id="bce-soft"),
    pytest.param(cce, distribution, labels, id="cce-labels"),
    pytest.param(cce, distribution, one_hot, id="cce-one-hot"),
    pytest.param(cce, distribution, distribution, id="cce-soft"),
    pytest.param(fused_bce, values, yes_or_no, id="fused-bce"),
    pytest.param(fused_bce, values, probabilities, id="fused-bce-soft"),
    pytest.param(fused_cce, values, labels, id="fused-cce-labels"),
    pytest.param(fused_cce, values, one_hot, id="fused-cce-one-hot"),
    pytest.param(fused_cce, values, distribution, id="fused-cce-soft"),
    pytest.param(spec("bce(from_logits=True)"), values, yes_or_no, id="bce-logits"),
    pytest.param(spec("cce(from_logits=True)"), values, labels, id="cce-logits"),
    # 5/16 of a target, a fifth of that, and the rest are numbers that float32 holds exactly.
    pytest.param(spec("cce(label_smoothing=0.3125)"), distribution, labels, id="cce-smoothed-labels"),
    pytest.param(spec("cce(label_smoothing=0.3125)"), distribution, distribution, id="cce-smoothed-soft"),
    pytest.param(spec("cce(label_smoothing=0.3125)", "softmax"), values, labels, id="fused-cce-smoothed-labels"),
    pytest.param(spec("cce(label_smoothing=0.3125)", "softmax"), values, one_hot, id="fused-cce-smoothed-one-hot"),
    pytest.param(spec("mae"), values, values, id="mae"),
    pytest.param(spec("huber"), values, values, id="huber"),
    pytest.param(spec("huber(0.25)"), values, values, id="huber-0.25"),
    pytest.param(spec("hinge(independent=True)"), values, signs, id="hinge"),
    pytest.param(spec("hinge(independent=True)"), values, yes_or_no, id="hinge-0-1"),
    pytest.param(spec("hinge"), values, labels, id="hinge-classes"),
    pytest.param(spec("kl_divergence"), distribution, distribution, id="kl"),
    pytest.param(spec("kl_divergence"), distribution, one_hot, id="kl-one-hot"),
    pytest.param(spec("kl_divergence", "softmax"), values, distribution, id="fused-kl"),
    pytest.param(spec("focal(independent=True)"), probabilities, yes_or_no, id="focal"),
    pytest.param(spec("focal(0.5, None, independent=True)"), probabilities, probabilities, id="focal-soft"),
    pytest.param(spec("focal(independent=True)", "sigmoid"), values, yes_or_no, id="fused-focal"),
    pytest.param(spec("focal(0.5, 0.7, independent=True)", "sigmoid"), values, probabilities, id="fused-focal-soft"),
    # A single class has probability 1, where the logarithm ends: 0.05 to 0.95 can be moved both ways.
    pytest.param(spec("focal"), probabilities, labels, id="focal-classes"),
    pytest.param(spec("focal", "softmax"), values, labels, id="fused-focal-classes"),
    pytest.param(spec("focal(0)", "softmax"), values, labels, id="fused-focal-0-classes"),
]

pytestmark = pytest.mark.parametrize(("create", "predictions", "targets"), CASES)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (5, 3), (2, 3, 4), (2, 2, 2, 3)])
def test_backward_agrees_with_central_differences(create, predictions, targets, shape, seed):
    rng = np.random.default_rng(seed)

    assert check_loss(create(), predictions(rng, shape), targets(rng, shape)) <= 1e-6


@pytest.mark.parametrize("shape", [(1, 4), (5, 3), (2, 3, 4), (2, 2, 2, 3)])
def test_each_sample_has_the_loss_that_it_has_alone(create, predictions, targets, shape):
    rng = np.random.default_rng(0)
    y_pred, y_true = predictions(rng, shape), targets(rng, shape)
    loss = create()

    each = loss.per_sample(y_pred, y_true)

    assert each.shape == shape[:1]
    alone = [loss.forward(y_pred[i : i + 1], y_true[i : i + 1]) for i in range(len(y_pred))]
    np.testing.assert_allclose(each, alone, rtol=1e-14, atol=1e-16)


def test_weights_give_the_weighted_mean_and_its_gradient(create, predictions, targets):
    rng = np.random.default_rng(0)
    y_pred, y_true = predictions(rng, (6, 4)), targets(rng, (6, 4))
    weights = np.array([0.5, 2, 0, 1, 3, 0.25])
    loss = create()
    # Samples that are unit vectors make the predictions of the weights, and the gradient of one that of the other.
    net = gn.Network(["dense(4, bias=False)"]).build((6,), dtype="float64")
    net.flat_parameters[:] = y_pred.reshape(-1)
    split = gn.Split(np.eye(6), y_true, weights)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", gn.GlassnetWarning)  # of probabilities without a sigmoid
        figures = net.evaluate(split, loss=loss, metrics=[])
        net.fit(split, loss=loss, optimizer="sgd(lr=1)", epochs=1, batch_size=6)

    alone = [loss.forward(y_pred[i : i + 1], y_true[i : i + 1]) for i in range(6)]
    assert figures["loss"] == pytest.approx(sum(weights * alone) / 6.75, rel=1e-13)
    slopes = [w / 6.75 * loss.backward(y_pred[i : i + 1], y_true[i : i + 1])[0] for i, w in enumerate(weights)]
    np.testing.assert_allclose(y_pred - net.flat_parameters.reshape(6, 4), slopes, rtol=1e-9, atol=1e-13)


def test_a_batch_twice_costs_the_same_and_pushes_each_sample_half_as_much(create, predictions, targets):
    rng = np.random.default_rng(0)
    y_pred, y_true = predictions(rng, (3, 4)), targets(rng, (3, 4))
    twice = np.concatenate([y_pred, y_pred]), np.concatenate([y_true, y_true])
    loss = create()

    assert loss.forward(*twice) == pytest.approx(loss.forward(y_pred, y_true), rel=1e-14)
    np.testing.assert_allclose(loss.backward(*twice)[:3], loss.backward(y_pred, y_true) / 2, rtol=1e-14)


def test_the_value_is_a_python_float_and_the_gradient_stays_float32(create, predictions, targets):
    rng = np.random.default_rng(0)
    y_pred = predictions(rng, (3, 4)).astype("float32")
    y_true = create().prepare_targets(targets(rng, (3, 4)), (4,), np.dtype("float32"))

    assert type(create().forward(y_pred, y_true)) is float
    gradient = create().backward(y_pred, y_true)
    assert gradient.dtype == np.float32
    assert gradient.shape == (3, 4)


def test_the_loss_of_float32_is_summed_in_more_digits(create, predictions, targets):
    rng = np.random.default_rng(0)
    y_pred, y_true = predictions(rng, (20_000, 5)).astype("float32"), targets(rng, (20_000, 5))
    if y_true.dtype.kind == "f":
        y_true = y_true.astype("float32")
    # The same numbers in float64: what is left is the rounding of each sample's own loss, which averages out.
    exact = create().forward(y_pred.astype("float64"), y_true.astype("float64") if y_true.dtype.kind == "f" else y_true)

    assert create().forward(y_pred, y_true) == pytest.approx(exact, rel=2e-8)


def test_inputs_stay_as_they_are(create, predictions, targets):
    rng = np.random.default_rng(0)
    y_pred, y_true = predictions(rng, (3, 4)), targets(rng, (3, 4))
    before = y_pred.copy(), y_true.copy()

    create().forward(y_pred, y_true)
    create().backward(y_pred, y_true)

    np.testing.assert_array_equal(y_pred, before[0])
    np.testing.assert_array_equal(y_true, before[1])


def test_a_column_of_a_larger_array_is_taken(create, predictions, targets):
    # Batches may be views that are not contiguous.
    rng = np.random.default_rng(0)
    y_pred, y_true = predictions(rng, (6, 4)), targets(rng, (6, 4))
    loss = create()

    expected = loss.forward(y_pred[::2].copy(), y_true[::2].copy())
    assert loss.forward(y_pred[::2], y_true[::2]) == expected
    np.testing.assert_array_equal(
        loss.backward(y_pred[::2], y_true[::2]), loss.backward(y_pred[::2].copy(), y_true[::2].copy())
    )
