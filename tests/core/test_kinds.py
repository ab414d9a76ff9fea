"""The kinds: one list that base classes, namespaces, entry points and the design agree on."""

from __future__ import annotations

import click
import pytest

import glassnet as gn
from glassnet.components.component import Component
from glassnet.errors import UnknownComponentError
from glassnet.registry import namespaces
from glassnet.registry.kinds import KINDS, kind_named


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_a_kind_has_a_base_class_a_namespace_and_a_group(kind, registry):
    assert KINDS[kind.name] is kind
    assert kind.group == f"glassnet.{kind.plural}"
    assert getattr(gn, kind.plural) is getattr(namespaces, kind.plural)
    assert dir(getattr(gn, kind.plural)) == registry.names(kind.name) != []
    base = kind.base_class()
    if kind.instances:
        assert base is click.Command
    else:
        assert issubclass(base, Component)
        assert base.kind == kind.name
        assert getattr(gn, base.__name__) is base


def test_a_kind_accepts_its_own_classes_and_no_others():
    class Mine(gn.Activation):
        pass

    assert KINDS["activation"].accepts(Mine)
    for thing in (Mine(), gn.Loss, 42, None, "relu"):
        assert not KINDS["activation"].accepts(thing)


def test_a_command_is_an_instance():
    assert KINDS["command"].accepts(click.Command("x"))
    assert not KINDS["command"].accepts(click.Command)


@pytest.mark.parametrize("word", ["loss", "losses"])
def test_a_kind_is_found_in_singular_and_plural(word):
    assert kind_named(word) is KINDS["loss"]


def test_an_unknown_kind_comes_with_the_nearest_and_all_others():
    with pytest.raises(
        UnknownComponentError, match=r"unknown kind 'optimiser', did you mean 'optimizer'\? \(the kinds: lay"
    ):
        kind_named("optimiser")


def test_kinds_are_said_with_their_articles():
    assert [KINDS[name].article for name in ("activation", "loss", "optimizer")] == [
        "an activation",
        "a loss",
        "an optimizer",
    ]
