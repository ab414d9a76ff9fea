"""How the weights of classes can be given."""

import numpy as np
import pytest

import glassnet as gn

X = np.random.default_rng(0).normal(size=(8, 3))
Y = np.array([0, 0, 0, 0, 0, 1, 1, 2])
# 8 samples in 3 classes: 8 / (3 * 5), 8 / (3 * 2), 8 / (3 * 1), as sklearn.utils.class_weight has them.
BALANCED = {0: 0.5333333333333333, 1: 1.3333333333333333, 2: 2.6666666666666665}


def fitted(class_weight, y=Y, layers="dense(3) softmax", x=X, **options):
    net = gn.Network(layers).build((3,), dtype="float64")
    options = {"loss": "cce", "optimizer": "sgd(lr=0.1)", "epochs": 2, "batch_size": 3, **options}
    history = net.fit(x, y, class_weight=class_weight, progress=False, **options)
    return net.flat_parameters.tobytes(), history["loss"]


@pytest.mark.parametrize(
    "given",
    [
        np.array([0.5, 1.0, 4.0]),
        np.array([0.5, 1.0, 4.0], ">f4"),
        [0.5, 1, 4],
        (0.5, 1, 4),
        {np.int64(0): np.float32(0.5), np.uint8(1): 1, np.float64(2): 4},
        {0.0: 0.5, True: 1, 2: np.array(4.0)},
        dict(enumerate(np.array([0.5, 1.0, 4.0]))),
    ],
    ids=["array", "big-endian", "list", "tuple", "keys of numpy", "keys of other types", "enumerated"],
)
def test_each_form_of_the_same_weights_gives_the_same_bytes(given):
    assert fitted(given) == fitted({0: 0.5, 1: 1.0, 2: 4.0})


@pytest.mark.parametrize(
    "y", [Y, Y.astype(float), Y.tolist(), np.eye(3)[Y], np.eye(3, dtype=np.uint8)[Y], np.array(Y, dtype=object)]
)
def test_balanced_weights_are_those_of_scikit_learn(y):
    assert fitted("balanced", y) == fitted(BALANCED, y)


def test_balanced_weights_of_two_classes_of_one_output():
    y = np.array([0, 0, 0, 0, 0, 0, 1, 1])
    options = {"layers": "dense(1) sigmoid", "loss": "bce"}
    expected = fitted({0: 8 / 12, 1: 2.0}, y, **options)
    assert fitted("balanced", y, **options) == expected
    assert fitted([8 / 12, 2.0], y, **options) == expected
    assert fitted("balanced", y[:, None].astype(bool), **options) == expected


def test_a_class_without_samples_is_not_counted():
    y = np.array([0, 0, 0, 0, 0, 0, 2, 2])
    assert fitted("balanced", y) == fitted({0: 8 / 12, 2: 2.0}, y)


def test_labels_in_a_file_are_counted(tmp_path):
    np.save(tmp_path / "y.npy", Y)
    mapped = np.load(tmp_path / "y.npy", mmap_mode="r")
    assert fitted("balanced", mapped) == fitted(BALANCED, mapped)


def test_what_is_held_out_is_not_counted():
    """Of 8 samples the last 2, drawn with the seed, are held out; the rest is counted."""
    seen = []

    class Look(gn.Callback):
        def on_batch_end(self, run):
            seen.extend(zip(run.batch[1].tolist(), run.sample_weights.tolist(), strict=True))

    fitted("balanced", validation=0.25, epochs=1, callbacks=[Look()])
    assert len(seen) == 6
    labels = [label for label, _ in seen]
    for label, weight in seen:
        assert weight == pytest.approx(6 / (len(set(labels)) * labels.count(label)), rel=1e-12)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            [1.0, 2.0],
            r"class_weight has shape \(2,\), and there are 3 classes; give 3 weights in the order of the labels",
        ),
        (np.ones((3, 1)), r"class_weight has shape \(3, 1\), and there are 3 classes"),
        ("balance", "class_weight='balance' does not exist; write class_weight='balanced'"),
        ({"0": 1.0, "1": 2.0}, "class_weight has the label '0'; labels are integers"),
        ({0: "much", 1: 1, 2: 1}, "class_weight of class 0 is 'much'; give a number >= 0"),
        ({0: None, 1: 1, 2: 1}, "class_weight of class 0 is None"),
        (["a", "b", "c"], "class_weight has element type <U1"),
        ([1.0, -1.0, 1.0], "weights must be finite and >= 0"),
        ({0: float("nan"), 1: 1, 2: 1}, "weights must be finite and >= 0"),
        (3.0, "class_weight is a number; give one weight for each class"),
        ({0: 1.0}, "class_weight has no weight for class 1"),
    ],
)
def test_weights_that_fit_no_classes_are_refused(given, message):
    with pytest.raises(gn.GlassnetError, match=message):
        fitted(given)


def test_balanced_needs_labels_and_arrays():
    with pytest.raises(gn.DataError, match=r"class_weight='balanced' needs labels, and y has 0\.5"):
        fitted("balanced", Y + 0.5, "dense(1)", loss="mse")
    with pytest.raises(gn.DataError, match="counts the samples before training, which batches do not allow"):
        fitted("balanced", None, x=[(X, Y)], batch_size=None)


@pytest.mark.parametrize("form", [tuple, list])
def test_validation_data_may_have_weights(form):
    weights = np.array([1.0, 0, 0, 0, 0, 0, 0, 3.0])
    net = gn.Network(["dense(1, weight_init=zeros, bias=False)"]).build((3,), dtype="float64")
    validation = (X, Y.astype(float), weights) if form is tuple else gn.Split(X, Y.astype(float), weights)
    history = net.fit(X, np.zeros(8), loss="mse", optimizer="sgd", validation=validation, progress=False)
    # The network stays at 0: (1 * 0^2 + 3 * 2^2) / 4
    assert history["val_loss"] == pytest.approx([3.0], rel=1e-12)


def test_validation_without_targets_is_refused():
    with pytest.raises(gn.DataError, match="validation: a ndarray has no targets; give"):
        fitted(None, validation=X)
