"""The dataset parity: whether a handwritten digit is even or odd."""

from __future__ import annotations

import glassnet as gn


class Parity(gn.DataSource):
    """MNIST with another question: the class is whether the digit is even or odd.

    LeCun, Bottou, Bengio and Haffner (1998), Gradient-based learning applied to document recognition, describes the
    images.

    Shapes
    ------
    x
        ``(samples, 28, 28, 1)``, uint8
    y
        ``(samples,)``: 0 for even, 1 for odd
    """

    digits: gn.DataSource = gn.option("mnist", kind="dataset", help="where the digits come from")

    formula = "y = digit mod 2"

    def load(self) -> gn.Dataset:
        digits = self.digits.load()
        return gn.Dataset(
            train=gn.Split(digits.train.x, digits.train.y % 2),
            test=gn.Split(digits.test.x, digits.test.y % 2),
            classes=("even", "odd"),
            recipe=gn.Recipe(
                layers=["flatten", "scale", "dense(64)", "relu", "dense(2)", "softmax"],
                loss="categorical_crossentropy",
                optimizer="adam(lr=0.002)",
                schedule="cosine",
                epochs=3,
                batch_size=64,
                metrics=["accuracy"],
            ),
        )
