"""What metrics are told and given: logits or probabilities, sample weights, and arrays that they may keep."""

import numpy as np
import pytest

import glassnet as gn

# Six logits and the truth. Right at a threshold of 0: five of six. Two yeses are above 0.5, one is between 0 and 0.5.
LOGITS = np.array([[2.0], [1.0], [0.3], [0.2], [-1.0], [-2.0]])
TRUTH = np.array([1, 1, 1, 0, 0, 0])
# TP 3, FP 1, FN 0: precision 3/4, recall 1, F1 6/7.
EXPECTED = {"accuracy": 5 / 6, "precision": 3 / 4, "recall": 1.0, "f1": 6 / 7}


def identity(outputs=1):
    """Return a network that gives its inputs."""
    net = gn.Network([f"dense({outputs}, bias=False)"]).build((outputs,), dtype="float64")
    net.parameters["0.weights"][...] = np.eye(outputs)
    return net


@pytest.mark.parametrize("loss", ["bce(from_logits=True)", "focal(from_logits=True)", "hinge"])
def test_yes_begins_at_0_for_a_loss_of_logits(loss):
    got = identity().evaluate(LOGITS, TRUTH, loss=loss, metrics=list(EXPECTED))
    assert {name: got[name] for name in EXPECTED} == pytest.approx(EXPECTED)


def test_a_fit_and_its_validation_know_logits_too():
    history = identity().fit(
        LOGITS, TRUTH, loss="bce(from_logits=True)", optimizer="sgd(lr=1e-12)", metrics=list(EXPECTED),
        validation=(LOGITS, TRUTH),
    )  # fmt: skip
    for name, value in EXPECTED.items():
        assert history[name] == pytest.approx([value])
        assert history[f"val_{name}"] == pytest.approx([value])


@pytest.mark.parametrize("loss", ["hinge", "hinge(independent=True)"])
def test_signs_are_classes_for_a_hinge(loss):
    got = identity().evaluate(LOGITS, 2 * TRUTH - 1, loss=loss, metrics=[*EXPECTED, "confusion_matrix"])
    assert {name: got[name] for name in EXPECTED} == pytest.approx(EXPECTED)
    assert got["confusion_matrix"].tolist() == [[2, 1], [0, 3]]


def test_yes_begins_at_one_half_for_probabilities_and_values():
    probabilities = 1 / (1 + np.exp(-LOGITS))
    with pytest.warns(gn.GlassnetWarning, match="values of any size"):
        got = identity().evaluate(probabilities, TRUTH, loss="bce", metrics=["accuracy"])
    assert got["accuracy"] == pytest.approx(5 / 6)
    assert identity().evaluate(LOGITS, TRUTH, loss="mse", metrics=["accuracy"])["accuracy"] == pytest.approx(5 / 6)
    assert identity().evaluate(LOGITS + 0.25, TRUTH, loss="mse", metrics=["accuracy"])["accuracy"] == 1.0


def test_a_threshold_that_is_given_is_kept():
    metrics = ["accuracy(threshold=0.5)", "f1(threshold=0.25)", "accuracy(threshold=0)"]
    got = identity().evaluate(LOGITS, TRUTH, loss="bce(from_logits=True)", metrics=metrics)
    assert [got[name] for name in (*metrics[:2], "accuracy(threshold=0.0)")] == pytest.approx([5 / 6, 1.0, 5 / 6])


def test_several_questions_of_logits():
    """Above 0: (yes, no), (yes, yes), (no, yes). F1 of the questions by hand: 2/3 and 1."""
    z = np.array([[0.3, -2.0], [0.1, 0.4], [-0.2, 3.0]])
    y = np.array([[1, 0], [0, 1], [0, 1]])
    got = identity(2).evaluate(z, y, loss="bce(from_logits=True)", metrics=["f1(independent=True)"])
    assert got["f1(independent=True)"] == pytest.approx((2 / 3 + 1) / 2)


