"""Accelerators that are off by a thousandth somewhere: the results look right, and the kit says that they are not."""

from __future__ import annotations

import pytest

import glassnet as gn
from glassnet_activations.gelu import Gelu

OFF = 1.001


class OffLayer(gn.LayerWrapper):
    """Gives a thousandth too much."""

    def forward(self, params, x, ctx):
        y, cache = self.layer.forward(params, x, ctx)
        return y * y.dtype.type(OFF), cache


class OffGradient(gn.LayerWrapper):
    """Computes gradients of parameters that are a thousandth too large."""

    def backward(self, params, cache, dy, grads, ctx):
        dx = self.layer.backward(params, cache, dy, grads, ctx)
        for gradient in grads.values():
            gradient *= OFF
        return dx

    def forward(self, params, x, ctx):
        return self.layer.forward(params, x, ctx)


class OffActivation(Gelu):
    """Is wrong in large batches alone, such as in the second of the pieces into which it cuts them."""

    def forward(self, x):
        y = super().forward(x)
        y.reshape(-1)[60_000:] *= OFF
        return y


class OffSteps(gn.OptimizerWrapper):
    """Takes steps that are a thousandth too long."""

    def update(self, p, g, state, lr, t):
        self.optimizer.update(p, g, state, lr * OFF, t)


class Off(gn.Accelerator):
    """Does what a component does, nearly. Source: Vaswani et al. (2017)."""

    formula = "y = x"


@pytest.mark.parametrize("wrong", [OffLayer, OffGradient])
@pytest.mark.parametrize("name", ["dense", "conv2d", "lstm", "batch_norm", "self_attention"])
def test_a_layer_is_off_by_a_thousandth(caught, wrong, name):
    class OfLayer(Off):
        replaces = f"layer.glassnet.{name}"

        def replacement(self, component):
            return wrong(component)

    caught(OfLayer, "computes_the_same")


# The step sizes of these are 0.0001, 0.001 and 0.01: a thousandth of a step is hardly seen beside a parameter.
@pytest.mark.parametrize("name", ["lion", "adam", "sgd"])
def test_a_step_is_off_by_a_thousandth(caught, name):
    class OfOptimizer(Off):
        replaces = f"optimizer.glassnet.{name}"

        def replacement(self, component):
            return OffSteps(component)

    caught(OfOptimizer, "computes_the_same")


def test_a_large_batch_is_off_by_a_thousandth(caught):
    class OfActivation(Off):
        replaces = "activation.glassnet.gelu"

        def replacement(self, component):
            return OffActivation(**component.options)

    caught(OfActivation, "computes_the_same")
