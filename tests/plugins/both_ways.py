"""A fixture for tests of layers and activations: each computes with the formulas, and with the accelerators in use."""

from __future__ import annotations

import pytest

from glassnet.model.sequential import LayerSequence
from glassnet.registry.registry import registry
from glassnet_accelerators.choice import always_faster


@pytest.fixture(params=["formulas", "accelerators"], autouse=True)
def computed_by(request, monkeypatch):
    """Compute each layer of a network by its formula, or by an accelerator; return which."""
    if request.param == "accelerators":
        make = LayerSequence.__init__

        def make_faster(sequence, layers):
            make(sequence, layers)
            faster = [always_faster(member, registry.version).as_layer() for member in sequence.members]
            sequence._keyed = tuple((str(index), layer, layer.trainable) for index, layer in enumerate(faster))

        monkeypatch.setattr(LayerSequence, "__init__", make_faster)
    return request.param