def test_auc_of_the_logits_of_classes_is_that_of_their_softmax():
    """Of two classes: differences 1, 3 and 2 for truths 0, 1, 1. By the second logit alone it would be 0.5."""
    z = np.array([[4.0, 5.0], [-3.0, 0.0], [6.0, 8.0]])
    got = identity(2).evaluate(z, [0, 1, 1], loss="cce(from_logits=True)", metrics=["auc"])
    assert got["auc"] == 1.0
    moved = np.random.default_rng(0).normal(size=(9, 3))
    labels = np.arange(9) % 3
    p = np.exp(moved) / np.exp(moved).sum(axis=1, keepdims=True)
    of_softmax = gn.metrics.auc().fresh()
    of_softmax.update(labels, p)
    shifted = moved + np.arange(9)[:, None]  # a softmax does not see this
    got = identity(3).evaluate(shifted, labels, loss="cce(from_logits=True)", metrics=["auc"])
    assert got["auc"] == pytest.approx(of_softmax.compute(), rel=1e-12)


class Keeping(gn.Metric):
    """Keeps what it is given, as it is given."""

    def reset(self):
        self._kept = 0

    def update(self, y_true, y_pred):
        kept.append((y_true, y_pred, y_true.copy(), y_pred.copy()))

    def compute(self):
        return float(len(kept))


kept: list = []


@pytest.fixture(autouse=True)
def _nothing_kept():
    kept.clear()


@pytest.mark.parametrize(
    "layers", [["dense(2)"], ["dense(2)", "linear"], ["dense(2)", "tanh"], ["dense(3)", "dense(2)"]]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_a_metric_may_keep_its_arrays(layers, dtype):
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 9, (30, 3)).astype(dtype), rng.integers(0, 9, (30, 2)).astype(dtype)
    net = gn.Network(layers)
    net.fit(x, y, loss="mse", optimizer="sgd(lr=1e-3)", batch_size=8, epochs=2, metrics=[Keeping()], validation=(x, y))
    net.evaluate(np.repeat(x, 40, axis=0), np.repeat(y, 40, axis=0))
    net.evaluate([(x[:8], y[:8]), (x[8:16], y[8:16])])
    assert len(kept) == 2 * 5 + 3 + 2
    for y_true, y_pred, true_then, pred_then in kept:
        np.testing.assert_array_equal(y_true, true_then)
        np.testing.assert_array_equal(y_pred, pred_then)


def test_a_loss_may_keep_its_arrays():
    class KeepingLoss(gn.Loss):
        def forward(self, y_pred, y_true):
            kept.append((y_pred, y_true, y_pred.copy(), y_true.copy()))
            return float(np.mean((y_pred - y_true) ** 2))

        def backward(self, y_pred, y_true):
            return 2 * (y_pred - y_true) / y_pred.size

    rng = np.random.default_rng(0)
    net = gn.Network(["dense(2)"])
    net.fit(rng.normal(size=(30, 3)), rng.normal(size=(30, 2)), loss=KeepingLoss(), optimizer="sgd", batch_size=8)
    assert len(kept) == 4
    for y_pred, y_true, pred_then, true_then in kept:
        np.testing.assert_array_equal(y_pred, pred_then)
        np.testing.assert_array_equal(y_true, true_then)


def test_a_source_that_fills_one_array_again_does_not_change_kept_targets():
    x, y = np.zeros((4, 3)), np.zeros((4, 2))

    def batches(epoch):
        for number in range(3):
            x[...], y[...] = number, number
            yield x, y

    gn.Network(["dense(2)"]).fit(batches, loss="mse", optimizer="sgd(lr=1e-3)", metrics=[Keeping()])
    assert [float(y_true[0, 0]) for y_true, *_ in kept] == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
@pytest.mark.parametrize("hook", ["on_batch_start", "on_after_backward", "on_batch_end", "train_step"])
def test_a_callback_may_keep_its_batch(hook, dtype):
    def keep(self, run):
        x, y = run.batch
        kept.append((x, y, x.copy(), y.copy()))

    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 9, (30, 3)).astype(dtype), rng.normal(size=(30, 2))
    watcher = type("Watcher", (gn.Callback,), {hook: keep})()
    gn.Network(["dense(2)"]).fit(x, y, loss="mse", optimizer="sgd", batch_size=8, epochs=2, callbacks=[watcher])
    assert len(kept) == 8
    for batch in kept:
        np.testing.assert_array_equal(batch[0], batch[2])
        np.testing.assert_array_equal(batch[1], batch[3])


