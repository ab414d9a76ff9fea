"""Sample weights and class weights: a weight of two is a sample twice, in every loss."""

import numpy as np
import pytest

import glassnet as gn

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 3))
COUNTS = np.array([1, 2, 3, 1, 1, 2, 1, 1, 3, 2, 1, 1])
LABELS = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2])
TARGETS = {
    "cce": ("dense(3) softmax", LABELS),
    "bce": ("dense(1) sigmoid", (LABELS > 0).astype(float)),
    "mse": ("dense(2)", RNG.normal(size=(12, 2))),
    "mae": ("dense(2)", RNG.normal(size=(12, 2))),
    "huber": ("dense(2)", RNG.normal(size=(12, 2))),
}


def after_a_step(layers, loss, x, y, **options):
    net = gn.Network(layers).build((3,), seed=1, dtype="float64")
    history = net.fit(x, y, loss=loss, optimizer="sgd(lr=0.5)", batch_size=1000, epochs=3, **options)
    return net.vector, history["loss"]


@pytest.mark.parametrize("loss", TARGETS)
def test_weights_are_repetitions(loss):
    layers, y = TARGETS[loss]
    weighted = after_a_step(layers, loss, X, y, sample_weight=COUNTS)
    repeated = after_a_step(layers, loss, np.repeat(X, COUNTS, axis=0), np.repeat(y, COUNTS, axis=0))
    np.testing.assert_allclose(weighted[0], repeated[0], rtol=1e-10)
    np.testing.assert_allclose(weighted[1], repeated[1], rtol=1e-10)


def test_the_weights_of_a_split_are_sample_weights():
    y = TARGETS["mse"][1]
    by_sample = after_a_step("dense(2)", "mse", X, y, sample_weight=COUNTS)
    by_split = after_a_step("dense(2)", "mse", gn.Split(X, y, COUNTS.astype(float)), None)
    assert by_split[0].tobytes() == by_sample[0].tobytes()
    assert by_split[1] == by_sample[1]


def test_a_weighted_step_by_hand():
    """From w = 0 with x = 1: the mean of targets 1 and 3 with weights 3 and 1 is 1.5, the gradient -2 times that."""
    net = gn.Network(["dense(1, weights=zeros, bias=False)"]).build((1,), dtype="float64")
    options = {"loss": "mse", "optimizer": "sgd(lr=0.1)", "batch_size": 2, "sample_weight": [3.0, 1.0]}
    history = net.fit([[1.0], [1.0]], [[1.0], [3.0]], **options)
    np.testing.assert_allclose(net.vector, [0.3], rtol=1e-12)
    assert history["loss"] == pytest.approx([(3 * 1 + 1 * 9) / 4], rel=1e-12)


@pytest.mark.parametrize(
    "layers", ["dense(3, weights=zeros, bias=False) softmax", "dense(3, weights=zeros, bias=False)"]
)
def test_class_weights_are_those_of_pytorchs_cross_entropy(layers):
    """Loss, and weights after a step of 0.5, as of ``CrossEntropyLoss(weight=tensor([1.0, 0.5, 4.0]))`` in float64."""
    net = gn.Network(layers).build((2,), dtype="float64")
    net.vector[:] = [0.1, -0.2, 0.3, 0.4, 0.5, -0.6]
    history = net.fit(
        [[1.0, 2.0], [-1.0, 0.5], [0.5, -1.0], [2.0, 1.0]], [0, 2, 1, 2],
        loss="cce" if "softmax" in layers else "cce(from_logits=True)", optimizer="sgd(lr=0.5)", batch_size=4,
        class_weight={0: 1.0, 1: 0.5, 2: 4.0},
    )  # fmt: skip
    assert history["loss"] == pytest.approx([1.493401915035552], rel=1e-12)
    expected = [
        [0.0013089063623563935, -0.2280124002122597, 0.4267034938499033],
        [0.32613743364965514, 0.3214835304879004, -0.34762096413755555],
    ]
    np.testing.assert_allclose(net.vector.reshape(2, 3), expected, rtol=1e-12)


def test_sample_and_class_weights_multiply():
    both = after_a_step("dense(3) softmax", "cce", X, LABELS, sample_weight=COUNTS, class_weight={0: 1, 1: 0.5, 2: 4})
    product = COUNTS * np.array([1, 0.5, 4])[LABELS]
    by_sample = after_a_step("dense(3) softmax", "cce", X, LABELS, sample_weight=product)
    np.testing.assert_allclose(both[0], by_sample[0], rtol=1e-12)


def test_an_epoch_of_several_batches_reports_the_mean_over_all_weights():
    """Step size of next to nothing: the figure is the weighted mean of the first losses, however they are batched."""
    net = gn.Network(["dense(1, weights=zeros, bias=False)"]).build((1,), dtype="float64")
    options = {"loss": "mse", "optimizer": "sgd(lr=1e-15)", "batch_size": 2, "sample_weight": [3.0, 1.0, 2.0]}
    history = net.fit([[1.0]] * 3, [[1.0], [3.0], [2.0]], **options)
    assert history["loss"] == pytest.approx([(3 * 1 + 1 * 9 + 2 * 4) / 6], rel=1e-12)


