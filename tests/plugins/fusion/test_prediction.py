"""`predict` and `evaluate` behind a run that was fused."""

import sys

import numpy as np
import pytest

import glassnet as gn
from glassnet_fusion.fused_activation import FusedActivation, forward_of
from glassnet_fusion.fused_layer import FusedLayer
from glassnet_fusion.programs import finish_compiling

LAYERS = ["dense(32)", "layer_norm", "gelu", "batch_norm", "dense(3)", "softmax"]
X = np.random.default_rng(0).normal(size=(600, 20)).astype(np.float32)
LABELS = np.random.default_rng(0).integers(0, 3, 600)


@pytest.fixture
def network():
    return gn.Network(LAYERS).build((20,), seed=0)


def answers(network):
    loss = network.evaluate(X, LABELS, loss="categorical_crossentropy")
    return network.predict(X).tobytes(), repr(loss)


def fused_members(network):
    return [member for member in network.prepared_sequence.members if isinstance(member, FusedActivation | FusedLayer)]


def test_the_bytes_are_those_of_a_process_that_has_fused_nothing(network, monkeypatch):
    with monkeypatch.context() as without:
        without.delitem(sys.modules, "glassnet_fusion.program")
        assert not fused_members(network)
        plain = answers(network)
    for _ in range(2):
        assert answers(network) == plain
        finish_compiling()
    fused = fused_members(network)
    assert [repr(each) for each in fused] != []
    assert any(forward_of(each.activation).has_run for each in fused if isinstance(each, FusedActivation))


def test_where_accelerators_are_switched_off_nothing_is_fused(network):
    gn.use_accelerators(False)
    try:
        assert not fused_members(network)
    finally:
        gn.use_accelerators(None)