def test_what_a_callback_writes_into_the_batch_is_trained_on():
    class Zeroing(gn.Callback):
        def on_batch_start(self, run):
            run.batch[0][...] = 0

    net = gn.Network(["dense(1)"]).build((3,), seed=0)
    before = net.parameters["0.weights"].copy()
    net.fit(np.ones((8, 3)), np.ones((8, 1)), loss="mse", optimizer="sgd(lr=0.1)", callbacks=[Zeroing()])
    np.testing.assert_array_equal(net.parameters["0.weights"], before)
    assert net.parameters["0.bias"][0] != 0


class Counting(gn.Metric):
    """The number of predictions."""

    def reset(self):
        self._count = 0

    def update(self, y_true, y_pred):
        self._count += len(y_pred)

    def compute(self):
        return float(self._count)


def step_of(name):
    """Return a callback whose train_step is of this name."""

    class Twice(gn.Callback):
        def train_step(self, run):
            run.compute_gradients()
            loss = run.compute_gradients()
            run.update()
            return loss

    class InHalves(gn.Callback):
        def train_step(self, run):
            x, y = run.batch
            total = 0.0
            for rows in (slice(0, 1), slice(1, None)):
                run.batch = (x[rows], y[rows])
                total += run.compute_gradients() * len(x[rows])
                run.update()
            return total / len(x)

    class ByItself(gn.Callback):
        def train_step(self, run):
            return 0.5

    return {"twice": Twice, "in halves": InHalves, "by itself": ByItself}[name]()


@pytest.mark.parametrize(("name", "count"), [("twice", 10), ("in halves", 10), ("by itself", 0)])
def test_each_sample_counts_once_however_a_step_is_taken(name, count):
    x, y = np.ones((10, 3)), np.ones((10, 1))
    history = gn.Network(["dense(1)"]).fit(
        x, y, loss="mse", optimizer="sgd(lr=1e-9)", batch_size=4,
        metrics=[Counting()], callbacks=[step_of(name)],
    )  # fmt: skip
    assert history["counting"] == [count]


def test_the_loss_of_a_step_in_halves_counts_by_all_its_samples():
    """Targets 0..9 against outputs of 0: the mean of the squares 0..81 is 28.5, for every division into batches."""
    net = gn.Network(["dense(1, weight_init=zeros, bias=False)"]).build((1,), dtype="float64")
    history = net.fit(
        np.ones((10, 1)), np.arange(10.0), loss="mse", optimizer="sgd(lr=1e-12)", batch_size=4,
        callbacks=[step_of("in halves")],
    )  # fmt: skip
    assert history["loss"] == pytest.approx([28.5], rel=1e-9)


def test_metrics_see_the_first_look_at_a_batch():
    """A step that moves the parameters and looks again, as sharpness-aware minimisation does."""

    class Away(gn.Callback):
        def train_step(self, run):
            loss = run.compute_gradients()
            run.network.flat_parameters[...] += 100
            run.compute_gradients()
            run.network.flat_parameters[...] -= 100
            run.update()
            return loss

    net = gn.Network(["dense(1, weight_init=zeros, bias=False)"]).build((1,), dtype="float64")
    options = {"loss": "mse", "optimizer": "sgd(lr=1e-12)", "metrics": ["mae"], "callbacks": [Away()]}
    history = net.fit(np.ones((4, 1)), np.ones(4), **options)
    assert history["mean_absolute_error"] == pytest.approx([1.0])


class KeepingWeights(gn.Metric):
    """Counts the numbers of the weights that it kept and that are others now."""

    def reset(self):
        self.kept = []

    def update(self, y_true, y_pred, sample_weight=None):
        self.kept.append((sample_weight, sample_weight.copy()))

    def compute(self):
        return float(sum(np.count_nonzero(kept != copied) for kept, copied in self.kept))


