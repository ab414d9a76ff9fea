"""Accelerators with one mistake each, and the check that is there for it."""

import contextlib

import numpy as np
import pytest

import glassnet as gn
from glassnet_testing.checks.accelerators import compare_arrays
from glassnet_testing.runner.check import Failure


class RightSteps(gn.Optimizer):
    """The replacement for momentum, and is right."""

    optimizer: gn.Optimizer = gn.option(kind="optimizer", help="the momentum to replace")
    slots = ("v",)
    lr = property(lambda self: self.optimizer.lr)

    def update(self, p, g, state, lr, t):
        v = state["v"]
        v *= self.optimizer.momentum
        np.add(v, g, out=v)
        along = g + self.optimizer.momentum * v if self.optimizer.nesterov else v
        p -= lr * along


class Right(gn.Accelerator):
    """Steps of momentum in another order of operations. Source: Polyak (1964)."""

    replaces = "optimizer.glassnet.momentum"
    formula = "v = momentum v + g,  p = p - lr v"

    def replacement(self, component):
        return RightSteps(component)


class RightRelu(gn.Activation):
    """The replacement for leaky_relu, and is right."""

    activation: gn.Activation = gn.option(kind="activation", help="the leaky_relu to replace")

    def forward(self, x):
        return np.where(x > 0, x, x * np.asarray(self.activation.negative_slope, x.dtype))

    def backward(self, dy, x, y):
        return np.where(x > 0, dy, dy * np.asarray(self.activation.negative_slope, x.dtype))


class RightForActivations(gn.Accelerator):
    """A leaky_relu by another road. Source: Maas et al. (2013)."""

    replaces = "activation.glassnet.leaky_relu"
    formula = "y = max(x, slope x)"

    def replacement(self, component):
        return RightRelu(component)


def test_what_is_right_passes(passes):
    passes(Right)
    passes(RightForActivations)


class ForLayers(gn.Accelerator):
    """Attention by itself. Source: Vaswani et al. (2017)."""

    replaces = "layer.glassnet.self_attention"
    formula = "y = x"

    def replacement(self, component):
        return Undeclared(component)


class Undeclared(gn.LayerWrapper):
    """Does what its layer does, and does not say that it reads masks."""

    reads_mask = False

    def forward(self, params, x, ctx):
        return self.layer.forward(params, x, ctx)

    def backward(self, params, cache, dy, grads, ctx):
        return self.layer.backward(params, cache, dy, grads, ctx)


def test_a_layer_that_reads_masks_does_not_say_so(caught):
    failure = caught(ForLayers, "a_layer_declares_the_same")

    assert failure.input == "for_layers for self_attention(mask=True), reads_mask"


def test_nobody_is_sped_up(caught):
    class ForNothing(Right):
        replaces = "optimizer.glassnet.momentun"

    class Unnamed(Right):
        replaces = "optimizer.momentum"

    class OfNoKind(Right):
        replaces = "metric.glassnet.accuracy"

    class ByAnAlias(Right):
        replaces = "loss.glassnet.mse"

    for wrong in (ForNothing, Unnamed, OfNoKind, ByAnAlias):
        caught(wrong, "replaces_a_component")


def test_an_option_is_forgotten(caught):
    class Deaf(RightSteps):
        def update(self, p, g, state, lr, t):
            v = state["v"]
            v *= self.optimizer.momentum
            v += g
            p -= lr * v  # nesterov or not

    class Forgetful(Right):
        def replacement(self, component):
            return Deaf(component)

    assert "nesterov=True" in caught(Forgetful, "computes_the_same").input


def test_float32_is_computed_otherwise(caught):
    class Coarse(RightSteps):
        def update(self, p, g, state, lr, t):
            super().update(p, g * 1.001 if p.dtype == np.float32 else g, state, lr, t)

    class OffInFloat32(Right):
        def replacement(self, component):
            return Coarse(component)

    assert "float32" in caught(OffInFloat32, "computes_the_same").input


def test_bytes_are_promised_and_not_kept(caught):
    class Promising(Right):
        bit_identical = True

    class Rounding(RightSteps):
        def update(self, p, g, state, lr, t):
            super().update(p, g * (1 + 1e-15), state, lr, t)

    class OffByABit(Promising):
        def replacement(self, component):
            return Rounding(component)

    assert "bit_identical" in caught(OffByABit, "computes_the_same").hint


def test_infinity_times_false_is_promised_to_be_the_same(caught):
    class ByProducts(RightRelu):
        def backward(self, dy, x, y):
            return dy * ((x > 0) + self.activation.negative_slope * (y / y) * (x <= 0))

    class PromisesTooMuch(RightForActivations):
        bit_identical = True

        def replacement(self, component):
            return ByProducts(component)

    assert "bit_identical" in caught(PromisesTooMuch, "special_numbers_are_the_same").hint


@pytest.mark.parametrize(
    ("found", "passes"),
    # Of 1000, the component is off by 0.01: ten times the 1e-6 that any result may differ by.
    [(1000.015, True), (999.985, True), (1000.03, False), (999.97, False), (np.inf, False), (np.nan, False)],
)
def test_a_result_in_float32_may_be_twice_as_far_from_the_exact_one(found, passes):
    expected, exact = np.array([1000.01], np.float32), np.array([1000.0])
    with contextlib.nullcontext() if passes else pytest.raises(Failure):
        compare_arrays("a sum", expected, np.array([found], np.float32), False, exact)
    with pytest.raises(Failure):  # nothing tells how far the component is
        compare_arrays("a sum", expected, np.array([found], np.float32), False)


