"""Digits: 1,797 small images of handwritten digits."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import glassnet as gn
from glassnet_datasets.held_out import held_out

_SHIPPED = Path(__file__).parent / "data" / "digits" / "digits.npz"
_INK = 16


class Digits(gn.DataSource):
    """Images of handwritten digits, 8 pixels high and wide: small enough to train in a second.

    ``x`` is ``(samples, 8, 8, 1)`` float32, from 0 for paper to 1 for ink, in sixteenths; ``y`` is ``(samples,)``
    int64, the digit. They come from 13 writers. A fifth of the 1,797 images, drawn with the seed, is kept to test with:
    359 images, by the same writers.

    Source: Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning Repository,
    its test set, which is also scikit-learn's ``load_digits``. CC BY 4.0.
    """

    seed: int = gn.option(0, ge=0, help="where the choice of test images comes from")

    sample_shape = (8, 8, 1)
    target_shape = ()

    def load(self) -> gn.Dataset:
        with np.load(_SHIPPED, allow_pickle=False) as arrays:
            images, labels = arrays["images"], arrays["labels"]
        x = (images / _INK).astype(np.float32)[..., np.newaxis]
        train, test = held_out(x, labels.astype(np.int64), 0.2, self.seed)
        return gn.Dataset(train=train, test=test, classes=tuple("0123456789"), task="classification", recipe=_recipe())


def _recipe() -> gn.Recipe:
    return gn.Recipe(
        # So few images are learnt by heart; noise makes others of them.
        layers=["flatten", "gaussian_noise(0.3)", "dense(256)", "gelu", "dense(10)", "softmax"],
        loss="categorical_crossentropy",
        optimizer="adam(lr=0.005)",
        schedule="cosine",
        epochs=30,
        batch_size=32,
        metrics=["accuracy"],
    )
