"""The benchmark of fused formulas: what it measures is the same, and has a figure a round."""

import numpy as np
import pytest

from benchmarks.peers import OURS, PLAIN, REFERENCE

fusion = pytest.importorskip("benchmarks.fusion", reason="it needs PyTorch")


def test_an_activation_is_measured_beside_numpy_and_pytorch():
    result = fusion.activated("gelu", 10_000, rounds=1)
    assert set(result["seconds"]) == {OURS, PLAIN, REFERENCE, fusion.PYTORCH}
    assert all(len(each) == 1 and each[0] > 0 for each in result["seconds"].values())


def test_a_layer_is_measured_beside_numpy_and_pytorch():
    result = fusion.passed("batch_norm of 256", rounds=1)
    assert set(result["seconds"]) == {OURS, PLAIN, REFERENCE, fusion.PYTORCH}
    assert fusion.torch.get_num_threads() > 0


def test_the_third_partys_derivative_is_right():
    activation, x, h = fusion.GatedSine(), np.linspace(-3, 3, 50), 1e-6
    slope = (activation.forward(x + h) - activation.forward(x - h)) / (2 * h)
    np.testing.assert_allclose(activation.backward(np.ones(50), x, activation.forward(x)), slope, atol=1e-8)
