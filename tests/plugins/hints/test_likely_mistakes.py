"""What can be meant and is most likely a mistake: a warning, and the training goes on."""

import warnings

import numpy as np
import pytest

import glassnet as gn

RNG = np.random.default_rng(0)
READS_IMAGES = "conv2d(2, 3, padding=same) flatten dense(2) softmax"


def warned(layers, x, y=(0, 1, 0, 1)):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        gn.Network(layers).fit(x, list(y), loss="cce", optimizer="sgd", progress=False)
    return [str(each.message) for each in caught]


@pytest.mark.parametrize("channels", [1, 3])
def test_images_with_the_channels_first_are_told(channels):
    (told,) = warned(READS_IMAGES, RNG.normal(size=(4, channels, 8, 8)))
    assert told == (
        f"images of shape ({channels}, 8, 8) are read as {channels} x 8 pixels with 8 channels; if the channels come "
        "first, as in PyTorch, give x.transpose(0, 2, 3, 1)"
    )


@pytest.mark.parametrize(
    ("layers", "shape"),
    [
        (READS_IMAGES, (8, 8, 3)),
        (READS_IMAGES, (3, 8, 16)),
        (READS_IMAGES, (3, 3, 3)),
        (READS_IMAGES, (16, 8, 8)),
        ("flatten dense(2) softmax", (3, 8, 8)),
        ("relu flatten dense(2) softmax", (3, 8, 8)),
        ("dense(2) softmax", (3,)),
    ],
)
def test_samples_of_other_shapes_are_not(layers, shape):
    assert warned(layers, RNG.normal(size=(4, *shape))) == []


def test_evaluate_tells_of_channels_too():
    net = gn.Network(READS_IMAGES).build((3, 8, 8))
    with pytest.warns(gn.GlassnetWarning, match="read as 3 x 8 pixels with 8 channels"):
        net.evaluate(RNG.normal(size=(4, 3, 8, 8)), [0, 1, 0, 1], loss="cce")


def test_a_network_that_is_frozen_as_a_whole_is_told():
    told = "all parameters of the network are frozen, so training changes none of them; write net.thaw()"
    x = RNG.normal(size=(4, 3))
    assert warned("dense(2, trainable=False) softmax", x) == [told]
    assert warned("dense(4, trainable=False) dense(2) softmax", x) == []
    assert warned("softmax", RNG.normal(size=(4, 2))) == []
    net = gn.Network("dense(2) softmax").build(3).freeze()
    with pytest.warns(gn.GlassnetWarning, match="frozen"):
        net.fit(x, [0, 1, 0, 1], loss="cce", optimizer="sgd", progress=False)
    net.thaw().fit(x, [0, 1, 0, 1], loss="cce", optimizer="sgd", progress=False)


X = RNG.normal(size=(50, 3))


def warned_of_targets(layers, y, loss="mse"):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        gn.Network(layers).fit(X, y, loss=loss, optimizer="sgd", progress=False)
    return [str(each.message) for each in caught if "of the targets" in str(each.message)]


@pytest.mark.parametrize(
    ("layers", "y", "message"),
    [
        (
            "dense(1) sigmoid",
            X[:, 0] * 0 + 50,
            "100% of the targets are outside 0 to 1, and the layer sigmoid gives no such",
        ),
        (
            "dense(1) tanh",
            X[:, 0] * 1000,
            "are outside -1 to 1, and the layer tanh gives no such number; scale the targets, or",
        ),
        ("dense(1) relu", -np.abs(X[:, 0]), "100% of the targets are below 0, and the layer relu gives no such"),
        ("dense(2) relu flatten", -np.abs(X[:, :2]), "below 0, and the layer relu gives no such number"),
        ("dense(2) relu reshape([2])", -np.abs(X[:, :2]), "below 0, and the layer relu gives no such number"),
        ("dense(1) sigmoid dropout(0.5)", X[:, 0] * 0 + 50, "outside 0 to 1, and the layer sigmoid gives no such"),
        ("dense(1) sigmoid gaussian_noise(0.1) linear", X[:, 0] * 0 + 50, "to 1, and the layer sigmoid gives no"),
        ("sequential([dense(1), relu, flatten])", -np.abs(X[:, 0]), "below 0, and the layer relu gives no such"),
        ("concat([dense(1), tanh]) tanh", X[:, [0, 0, 0, 0]] * 0 + 9, "to 1, and the layer tanh gives no such"),
    ],
)
@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
def test_targets_that_the_last_layer_cannot_give_are_told(layers, y, message, loss):
    (told,) = warned_of_targets(layers, y, loss)
    assert message in told