def test_results_that_are_not_finite_are_not_nearer():
    overflow = np.array([np.inf], np.float32)
    with pytest.raises(Failure):
        compare_arrays("a sum", overflow, np.array([-np.inf], np.float32), False, np.array([1.0]))


class RightLoss(gn.Loss):
    """The replacement for binary_crossentropy, and is right."""

    loss: gn.Loss = gn.option(kind="loss", help="the loss to replace")
    prediction_type = property(lambda self: self.loss.prediction_type)

    def prepare_targets(self, y, output_shape, dtype):
        return self.loss.prepare_targets(y, output_shape, dtype)

    def per_sample(self, y_pred, y_true):
        return self.loss.per_sample(y_pred, y_true)

    def backward(self, y_pred, y_true):
        return self.loss.backward(y_pred, y_true)

    def fuse(self, activation):
        return self.loss.fuse(activation)


class RightForLosses(gn.Accelerator):
    """A binary cross-entropy by another road. Source: Bishop (2006)."""

    replaces = "loss.glassnet.binary_crossentropy"
    formula = "L = -sum (t log p + (1 - t) log(1 - p)) / n"

    def replacement(self, component):
        return RightLoss(component)


class Halving(RightLoss):
    def value_and_gradient(self, y_pred, y_true):
        value, gradient = self.loss.value_and_gradient(y_pred, y_true)
        return value, gradient / 2


def test_losses_are_compared_as_training_calls_them(passes, caught):
    class HalfAGradient(RightForLosses):
        def replacement(self, component):
            return Halving(component)

    passes(RightForLosses)
    caught(HalfAGradient, "computes_the_same")


def test_losses_are_compared_merged_with_an_activation(caught):
    class HalvingOnceMerged(RightLoss):
        def fuse(self, activation):
            fused = self.loss.fuse(activation)
            return fused and Halving(fused)

    class NeverMerged(RightLoss):
        def fuse(self, activation):
            return None

    class WrongOnceMerged(RightForLosses):
        def replacement(self, component):
            return HalvingOnceMerged(component)

    class LeftApart(RightForLosses):
        def replacement(self, component):
            return NeverMerged(component)

    caught(WrongOnceMerged, "computes_the_same")
    caught(LeftApart, "computes_the_same")


def test_a_derivative_is_wrong(caught):
    class Steep(RightRelu):
        def backward(self, dy, x, y):
            return np.where(x > 0, dy, 0)

    class WrongBackward(RightForActivations):
        def replacement(self, component):
            return Steep(component)

    caught(WrongBackward, "computes_the_same")


class Renamed(RightSteps):
    slots = ("velocity",)

    def update(self, p, g, state, lr, t):
        super().update(p, g, {"v": state["velocity"]}, lr, t)


class OtherState(Right):
    """Steps of momentum whose state has a name of its own. Source: Polyak (1964)."""

    def replacement(self, component):
        return Renamed(component)


def test_state_has_another_name(passes, caught):
    class Promising(OtherState):
        """Source: Polyak (1964)."""

        bit_identical = True

    passes(OtherState)
    assert "slots" in caught(Promising, "state_is_the_same").input


def test_state_of_another_meaning_has_the_same_name(caught):
    class Halved(RightSteps):
        def update(self, p, g, state, lr, t):
            velocity = {"v": 2 * state["v"]}
            super().update(p, g, velocity, lr, t)
            state["v"][...] = velocity["v"] / 2

    class OtherMeaning(Right):
        def replacement(self, component):
            return Halved(component)

    assert "slot v" in caught(OtherMeaning, "state_is_the_same").input


def test_bytes_of_another_accelerator_are_not_kept(passes, caught):
    class AsRight(OtherState):
        """Source: Polyak (1964)."""

        bit_identical_to = Right

    class Rounding(Renamed):
        def update(self, p, g, state, lr, t):
            super().update(p, g * (1 + 1e-15), state, lr, t)

    class OffByABit(AsRight):
        def replacement(self, component):
            return Rounding(component)

    passes(AsRight)
    assert "Right" in caught(OffByABit, "computes_the_same").input


class InOneGo(RightSteps):
    granularity = "contiguous"


class UncutSteps(Right):
    """Steps of momentum without a cut. Source: Polyak (1964)."""

    def replacement(self, component):
        return InOneGo(component)


def test_a_stretch_may_take_the_place_of_chunks(passes):
    passes(UncutSteps)


def test_a_stretch_may_not_where_there_are_numbers_for_each_chunk(caught):
    class ProductInOneGo(gn.Optimizer):
        optimizer: gn.Optimizer = gn.option(kind="optimizer", help="the nadam to replace")
        slots = ("m", "v")
        scalars = ("product",)
        granularity = "contiguous"
        lr = property(lambda self: self.optimizer.lr)

        def update(self, p, g, state, lr, t):
            self.optimizer.update(p, g, state, lr, t)

    class UncutNadam(Right):
        replaces = "optimizer.glassnet.nadam"

        def replacement(self, component):
            return ProductInOneGo(component)

    assert "granularity" in caught(UncutNadam, "state_is_the_same").input


def test_what_is_not_installed_is_not_asked_for_results():
    from glassnet_testing import report_on

    class Absent(Right):
        """Source: Polyak (1964)."""

        requires = ("no_such_module_anywhere",)

        def replacement(self, component):
            raise AssertionError("never called")

    report = report_on(Absent)
    assert report.passed, str(report)
    skipped = {outcome.check.name: outcome.excuse for outcome in report.of("skipped")}
    assert "no_such_module_anywhere" in skipped["computes_the_same"]
    assert "no_such_module_anywhere" in skipped["deterministic"]
