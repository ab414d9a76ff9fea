"""The outputs of a network before an activation that only squashes them."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet.data.loader import expected_by

# Rows that go through the network at once.
_ROWS = 1024


def raw_scores(network: gn.Network, x: Any) -> gn.Array:
    """Return what the last activation is given if it is a sigmoid or softmax, else the outputs: ``(batch, outputs)``.

    A sigmoid rounds all large scores to 1. Before it they still differ, so that samples can be ranked.
    """
    layers = network.layers
    if not layers or layers[-1].inverse_link is None:
        outputs = network.predict(x)
        # Other activations that give probabilities mean yes above one half.
        return outputs - 0.5 if gn.outputs_of(layers)[0] == "probabilities" else outputs
    sequence = gn.LayerSequence(layers[:-1])
    scores = np.empty((x.shape[0], *network.output_shape), network.dtype)
    for start in range(0, len(scores), _ROWS):
        rows = x[start : start + _ROWS]
        dense = rows.toarray() if hasattr(rows, "toarray") else rows
        expected_by(network).check_inputs(dense, "x", before=start)  # as in predict
        with network.workspace(training=False) as ctx:
            outputs, _ = sequence.forward(network.parameter_views, dense.astype(network.dtype, copy=False), ctx)
            scores[start : start + _ROWS] = outputs
    return scores
