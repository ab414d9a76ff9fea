"""What computes loss and penalties: formulas by default, and what replaces them where a network is trained."""

import pytest

import glassnet as gn
from glassnet.model import objective
from glassnet.model.objective import Objective


@pytest.fixture
def asked(monkeypatch):
    """Return the components for which a replacement was asked."""
    asked = []
    monkeypatch.setattr(objective, "prepared", lambda component: asked.append(component) or component)
    return asked


def parts():
    net = gn.Network("dense(3) softmax").build((2,), seed=0)
    return net, gn.create("loss", "categorical_crossentropy"), gn.create("regularizer", "l2")


def test_an_objective_computes_penalties_by_their_formula(asked):
    Objective(*parts())
    assert asked == []


def test_a_training_asks_what_computes_activation_and_penalties(asked):
    net, loss, regularizer = parts()
    Objective(net, loss, regularizer, lambda component, elements: component)
    assert asked == [net.layers[-1], regularizer]
