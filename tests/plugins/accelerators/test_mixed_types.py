"""Accelerators in a network where somebody's loss or activation turns float32 into float64."""

import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators.conv2d import NumbaConv2D
from glassnet_accelerators.mkl_dense import MklDense
from glassnet_accelerators.small_dense import SmallDense
from glassnet_fusion.max_pool2d import FusedMaxPool2D


class InFloat64(gn.Loss):
    """The mean squared error, computed in float64."""

    prediction_type = "values"

    def per_sample(self, y_pred, y_true):
        difference = y_pred.astype(np.float64) - y_true
        return (difference**2).reshape(len(difference), -1).mean(axis=1)

    def forward(self, y_pred, y_true):
        return float(self.per_sample(y_pred, y_true).mean())

    def backward(self, y_pred, y_true):
        return 2 * (y_pred.astype(np.float64) - y_true) / y_pred.size


class Twice(gn.Activation):
    """Doubles, by a number of NumPy's, which turns float32 into float64."""

    def forward(self, x):
        return x * np.float64(2)

    def backward(self, dy, x, y):
        return dy * np.float64(2)


def _trained(layers, shape):
    rng = np.random.default_rng(0)
    x = rng.random((64, *shape), np.float32)
    net = gn.Network(layers).build(shape, seed=0)
    y = rng.random((64, *net.output_shape), np.float32)
    net.fit(x, y, loss=InFloat64(), optimizer="sgd(lr=0.001)", epochs=2, batch_size=16, progress=False)
    return net.flat_parameters.copy()


@pytest.mark.parametrize(
    ("layers", "shape"),
    [
        (["dense(8)", "relu"], (3,)),
        (["dense(8)", "relu", "dense(1)"], (3,)),
        (["dense(8)", Twice(), "relu", "dense(1)"], (3,)),
        (["dense(8)", "relu", Twice(), "dense(1)"], (3,)),
        (["conv2d(4, 3)", "relu", "flatten"], (12, 12, 1)),
        (["conv2d(4, 3)", "max_pool2d", "flatten"], (12, 12, 1)),
        (["conv2d(4, 3)", Twice(), "max_pool2d", "flatten", "dense(1)"], (12, 12, 1)),
        (["conv2d(4, 3)", Twice(), "relu", "conv2d(2, 3)", Twice()], (12, 12, 1)),
    ],
)
@pytest.mark.parametrize("small", [True, False])
def test_training_goes_on_as_without_accelerators(layers, shape, small, monkeypatch):
    for accelerator in (MklDense, NumbaConv2D, FusedMaxPool2D):
        monkeypatch.setattr(accelerator, "is_worthwhile", lambda self, workload: True)
    monkeypatch.setattr(SmallDense, "is_worthwhile", lambda self, workload: small and workload.elements <= 128)
    gn.use_accelerators(False)
    try:
        plain = _trained(layers, shape)
    finally:
        gn.use_accelerators(None)
    np.testing.assert_allclose(_trained(layers, shape), plain, atol=1e-6)
