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
    return net.flat_parameters, history["loss"]


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
    net = gn.Network(["dense(1, weight_init=zeros, bias=False)"]).build((1,), dtype="float64")
    options = {"loss": "mse", "optimizer": "sgd(lr=0.1)", "batch_size": 2, "sample_weight": [3.0, 1.0]}
    history = net.fit([[1.0], [1.0]], [[1.0], [3.0]], **options)
    np.testing.assert_allclose(net.flat_parameters, [0.3], rtol=1e-12)
    assert history["loss"] == pytest.approx([(3 * 1 + 1 * 9) / 4], rel=1e-12)


@pytest.mark.parametrize(
    "layers", ["dense(3, weight_init=zeros, bias=False) softmax", "dense(3, weight_init=zeros, bias=False)"]
)
def test_class_weights_are_those_of_pytorchs_cross_entropy(layers):
    """Loss, and weights after a step of 0.5, as of ``CrossEntropyLoss(weight=tensor([1.0, 0.5, 4.0]))`` in float64."""
    net = gn.Network(layers).build((2,), dtype="float64")
    net.flat_parameters[:] = [0.1, -0.2, 0.3, 0.4, 0.5, -0.6]
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
    np.testing.assert_allclose(net.flat_parameters.reshape(2, 3), expected, rtol=1e-12)


def test_sample_and_class_weights_multiply():
    both = after_a_step("dense(3) softmax", "cce", X, LABELS, sample_weight=COUNTS, class_weight={0: 1, 1: 0.5, 2: 4})
    product = COUNTS * np.array([1, 0.5, 4])[LABELS]
    by_sample = after_a_step("dense(3) softmax", "cce", X, LABELS, sample_weight=product)
    np.testing.assert_allclose(both[0], by_sample[0], rtol=1e-12)


def test_an_epoch_of_several_batches_reports_the_mean_over_all_weights():
    """Step size of next to nothing: the figure is the weighted mean of the first losses, however they are batched."""
    net = gn.Network(["dense(1, weight_init=zeros, bias=False)"]).build((1,), dtype="float64")
    options = {"loss": "mse", "optimizer": "sgd(lr=1e-15)", "batch_size": 2, "sample_weight": [3.0, 1.0, 2.0]}
    history = net.fit([[1.0]] * 3, [[1.0], [3.0], [2.0]], **options)
    assert history["loss"] == pytest.approx([(3 * 1 + 1 * 9 + 2 * 4) / 6], rel=1e-12)


def test_class_weights_are_weights_of_the_samples_of_a_class():
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
    np.testing.assert_allclose(twice.flat_parameters, by_hand[0], rtol=1e-12)


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


# --- the rule: samples' weights count everywhere, classes' weights in the training loss alone ----------------------

ERRORS = np.array([[1.0], [3.0], [2.0], [6.0]])
WEIGHTS = np.array([3.0, 1.0, 2.0, 0.0])


def identity():
    return gn.Network(["linear"]).build((1,), dtype="float64")


def of_zero(**options):
    """Return what `evaluate` says of predictions that are off by `ERRORS`."""
    return identity().evaluate(ERRORS, np.zeros((4, 1)), loss="mse", metrics=["mae", "rmse"], **options)


def test_an_evaluation_with_weights_by_hand():
    """(3 · 1 + 1 · 3 + 2 · 2) / 6, and of squares (3 · 1 + 1 · 9 + 2 · 4) / 6."""
    got = of_zero(sample_weight=WEIGHTS)
    assert got["mean_absolute_error"] == pytest.approx(10 / 6)
    assert got["loss"] == pytest.approx(20 / 6)
    assert got["root_mean_squared_error"] == pytest.approx(np.sqrt(20 / 6))


def fit_without_learning(**options):
    net = identity()
    return net.fit(ERRORS, np.zeros(4), loss="mse", optimizer="sgd", batch_size=3, metrics=["mae"], **options)


def test_the_metrics_of_a_fit_are_weighted_in_training():
    history = fit_without_learning(sample_weight=WEIGHTS)
    assert history["mean_absolute_error"] == pytest.approx([10 / 6])


@pytest.mark.parametrize(
    "validation",
    [
        gn.Split(ERRORS, np.zeros((4, 1)), WEIGHTS),
        [(ERRORS[:1], np.zeros(1), WEIGHTS[:1]), (ERRORS[1:], np.zeros(3), WEIGHTS[1:])],
        gn.Batches([(ERRORS, np.zeros(4), WEIGHTS)]),
    ],
)
def test_validation_data_bring_their_own_weights(validation):
    history = fit_without_learning(validation=validation)
    assert history["val_mean_absolute_error"] == pytest.approx([10 / 6])
    assert history["val_loss"] == pytest.approx([20 / 6])
    assert history["mean_absolute_error"] == pytest.approx([3.0])


