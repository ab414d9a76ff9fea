"""The kinds: one list that base classes, namespaces, entry points and the design agree on."""

from __future__ import annotations

import click
import pytest

import glassnet as gn
from glassnet.components.component import Component
from glassnet.errors import UnknownComponentError
from glassnet.registry.registry import registry


@pytest.mark.parametrize("name", [name for name, kind in registry.kinds.items() if not kind.instances])
def test_a_kind_has_a_base_class_a_namespace_and_a_group(name, registry):
    kind = registry.kind(name)
    assert kind.group == f"glassnet.{kind.plural}"
    assert dir(getattr(gn, kind.plural)) == registry.names(kind.name) != []
    base = kind.base_class()
    assert issubclass(base, Component)
    assert base.kind == kind.name
    assert getattr(gn, base.__name__) is base


def test_kinds_and_plugins_are_components_too(registry):
    kinds = [
        "accelerator",
        "augmentation",
        "command",
        "compression",
        "dataset",
        "derivative",
        "format",
        "plot",
        "report",
        "rule",
        "strategy",
        "transform",
    ]
    assert registry.names("kind") == kinds
    assert registry.resolve("kind", "report") is registry.kind("report")
    assert "hints" in registry.names("plugin")


def test_a_kind_accepts_its_own_classes_and_no_others():
    class Mine(gn.Activation):
        pass

    assert registry.kinds["activation"].accepts(Mine)
    for thing in (Mine(), gn.Loss, 42, None, "relu"):
        assert not registry.kinds["activation"].accepts(thing)


def test_a_command_is_an_instance():
    assert registry.kinds["command"].accepts(click.Command("x"))
    assert not registry.kinds["command"].accepts(click.Command)


@pytest.mark.parametrize("word", ["loss", "losses"])
def test_a_kind_is_found_in_singular_and_plural(word):
    assert registry.kind(word) is registry.kinds["loss"]


def test_an_unknown_kind_comes_with_the_nearest_and_all_others():
    with pytest.raises(
        UnknownComponentError, match=r"unknown kind 'optimiser', did you mean 'optimizer'\? \(the kinds: lay"
    ):
        registry.kind("optimiser")


def test_kinds_are_said_with_their_articles():
    assert [registry.kinds[name].article for name in ("activation", "loss", "optimizer")] == [
        "an activation",
        "a loss",
        "an optimizer",
    ]