def test_a_source_that_fills_one_array_again_leaves_kept_weights():
    x, y, weights = np.zeros((4, 2)), np.zeros(4), np.zeros(4)

    def batches(epoch):
        for number in range(3):
            weights[:] = number + 1
            yield x, y, weights

    net = gn.Network("dense(1)").build(2)
    history = net.fit(gn.Batches(batches), loss="mse", optimizer="sgd", metrics=[KeepingWeights()], progress=False)
    assert history["keeping_weights"] == [0]
    assert net.evaluate(gn.Batches(batches))["keeping_weights"] == 0


def fit_with_another_batch(replace, **options):
    """Return the history of a fit of outputs 0 in which ``replace(x, y)`` becomes the batch."""

    class Replacing(gn.Callback):
        def on_batch_start(self, run):
            run.batch = replace(*run.batch)

    net = gn.Network(["dense(1, weight_init=zeros, bias=False)"]).build((1,), dtype="float64")
    return net.fit(
        np.ones((4, 1)), np.array([0, 0, 1, 1]), loss="mse", optimizer="sgd(lr=1e-12)",
        callbacks=[Replacing()], progress=False, **options,
    )  # fmt: skip


def test_a_batch_that_is_replaced_has_the_class_weights_of_its_own_targets():
    """All targets become 1, with the error 1 and one weight: the mean is 1, and not that of 0, 0, 5, 5 weights."""

    class Looking(gn.Callback):
        def on_batch_end(self, run):
            seen.append(run.sample_weights.tolist())

    seen = []
    history = fit_with_another_batch(lambda x, y: (x, np.ones_like(y)), class_weight={0: 1.0, 1: 5.0})
    assert history["loss"] == pytest.approx([1.0])

    class Replacing(gn.Callback):
        def on_batch_start(self, run):
            run.batch = (run.batch[0][:3], np.array([[1.0], [0.0], [1.0]]))

    gn.Network("dense(1)").fit(
        np.ones((4, 1)), np.array([0, 0, 1, 1]), loss="mse", optimizer="sgd", class_weight={0: 1.0, 1: 5.0},
        callbacks=[Replacing(), Looking()], progress=False,
    )  # fmt: skip
    assert seen == [[5.0, 1.0, 5.0]]


def test_a_replaced_batch_that_does_not_fit_its_weights_is_refused():
    message = r"the batch has 2 samples and 4 weights; .*run\.metric_weights and run\.sample_weights"
    for options in ({"sample_weight": np.ones(4)}, {"sample_weight": np.ones(4), "class_weight": {0: 1.0, 1: 2.0}}):
        with pytest.raises(gn.DataError, match=message):
            fit_with_another_batch(lambda x, y: (x[:2], y[:2]), **options)


def test_all_steps_being_padding_is_named():
    net = gn.Network("embedding(3, 2, padding=0) dense(2) softmax").build((4,))
    x = np.zeros((2, 4), int)
    with pytest.raises(gn.DataError, match="all time steps are padding"):
        net.fit(x, x, loss="cce", optimizer="sgd", progress=False)
    with pytest.raises(gn.DataError, match="all time steps are padding"):
        net.evaluate(x, x, loss="cce")


@pytest.mark.parametrize(("target", "message"), [(0.9, "no weight for class 0.9"), (2.0, "no weight for class 2")])
def test_targets_that_have_no_class_weight_do_not_replace_others(target, message):
    with pytest.raises(gn.DataError, match=message):
        fit_with_another_batch(lambda x, y: (x, np.full_like(y, target)), class_weight={0: 1.0, 1: 5.0})


def test_a_batch_with_the_same_targets_keeps_its_weights():
    """Squares of 0 and 1 that weigh 1 and 5: the mean is 10 / 12."""
    history = fit_with_another_batch(lambda x, y: (2 * x, y), class_weight={0: 1.0, 1: 5.0})
    assert history["loss"] == pytest.approx([10 / 12])
