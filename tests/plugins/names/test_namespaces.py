"""One namespace for each kind."""

from __future__ import annotations

import pytest

import glassnet as gn
from glassnet.errors import PluginLoadError, UnknownComponentError


def test_a_component_is_an_attribute_of_its_kinds_namespace(registry):
    dense = gn.layers.dense(8)
    assert isinstance(dense, gn.Layer)
    assert type(dense) is registry.resolve("layer", "dense")
    assert gn.layers.relu is gn.activations.relu


def test_a_qualified_name_is_an_item(registry):
    assert gn.activations["glassnet:relu"] is gn.activations.relu
    with pytest.raises(UnknownComponentError):
        gn.activations["glassnet-none:relu"]


def test_completion_lists_what_is_installed_and_imports_nothing(registry, install):
    install(
        "glassnet-bad",
        {"activations/bad": "glassnet_bad:Bad", "activations/not-a-name": "x:y"},
        {"glassnet_bad": "1 / 0"},
    )
    assert {"bad", "relu"} <= set(dir(gn.activations))
    assert "not-a-name" not in dir(gn.activations)
    assert "bad, " in repr(gn.activations)
    with pytest.raises(PluginLoadError):
        _ = gn.activations.bad


def test_an_unknown_attribute_is_an_attribute_error_with_a_proposal(registry):
    with pytest.raises(AttributeError, match="unknown optimizer 'admm', did you mean 'adam'"):
        _ = gn.optimizers.admm
    assert not hasattr(gn.optimizers, "admm")
    assert getattr(gn.optimizers, "admm", None) is None


def test_what_notebooks_ask_every_object_for_is_no_component(registry, monkeypatch):
    monkeypatch.setattr(type(registry), "find", None)
    for name in ("__wrapped__", "_repr_html_", "_ipython_display_"):
        assert not hasattr(gn.layers, name)


def test_a_namespace_is_a_collection_of_names(registry):
    assert list(gn.constraints) == ["max_norm", "non_negative"]
    assert "max_norm" in gn.constraints
    assert "relu" not in gn.constraints
