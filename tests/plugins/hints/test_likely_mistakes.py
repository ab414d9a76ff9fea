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