@pytest.mark.parametrize(
    ("layers", "y"),
    [
        ("dense(1)", X[:, 0] * 1e6),
        ("dense(1) sigmoid", (X[:, 0] > 0) * 1.0),
        ("dense(1) tanh", np.sign(X[:, 0])),
        ("dense(1) relu", X[:, 0]),
        ("dense(1) tanh", X[:, 0] * 2),
        ("dense(1) sigmoid linear dense(1)", X[:, 0] * 9),
        ("relu dense(1)", X[:, 0]),
        ("dense(1) relu batch_norm", -np.abs(X[:, 0])),
        ("residual([dense(3), relu])", -np.abs(X)),
        ("dense(3) concat([relu, linear])", -np.abs(X[:, [0, 1, 2, 0, 1, 2]])),
    ],
)
def test_targets_within_reach_are_not_told(layers, y):
    assert warned_of_targets(layers, y) == []


SHARE_OF_PRICES = np.where(np.arange(50) < 30, 0.5, 50.0)[:, np.newaxis]
PRICES = np.full((50, 1), 50.0)
NEGATIVE = {"loss": "mse", "optimizer": "sgd", "progress": False}


def uses_of(y):
    """Return the ways in which a sigmoid meets the same targets, by name."""
    x, in_parts = X.astype(np.float32), lambda: [(X[rows], y[rows]) for rows in (slice(0, 20), slice(20, 50))]
    right = np.full((50, 1), 0.5)
    trained = lambda: gn.Network("dense(1) sigmoid").build(3)  # noqa: E731
    return {
        "arrays": lambda: trained().fit(x, y, **NEGATIVE, epochs=3),
        "whole numbers": lambda: trained().fit(x, y.astype(int), **NEGATIVE),
        "batches": lambda: trained().fit(gn.Batches(in_parts()), **NEGATIVE, epochs=3),
        "a list": lambda: trained().fit(in_parts(), **NEGATIVE, epochs=3),
        "mixed": lambda: trained().fit(gn.Batches(in_parts(), shuffle_buffer=2), **NEGATIVE, epochs=3),
        "a function": lambda: trained().fit(lambda epoch: in_parts(), **NEGATIVE, epochs=3),
        "single samples": lambda: trained().fit([(x[n : n + 1], y[n : n + 1]) for n in range(50)], **NEGATIVE),
        "a split": lambda: trained().fit(gn.Split(x, y), **NEGATIVE),
        "both": lambda: trained().fit(x, y, validation=(x, y), **NEGATIVE, epochs=2),
        "a fraction": lambda: trained().fit(x, y, validation=0.4, **NEGATIVE, epochs=2),
        "validation": lambda: trained().fit(x, right, validation=(x, y), **NEGATIVE, epochs=2),
        "batches to validate": lambda: trained().fit(x, right, validation=in_parts(), **NEGATIVE, epochs=2),
        "evaluate": lambda: trained().evaluate(x, y, loss="mse"),
        "evaluate batches": lambda: trained().evaluate(in_parts(), loss="mae"),
    }


@pytest.mark.parametrize("use", uses_of(PRICES))
def test_targets_out_of_reach_are_told_once_wherever_they_come_from(use):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        uses_of(PRICES)[use]()
    told = [str(each.message) for each in caught]
    name = "validation targets" if use in ("validation", "batches to validate") else "targets"
    assert told == [
        f"100% of the {name} are outside 0 to 1, and the layer sigmoid gives no such number; scale the targets, or "
        "leave that layer out"
    ]


@pytest.mark.parametrize("use", uses_of(PRICES))
def test_some_targets_out_of_reach_are_not_told(use):
    if use != "whole numbers":
        uses_of(SHARE_OF_PRICES)[use]()


@pytest.mark.parametrize("name", ["progress", "overwrite", "allow_changes"])
def test_text_is_neither_yes_nor_no(name, tmp_path):
    x, y = X.astype(np.float32), X[:, 0]
    for given in ("no", "False", [], 2):
        with pytest.raises(gn.OptionError, match=rf"^fit\(\): {name} must be True or False \(got "):
            gn.Network("dense(1)").fit(x, y, **{**NEGATIVE, name: given})
    for given in (False, np.False_, 0):
        gn.Network("dense(1)").fit(x, y, **{**NEGATIVE, name: given})


def test_wrong_targets_of_validation_are_said_to_be_those():
    x, y = X.astype(np.float32), np.arange(50) % 2
    fit = {"loss": "cce", "optimizer": "sgd", "progress": False}
    for validation in ((x, y + 1), [(x, y + 1)], gn.Split(x, y + 1)):
        with pytest.raises(gn.DataError, match=r"validation y: categorical_crossentropy: label 2 at sample 1 is none"):
            gn.Network("dense(2) softmax").fit(x, y, **fit, validation=validation)
    with pytest.raises(gn.ShapeError, match=r"^validation y: categorical_crossentropy expects labels of shape"):
        gn.Network("dense(2) softmax").fit(x, y, **fit, validation=(x, np.eye(3)[y]))
    with pytest.raises(gn.DataError, match=r"^categorical_crossentropy: label 2 at sample 1 is none"):
        gn.Network("dense(2) softmax").fit(x, y + 1, **fit)
