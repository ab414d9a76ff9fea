"""A network for a table, and a way to train it."""

from __future__ import annotations

import glassnet as gn
from glassnet_tables.target import Target

# A training sees about this number of samples, in the epochs that they make.
_SAMPLES = 5_000_000
_FEWEST_EPOCHS, _MOST_EPOCHS = 2, 50
# The size of batches, for tables of up to this number of rows.
_BATCHES = ((20_000, 32), (200_000, 128))
_LARGEST_BATCH = 512


def recipe_for(target: Target, rows: int) -> gn.Recipe:
    """Return a network and a training that suit most tables with a number of rows to train on."""
    hidden = ["dense(32)", "relu", "dense(32)", "relu"]
    epochs = min(_MOST_EPOCHS, max(_FEWEST_EPOCHS, _SAMPLES // rows))
    batch_size = next((size for most, size in _BATCHES if rows <= most), _LARGEST_BATCH)
    how = {"optimizer": "adam(lr=0.005)", "schedule": "cosine", "epochs": epochs, "batch_size": batch_size}
    return gn.Recipe(layers=[*hidden, *output_layers(target)], **defaults_for(target), **how)


def output_layers(target: Target) -> list[str]:
    """Return the last layers of a network for a target."""
    return [f"dense({len(target.classes)})", "softmax"] if target.classes else ["dense(1)"]


def defaults_for(target: Target) -> dict[str, object]:
    """Return loss and metrics for a target."""
    if target.classes:
        return {"loss": "categorical_crossentropy", "metrics": ["accuracy"]}
    return {"loss": "mean_squared_error", "metrics": ["r2", "mae", "rmse"]}
