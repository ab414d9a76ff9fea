"""A network for a table, and a way to train it."""

from __future__ import annotations

import glassnet as gn
from glassnet_tables.target import Target


def recipe_for(target: Target) -> gn.Recipe:
    """Return a network and a training that suit most tables of up to some thousand rows."""
    hidden = ["dense(32)", "relu", "dense(32)", "relu"]
    how = {"optimizer": "adam(lr=0.005)", "schedule": "cosine", "epochs": 50, "batch_size": 32}
    return gn.Recipe(layers=[*hidden, *output_layers(target)], **defaults_for(target), **how)


def output_layers(target: Target) -> list[str]:
    """Return the last layers of a network for a target."""
    return [f"dense({len(target.classes)})", "softmax"] if target.classes else ["dense(1)"]


def defaults_for(target: Target) -> dict[str, object]:
    """Return loss and metrics for a target."""
    if target.classes:
        return {"loss": "categorical_crossentropy", "metrics": ["accuracy"]}
    return {"loss": "mean_squared_error", "metrics": ["r2", "mae", "rmse"]}
