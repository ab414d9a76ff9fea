"""MNIST with the recipe of a convolutional network."""

from __future__ import annotations

import attrs

import glassnet as gn
from glassnet_datasets.mnist import Mnist


class MnistCnn(Mnist):
    """The images of ``mnist``, to be told apart by a small convolutional network.

    Three blocks of convolution, batch normalization and maximum pooling, and one dense layer: LeNet-5 with what has
    been found since; see the sources of these layers. relu comes after the pooling, where a quarter of the values
    is left. It keeps their order, so the result is the same.

    Source: LeCun, Bottou, Bengio and Haffner (1998), Gradient-based learning applied to document recognition,
    Proceedings of the IEEE 86(11), 2278-2324. Data by Yann LeCun, Corinna Cortes and Christopher J. C. Burges,
    CC BY-SA 3.0.
    """

    def load(self) -> gn.Dataset:
        return attrs.evolve(super().load(), recipe=_recipe())


def _recipe() -> gn.Recipe:
    return gn.Recipe(
        layers=[
            "conv2d(16, 3, padding='same', bias=False)",
            "batch_norm",
            "max_pool2d",
            "relu",
            "conv2d(32, 3, padding='same', bias=False)",
            "batch_norm",
            "max_pool2d",
            "relu",
            "conv2d(64, 3, padding='same', bias=False)",
            "batch_norm",
            "max_pool2d",
            "relu",
            "flatten",
            "dropout(0.3)",
            "dense(10)",
            "softmax",
        ],
        loss="categorical_crossentropy",
        optimizer="adam(lr=0.01)",
        schedule="one_cycle",
        epochs=5,
        batch_size=64,
        validation=0.05,
        metrics=["accuracy"],
    )