def test_class_weights_are_weights_of_the_samples_of_a_class_for_labels_and_one_hot_rows():
    weights = {0: 1.0, 1: 0.5, 2: 4.0}
    by_sample = after_a_step("dense(3) softmax", "cce", X, LABELS, sample_weight=[weights[c] for c in LABELS])
    by_class = after_a_step("dense(3) softmax", "cce", X, LABELS, class_weight=weights)
    one_hot = after_a_step("dense(3) softmax", "cce", X, np.eye(3)[LABELS], class_weight=weights)
    np.testing.assert_allclose(by_class[0], by_sample[0], rtol=1e-12)
    np.testing.assert_allclose(one_hot[0], by_sample[0], rtol=1e-12)


def test_the_weighted_mean_by_hand():
    """Errors of 1 and 3 with weights 3 and 1: (3 * 1 + 1 * 9) / 4. PyTorch divides by the sum of the weights too."""
    net = gn.Network(["linear"]).build((1,), dtype="float64")
    split = gn.Split(np.array([[1.0], [3.0]]), np.zeros((2, 1)), np.array([3.0, 1.0]))
    assert net.evaluate(split, loss="mse")["loss"] == pytest.approx(3.0, rel=1e-12)


def test_a_loss_with_forward_alone_takes_weights_too():
    class Plain(gn.Loss):
        def forward(self, y_pred, y_true):
            return float(np.mean((y_pred - y_true) ** 2))

        def backward(self, y_pred, y_true):
            return 2 * (y_pred - y_true) / y_pred.size

    layers, y = TARGETS["mse"]
    mine = after_a_step(layers, Plain(), X, y, sample_weight=COUNTS)
    theirs = after_a_step(layers, "mse", X, y, sample_weight=COUNTS)
    np.testing.assert_allclose(mine[0], theirs[0], rtol=1e-12)
    np.testing.assert_allclose(mine[1], theirs[1], rtol=1e-12)


def test_a_sample_without_weight_changes_nothing():
    weights = np.ones(12)
    weights[5] = 0
    without = after_a_step("dense(3) softmax", "cce", np.delete(X, 5, 0), np.delete(LABELS, 5))
    zero = after_a_step("dense(3) softmax", "cce", X, LABELS, sample_weight=weights)
    np.testing.assert_allclose(zero[0], without[0], rtol=1e-10)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sample_weight": np.ones(5)}, r"weights have shape \(5,\) and x has 12 samples"),
        ({"sample_weight": -np.ones(12)}, "weights must be finite and >= 0"),
        ({"sample_weight": np.full(12, np.nan)}, "weights must be finite and >= 0"),
        ({"class_weight": {0: 1.0, 1: 1.0}}, "no weight for class 2"),
        ({"class_weight": {0: 1.0, 1: -1.0, 2: 1.0}}, "weights must be finite and >= 0"),
    ],
)
def test_weights_that_make_no_sense_are_refused(options, message):
    with pytest.raises(gn.DataError, match=message):
        after_a_step("dense(3) softmax", "cce", X, LABELS, **options)


def test_weights_of_a_split_count_together_with_those_that_are_given():
    split = gn.Split(X, LABELS, list(COUNTS))
    twice = gn.Network("dense(3) softmax").build((3,), seed=1, dtype="float64")
    twice.fit(split, loss="cce", optimizer="sgd(lr=0.5)", batch_size=1000, epochs=3, class_weight={0: 1, 1: 2, 2: 3})
    product = COUNTS * (LABELS + 1)
    by_hand = after_a_step("dense(3) softmax", "cce", X, LABELS, sample_weight=product)
    np.testing.assert_allclose(twice.vector, by_hand[0], rtol=1e-12)


def test_negative_weights_of_a_split_are_refused():
    with pytest.raises(gn.DataError, match="weights must be finite and >= 0"):
        gn.Network("dense(3) softmax").fit(gn.Split(X, LABELS, -np.ones(12)), loss="cce", optimizer="sgd")


SEQUENCES = RNG.normal(size=(4, 2, 3))


@pytest.mark.parametrize(
    ("layers", "y"),
    [
        ("dense(3) softmax", np.array([[0, 1], [1, 2], [2, 0], [1, 0]])),
        ("dense(2) softmax", np.array([[0, 1], [1, 0], [0, 1], [1, 0]])),  # a single 1 a row, and no one-hot rows
        ("dense(3) softmax", np.eye(3)[[[0, 1], [1, 2], [2, 0], [1, 0]]]),
    ],
)
def test_a_class_for_each_time_step_has_no_class_weight(layers, y):
    message = r"class_weight is for one class a sample, and outputs of shape \(batch, 2, [23]\) have several; weigh"
    with pytest.raises(gn.DataError, match=message):
        gn.Network(layers).fit(SEQUENCES, y, loss="cce", optimizer="sgd", class_weight={0: 1.0, 1: 2.0, 2: 3.0})


@pytest.mark.parametrize("y", [RNG.normal(size=(12, 2)), np.full((12, 2), 0.5), np.ones((12, 2))])
def test_targets_that_are_no_classes_have_no_class_weight(y):
    message = r"class_weight needs labels or one-hot rows, and the targets of shape \(12, 2\) are neither; .* weigh the"
    with pytest.raises(gn.DataError, match=message):
        after_a_step("dense(2)", "mse", X, y, class_weight={0: 1.0, 1: 2.0})


def test_a_column_of_labels_has_class_weights():
    y = (LABELS > 0).astype(float)
    by_class = after_a_step("dense(1) sigmoid", "bce", X, y[:, None], class_weight={0: 1.0, 1: 3.0})
    by_sample = after_a_step("dense(1) sigmoid", "bce", X, y, sample_weight=np.where(y == 1, 3.0, 1.0))
    np.testing.assert_allclose(by_class[0], by_sample[0], rtol=1e-12)