def test_a_fraction_that_is_held_out_keeps_its_weights():
    """Whichever half is held out, its error is that of one of these pairs."""
    history = identity().fit(
        [[1.0], [1.0], [3.0], [3.0]], np.zeros(4), loss="mae", optimizer="sgd", metrics=["mae"],
        validation=0.75, seed=1, sample_weight=[2.0, 2.0, 1.0, 1.0],
    )  # fmt: skip
    # Three of the four: 1, 1, 3 with weights 2, 2, 1, or 1, 3, 3 with 2, 1, 1.
    assert history["val_mean_absolute_error"][0] in (pytest.approx(7 / 5), pytest.approx(8 / 4))
    assert history["val_loss"] == pytest.approx(history["val_mean_absolute_error"])


def losses_of(**options):
    """Return the first loss and validation loss of three classes at zero weights, all of them log 3 a sample."""
    net = gn.Network(["dense(3, bias=False)", "softmax"]).build((3,), dtype="float64")
    net.flat_parameters[...] = np.random.default_rng(5).normal(size=9)
    history = net.fit(X, LABELS, loss="cce", optimizer="sgd(lr=1e-12)", batch_size=5, metrics=["accuracy"], **options)
    return net, history


CLASS_WEIGHT = {0: 1.0, 1: 0.5, 2: 4.0}


def test_class_weights_count_in_the_training_loss_alone():
    _, plain = losses_of(validation=(X, LABELS))
    net, weighted = losses_of(validation=(X, LABELS), class_weight=CLASS_WEIGHT)
    for figure in ("val_loss", "val_accuracy", "accuracy"):
        assert weighted[figure] == pytest.approx(plain[figure], rel=1e-9)
    assert net.evaluate(X, LABELS)["loss"] == pytest.approx(plain["loss"][0], rel=1e-9)
    # As scikit-learn's log_loss with these weights has it: the mean over weights.
    p = net.predict(X)[np.arange(12), LABELS]
    w = np.array([CLASS_WEIGHT[label] for label in LABELS])
    assert weighted["loss"] == pytest.approx([-(w * np.log(p)).sum() / w.sum()], rel=1e-9)


def test_val_loss_is_one_number_in_every_form_of_validation():
    """The held-out part, given again as arrays, as a split and as batches."""
    net, by_fraction = losses_of(validation=0.25, class_weight=CLASS_WEIGHT, seed=3)
    from glassnet.data.array_loader import split_rows
    from glassnet.support.random import stream

    split = gn.Split(X, LABELS)
    training, held = (split[rows] for rows in split_rows(len(X), 0.25, stream(3, "validation")))
    for validation in ((held.x, held.y), held, [(held.x, held.y)]):
        other = gn.Network(["dense(3, bias=False)", "softmax"]).build((3,), dtype="float64")
        other.flat_parameters[...] = np.random.default_rng(5).normal(size=9)
        history = other.fit(
            training, loss="cce", optimizer="sgd(lr=1e-12)", batch_size=5, metrics=["accuracy"], seed=3,
            class_weight=CLASS_WEIGHT, validation=validation,
        )  # fmt: skip
        assert history["val_loss"] == pytest.approx(by_fraction["val_loss"], rel=1e-12)
        assert history["loss"] == pytest.approx(by_fraction["loss"], rel=1e-12)
    assert net.evaluate(held)["loss"] == pytest.approx(by_fraction["val_loss"][0], rel=1e-9)


def test_metrics_of_samples_with_both_weights_have_those_of_the_samples():
    _, both = losses_of(sample_weight=COUNTS, class_weight=CLASS_WEIGHT)
    _, own = losses_of(sample_weight=COUNTS)
    assert both["accuracy"] == pytest.approx(own["accuracy"], rel=1e-12)
    assert both["loss"] != pytest.approx(own["loss"], rel=1e-3)


def test_an_evaluation_takes_class_weights_in_its_loss():
    net, history = losses_of(class_weight=CLASS_WEIGHT)
    got = net.evaluate(X, LABELS, class_weight=CLASS_WEIGHT)
    assert got["loss"] == pytest.approx(history["loss"][0], rel=1e-9)
    assert got["accuracy"] == pytest.approx(net.evaluate(X, LABELS)["accuracy"])


