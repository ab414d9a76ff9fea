"""Iris: 150 flowers of three species."""

from __future__ import annotations

import csv
from pathlib import Path

import attrs
import numpy as np

import glassnet as gn
from glassnet_datasets.held_out import held_out

_SHIPPED = Path(__file__).parent / "data" / "iris" / "iris.csv"


class Iris(gn.DataSource):
    """Length and width of the sepals and petals of irises, 50 of each of three species.

    ``x`` is ``(samples, 4)`` float32, in centimetres: sepal length, sepal width, petal length, petal width. ``y`` is
    ``(samples,)`` int64, the species. A fifth of the flowers, drawn with the seed, is kept to test with: 30. One
    species differs clearly from the others, which overlap.

    The values are those of Fisher's paper, as in R and scikit-learn. The copy at the UCI Machine Learning Repository
    differs in two flowers, the 35th and the 38th, which its own notes call errors.

    Source: Fisher (1936), The Use of Multiple Measurements in Taxonomic Problems, Annals of Eugenics 7, 179-188. The
    flowers were measured by Edgar Anderson. CC BY 4.0.
    """

    seed: int = gn.option(0, ge=0, help="where the choice of test flowers comes from")

    sample_shape = (4,)
    target_shape = ()
    overlap = "two of the flowers have the same measures"

    def load(self) -> gn.Dataset:
        with _SHIPPED.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        classes, y = np.unique([row[-1] for row in rows], return_inverse=True)
        x = np.array([row[:-1] for row in rows], np.float64).astype(np.float32)
        train, test = (
            attrs.evolve(split, columns=tuple(header[:-1])) for split in held_out(x, y.astype(np.int64), 0.2, self.seed)
        )
        return gn.Dataset(train=train, test=test, classes=tuple(classes.tolist()), recipe=_recipe())


def _recipe() -> gn.Recipe:
    return gn.Recipe(
        layers=["dense(16)", "tanh", "dense(3)", "softmax"],
        loss="categorical_crossentropy",
        optimizer="adam(lr=0.02)",
        schedule="cosine",
        epochs=60,
        batch_size=16,
        metrics=["accuracy"],
    )
