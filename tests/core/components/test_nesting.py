"""Layers within layers: one limit, and what is within it can be saved and loaded."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn


def residuals(depth):
    layer = gn.create("layer", "dense(3)")
    for _ in range(depth - 1):
        layer = gn.create("layer", "residual([relu])").replace(layers=[layer])
    return layer


def test_the_deepest_network_that_can_be_built_can_be_saved_and_loaded(tmp_path):
    net = gn.Network([residuals(50)]).build((3,))
    net.save(tmp_path / "m.safetensors")
    x = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(gn.load(tmp_path / "m.safetensors").predict(x), net.predict(x))


def test_a_deeper_network_is_not_built():
    with pytest.raises(gn.SpecError, match="more than 50 deep"):
        gn.Network([residuals(51)])


@pytest.mark.parametrize("depth", [51, 60, 120, 5000])
def test_a_deeper_spec_is_refused(depth):
    with pytest.raises(gn.SpecError, match=r"more than (50|190) deep"):
        gn.Network(["residual([" * depth + "dense(3)" + "])" * depth])


def test_the_limit_holds_for_every_kind():
    with pytest.raises(gn.SpecError, match="more than 50 deep"):
        gn.create("optimizer", "ema(" * 60 + "sgd" + ")" * 60)


def test_layers_larger_than_any_memory_are_an_error():
    with pytest.raises(gn.OptionError, match="more than any memory holds"):
        gn.Network([f"embedding(5, {'4' * 50})"]).build((4,))


@pytest.mark.parametrize(
    ("kind", "outer", "innermost"),
    [
        ("optimizer", "accumulate({}, steps=2)", "sgd"),
        ("optimizer", "ema({})", "sgd"),
        ("schedule", "warmup({})", "cosine"),
    ],
)
def test_components_that_hold_each_other_take_no_exponential_time(kind, outer, innermost):
    spec = innermost
    for _ in range(45):
        spec = outer.format(spec)
    made = gn.create(kind, spec)
    assert repr(gn.create(kind, repr(made))) == repr(made)
    x, y = np.zeros((4, 2), np.float32), np.array([0, 1, 0, 1])
    how = {"loss": "cce", "optimizer": "sgd", kind: made}
    gn.Network("dense(2) softmax").fit(x, y, **how)
