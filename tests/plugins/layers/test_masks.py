"""The mask of padded steps travels from the layer that knows the padding to the layers that skip it.

Each expected value comes from the same layers without a mask, run on the real steps of one sample alone.
"""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn

INDICES = np.array([[3, 1, 4, 2], [2, 4, 0, 0], [0, 1, 0, 3], [4, 0, 0, 0]])
READERS = ["lstm(3{})", "gru(3{})", "lstm(3, return_sequences=True{})", "self_attention(2{})"]
readers = pytest.mark.parametrize("reader", READERS)
# Layers between: zeros by chance (dropout, relu), no zeros where there were some (dense, noise, norms), containers.
BETWEEN = [
    "dropout(0.5)",
    "relu",
    "dense(2) relu",
    "layer_norm",
    "batch_norm",
    "gaussian_noise(0.5)",
    "tanh dropout(0.5) dense(2)",
    "residual([dense(2), dropout(0.5)])",
    "residual([self_attention(2), relu])",
    "concat([dropout(0.5), sequential([dense(2), relu])])",
    "sequential([dropout(0.5), sequential([relu])])",
    "lstm(2, return_sequences=True) relu",
    "gru(2, return_sequences=True, mask=True) dropout(0.5)",
    "reshape([4, 1, 2]) reshape([4, 2])",
    "prelu",
]
EMBEDDING = "embedding(5, 2, padding=0, weights=normal)"


def run(layers, x, training=True, vector=None):
    """The outputs of a network with random parameters, its gradients, and its vector."""
    net = gn.Network(layers).build(x.shape[1:], dtype="float64")
    net.vector[:] = np.random.default_rng(7).normal(0, 0.6, net.vector.size) if vector is None else vector
    with net.workspace(training=training, step=3, seed=5) as ctx:
        y, _ = net.sequence.forward(net.views, x, ctx)
        return y.copy(), net.vector


def expected(between, reader, x):
    """What the reader makes of the real steps of each sample, one sample at a time, without any mask."""
    reader = reader.format("")
    features = run(f"{EMBEDDING} {between}", x)[0]
    first = gn.Network(f"{EMBEDDING} {between}").build(x.shape[1:])
    whole = gn.Network(f"{EMBEDDING} {between} {reader}").build(x.shape[1:])
    vector = np.random.default_rng(7).normal(0, 0.6, whole.vector.size)[first.vector.size :]
    rows = [run(reader, features[row : row + 1, x[row] != 0], vector=vector)[0][0] for row in range(len(x))]
    if rows[0].ndim == 1:
        return np.array(rows)
    y = np.zeros((*x.shape, rows[0].shape[1]))
    for row, real in enumerate(rows):
        y[row, x[row] != 0] = real
    return y


@readers
@pytest.mark.parametrize("between", BETWEEN)
def test_real_steps_are_read_and_padded_steps_skipped(between, reader):
    y, _ = run(f"{EMBEDDING} {between} {reader.format(', mask=True')}", INDICES)

    np.testing.assert_allclose(y, expected(between, reader, INDICES), rtol=1e-12, atol=1e-13)
