"""A network for images of one size, and a way to train it."""

from __future__ import annotations

import math

import glassnet as gn

_BATCH = 32
_STEPS = 800
_CHANNELS = (16, 32, 64, 64)
# Blocks halve height and width while the shorter side keeps this number of pixels.
_SMALLEST = 3
_MOST_EPOCHS, _LEAST_EPOCHS = 100, 8
# Fewer images than this are not split once more for validation.
_ENOUGH_TO_VALIDATE = 200


def recipe(shape: gn.Shape, classes: int, samples: int, has_validation: bool) -> gn.Recipe:
    """Return convolutions that halve the image, a mean over the places, and one dense layer.

    Images are moved and turned a little in training: few classes depend on that, and fewer images are enough. Mirroring
    would take d for b, so it is left to the user.

    Parameters
    ----------
    shape, classes, samples
        The shape of an image, the number of classes, which is 0 for a number, and that of images to train with.
    has_validation
        Whether the dataset brings images to validate with.
    """
    side = min(shape[:2])
    layers: list[str] = []
    for channels in _CHANNELS:
        layers += [f"conv2d({channels}, 3, padding='same', bias=False)", "batch_norm", "relu"]
        if side < 2 * _SMALLEST:
            break
        layers.append("max_pool2d")
        side //= 2
    last = [f"dense({classes})", "softmax"] if classes else ["dense(1)"]
    layers += ["global_avg_pool2d", "dropout(0.2)", *last]
    epochs = min(_MOST_EPOCHS, max(_LEAST_EPOCHS, math.ceil(_STEPS * _BATCH / samples)))
    holds_out = samples >= _ENOUGH_TO_VALIDATE and not has_validation
    return gn.Recipe(
        layers=layers,
        loss="categorical_crossentropy" if classes else "mean_squared_error",
        optimizer="adam(lr=0.005)",
        schedule="one_cycle",
        epochs=epochs,
        batch_size=_BATCH,
        metrics=["accuracy"] if classes else ["r2", "mae", "rmse"],
        callbacks=["augment([shift, rotate(10)])"],
        **({"validation": 0.1} if holds_out else {}),
    )