@pytest.mark.parametrize(
    ("layers", "loss", "labels", "class_weight"),
    [
        ("dense(3) softmax", "cce", [0, 1, 2, 0, 1, 2], {0: 1.0, 1: 0.5, 2: 4.0}),
        ("dense(3) softmax", "cce", np.eye(3)[[0, 1, 2, 0, 1, 2]], {0: 1.0, 1: 0.5, 2: 4.0, 7: 1.0}),
        ("dense(1) sigmoid", "bce", [0, 1, 1, 0, 1, 0], {0: 1.0, 1: 3.0}),
        ("dense(1)", "hinge", [-1, 1, 1, -1, 1, 1], {-1: 1.0, 1: 3.0}),
        ("dense(3)", "hinge", [0, 1, 2, 0, 1, 2], {0: 1.0, 1: 0.5, 2: 4.0}),
        ("dense(1)", "mse", [7, 1, 1, 7, 1, 7], {7: 2.0, 1: 0.5}),
    ],
)
@pytest.mark.parametrize("as_batches", [False, True])
def test_class_weights_are_found_for_targets_of_each_form(layers, loss, labels, class_weight, as_batches):
    labels = np.asarray(labels)
    of_samples = [class_weight[c] for c in (labels.argmax(axis=1) if labels.ndim == 2 else labels).tolist()]
    options = {"loss": loss, "optimizer": "sgd(lr=0.1)"}
    by_class, by_sample = (gn.Network(layers).build((3,), seed=1, dtype="float64") for _ in range(2))
    if as_batches:
        history = by_class.fit([(X[:6], labels)], class_weight=class_weight, **options)
    else:
        history = by_class.fit(X[:6], labels, class_weight=class_weight, batch_size=6, **options)
    wanted = by_sample.fit(X[:6], labels, sample_weight=of_samples, batch_size=6, **options)
    assert history["loss"] == pytest.approx(wanted["loss"], rel=1e-12)
    np.testing.assert_allclose(by_class.flat_parameters, by_sample.flat_parameters, rtol=1e-12)


class Plain(gn.Metric):
    """The mean output, of a metric that knows nothing of weights."""

    def reset(self):
        self._total, self._count = 0.0, 0

    def update(self, y_true, y_pred):
        self._total += float(y_pred.sum())
        self._count += len(y_pred)

    def compute(self):
        return self._total / self._count


def test_a_metric_without_weights_counts_alike_and_is_warned_of_once():
    with pytest.warns(gn.GlassnetWarning, match="the metric plain takes no sample weights") as caught:
        history = identity().fit(
            ERRORS, np.zeros(4), loss="mse", optimizer="sgd", batch_size=1, epochs=3, metrics=[Plain()],
            sample_weight=WEIGHTS, validation=gn.Split(ERRORS, np.zeros((4, 1)), WEIGHTS),
        )  # fmt: skip
    assert len(caught) == 1
    assert history["plain"] == pytest.approx([3.0] * 3)


def test_a_metric_without_weights_is_not_warned_of_if_there_are_none():
    history = identity().fit(ERRORS, np.zeros(4), loss="mse", optimizer="sgd", metrics=[Plain()])
    assert history["plain"] == pytest.approx([3.0])


# --- weights that leave nothing to count --------------------------------------------------------------------------

NOTHING = "all (validation )?weights are 0, so no sample counts; give at least one sample a weight above 0"


@pytest.mark.parametrize(
    "options",
    [
        {"sample_weight": np.zeros(12)},
        {"class_weight": {0: 0.0, 1: 0.0, 2: 0.0}},
        {"validation": gn.Split(X, LABELS, np.zeros(12))},
        {"validation": [(X, LABELS, np.zeros(12))]},
        {"sample_weight": (LABELS > 0).astype(float), "class_weight": {0: 1.0, 1: 0.0, 2: 0.0}},
        {"validation": 0.5, "sample_weight": np.eye(12)[0]},
    ],
)
def test_a_fit_in_which_no_sample_counts_is_refused(options):
    with pytest.raises(gn.DataError, match=NOTHING):
        losses_of(**options)


@pytest.mark.parametrize(
    "batches", [[(X, LABELS, np.zeros(12))], [(X[:6], LABELS[:6], np.zeros(6)), (X[6:], LABELS[6:], np.zeros(6))]]
)
def test_batches_in_which_no_sample_counts_are_refused(batches):
    net = gn.Network("dense(3) softmax")
    with pytest.raises(gn.DataError, match=NOTHING):
        net.fit(batches, loss="cce", optimizer="sgd")
    with pytest.raises(gn.DataError, match=NOTHING):
        net.evaluate(batches, loss="cce")


