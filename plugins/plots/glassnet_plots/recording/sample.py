"""The samples on which a training is looked at while it goes on: always the same ones, in bounded number."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

import glassnet as gn

# More samples make figures and plots no surer.
MOST_SAMPLES = 128
MOST_PREDICTED = 256
# What predictions may take: moments times samples times outputs.
_PREDICTION_BYTES = 8 * 2**20


@attrs.frozen(eq=False)
class Sample:
    """Samples and targets as network and loss take them.

    Attributes
    ----------
    x, y
        Of the training data, for the figures of layers.
    predicted_x, predicted_y
        Of the validation data if they are known, else the same ones.
    held_out
        Whether these are of the validation data.
    """

    x: gn.Array
    y: gn.Array
    predicted_x: gn.Array
    predicted_y: gn.Array
    held_out: bool


def sample_of(run: gn.Run, moments: int) -> Sample | None:
    """Return the sample of a run; None if its data come in batches, and there was no batch yet.

    Parameters
    ----------
    run
        The run.
    moments
        The number of moments whose predictions are kept.
    """
    # A sample may have any number of outputs: of a long text, one for each letter at each place.
    outputs = int(np.prod(run.network.output_shape)) * run.network.dtype.itemsize
    most = int(np.clip(_PREDICTION_BYTES // (moments * outputs), 1, MOST_PREDICTED))
    held_out = None if run.validation is None else _chosen(run.validation, most)
    training, predicted = _chosen(run.data, MOST_SAMPLES), held_out or _chosen(run.data, most)
    if training is None:
        if run.step == 0:
            return None
        x, y = (np.array(each[:MOST_PREDICTED]) for each in run.batch)
        training, predicted = (x[:MOST_SAMPLES], y[:MOST_SAMPLES]), predicted or (x[:most], y[:most])
    assert predicted is not None
    return Sample(*training, *predicted, held_out is not None)


def _chosen(loader: Any, most: int) -> tuple[gn.Array, gn.Array] | None:
    """Return samples evenly far apart of data in memory: files may be sorted by class. None for other data."""
    loader = getattr(loader, "loader", loader)  # that of a rank holds the loader of all data
    if not isinstance(loader, gn.ArrayLoader):
        return None
    rows = np.unique(np.linspace(0, loader.samples - 1, min(most, loader.samples)).round().astype(int))
    (x, y), _ = loader.chosen(rows)
    return np.array(x), np.array(y)