def test_a_batch_of_weight_0_among_others_is_fine():
    net = gn.Network("dense(3) softmax")
    history = net.fit(
        [(X, LABELS, np.zeros(12)), (X, LABELS)], loss="cce", optimizer="sgd(lr=1e-9)", metrics="accuracy"
    )
    assert history["loss"] == pytest.approx([net.evaluate(X, LABELS)["loss"]], rel=1e-4)
    assert history["accuracy"] == pytest.approx([net.evaluate(X, LABELS)["accuracy"]])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.zeros(4), NOTHING),
        ([1.0, 2.0, -1.0, 1.0], "finite and >= 0"),
        ([1.0, np.nan, 1.0, 1.0], "finite and >= 0"),
        ([1.0, np.inf, 1.0, 1.0], "finite and >= 0"),
        ([1e308, 1e308, 1.0, 1.0], "weights are too large"),
        ([1.0, 2.0], "give one weight a sample"),
        (["a", "b", "c", "d"], "sample_weight has element type <U1"),
        (np.ones((4, 1)), "give one weight a sample"),
    ],
)
def test_an_evaluation_says_what_is_wrong_with_weights(weights, message):
    with pytest.raises(gn.DataError, match=message):
        of_zero(sample_weight=weights)


def test_sample_weights_beside_batches_are_refused_by_evaluate_too():
    with pytest.raises(gn.DataError, match=r"give \(x, y, weights\)"):
        identity().evaluate([(ERRORS, np.zeros(4))], loss="mse", sample_weight=WEIGHTS)


def test_weights_whose_product_is_infinite_are_refused():
    with np.errstate(over="ignore"), pytest.raises(gn.DataError, match="weights must be finite"):
        losses_of(sample_weight=np.full(12, 1e200), class_weight={0: 1e200, 1: 1.0, 2: 1.0})


class Column(gn.Loss):
    """Squared errors, with one axis too many, or too few in the derivative."""

    def per_sample(self, y_pred, y_true):
        return (y_pred - y_true) ** 2

    def backward(self, y_pred, y_true):
        return 2 * (y_pred - y_true)[:, 0] / len(y_pred)


@pytest.mark.parametrize("weights", [None, np.arange(6.0)])
@pytest.mark.parametrize("layers", ["dense(1)", "dense(1) sigmoid"])
def test_losses_and_slopes_of_samples_in_a_column_count_once(layers, weights):
    x, y = np.arange(12.0).reshape(6, 2) / 10, np.linspace(0, 1, 6)[:, None]
    mine, reference = (gn.Network(layers).build(2, seed=1) for _ in range(2))
    for net, loss in ((mine, Column()), (reference, "mse")):
        net.fit(x, y, loss=loss, optimizer="sgd(lr=0.1)", epochs=3, sample_weight=weights, progress=False)
    np.testing.assert_allclose(mine.history["loss"], reference.history["loss"], rtol=1e-6)
    np.testing.assert_allclose(mine.flat_parameters, reference.flat_parameters, rtol=1e-5)


def test_losses_of_another_number_of_samples_are_no_mean():
    class OfOutputs(gn.Loss):
        """Squared errors of each output."""

        def per_sample(self, y_pred, y_true):
            return (y_pred - y_true) ** 2

    net = gn.Network("dense(3)").build(2)
    with pytest.raises(
        gn.ShapeError, match=r"of of_outputs returned shape \(4, 3\); return one number a sample, \(4,\)"
    ):
        net.evaluate(np.ones((4, 2)), np.ones((4, 3)), loss=OfOutputs(), sample_weight=np.ones(4))


@pytest.mark.parametrize("weights", [None, np.ones(4)])
def test_a_derivative_with_its_axes_exchanged_is_refused(weights):
    class Exchanged(gn.Loss):
        """Squared errors, with the axes of the derivative exchanged."""

        def per_sample(self, y_pred, y_true):
            return ((y_pred - y_true) ** 2).mean(axis=1)

        def backward(self, y_pred, y_true):
            return (2 * (y_pred - y_true) / y_pred.size).T

    net = gn.Network("dense(3)").build(2)
    with pytest.raises(gn.ShapeError, match=r"returned shape \(3, 4\); return \(4, 3\)"):
        net.fit(np.ones((4, 2)), np.ones((4, 3)), loss=Exchanged(), optimizer="sgd", epochs=1, sample_weight=weights)
