"""The first step and layer in which two trainings part."""

import attrs
import numpy as np
import pytest

import glassnet as gn
from glassnet_comparison.parting import first_parting
from glassnet_comparison.recorded_run import opened
from glassnet_comparison.repetition import repetition


class Nudge(gn.Callback):
    """Adds to something in one step."""

    what: str = gn.option(help="what is changed")
    step: int = gn.option(help="the step, from 1")

    def on_batch_start(self, run):
        if run.step + 1 == self.step and self.what == "batch":
            x, y = run.batch
            run.batch = (x + np.float32(0.5), y)

    def on_after_backward(self, run):
        if run.step + 1 == self.step and self.what == "gradient":
            slice_ = next(each for each in run.network.layout.slices if each.name == "2.bias")
            slice_.view(run.network.gradients)[...] += np.float32(0.25)

    def on_batch_end(self, run):
        if run.step == self.step and self.what == "parameters":
            run.network.parameters["0.bias"][3] += np.float32(0.125)


@pytest.fixture
def again(runs):
    """How a training of XOR with three batches an epoch is repeated."""
    with repetition(opened(runs("a", "--batch-size", "2"))) as found:
        yield found


def other(again, **options):
    return attrs.evolve(again, options={**again.options, **options})


def test_two_repetitions_part_nowhere(again):
    assert first_parting(again, again) is None


def test_another_seed_parts_before_the_first_step(again):
    found = first_parting(again, other(again, seed=1))
    assert (found.step, found.where) == (0, "the initial values of '0.weights'")


def test_another_step_size_parts_in_the_first_update(again):
    found = first_parting(again, other(again, optimizer="adam(lr=0.2)"))
    assert (found.epoch, found.step, found.where) == (1, 1, "the update of '0.weights'")
    # Adam's first step is lr long for each parameter.
    assert found.largest == pytest.approx(0.1, rel=1e-3)


def test_another_loss_parts_in_its_derivative(again):
    found = first_parting(again, other(again, loss="mse"))
    assert found.step == 1
    assert "forward pass of layer 3" in found.where or "derivative of the loss" in found.where


@pytest.mark.parametrize(
    ("what", "where", "largest", "different"),
    [
        ("batch", "the samples of the batch", 0.5, 4),
        ("gradient", "the gradient of '2.bias'", 0.25, 1),
        ("parameters", "the update of '0.bias'", 0.125, 1),
    ],
)
def test_a_change_in_one_step_is_found_there(again, what, where, largest, different):
    changed = attrs.evolve(again, callbacks=[*again.callbacks, Nudge(what, 7)])
    found = first_parting(again, changed)
    assert (found.epoch, found.step, found.where) == (4, 7, where)  # two steps an epoch
    assert found.largest == pytest.approx(largest, rel=1e-4)
    assert found.different == different


def test_a_layer_that_computes_otherwise_is_named(runs):
    class Late(gn.Activation):
        """Identity, to which something is added from some call on."""

        calls = [0]
        begins = [10**9]

        def forward(self, x):
            self.calls[0] += 1
            return x + np.float32(self.calls[0] > self.begins[0])

        def backward(self, dy, x, y):
            return dy

    with gn.registered("activation", "late", Late):
        folder = runs("a", "--layers", "dense(3) late tanh dense(1) sigmoid")
        with repetition(opened(folder)) as again:

            class Reset(gn.Callback):
                begins: int = gn.option(help="the step")

                def on_run_start(self, run):
                    Late.calls[0], Late.begins[0] = 0, self.begins

            good = attrs.evolve(again, callbacks=[Reset(10**9)])
            bad = attrs.evolve(again, callbacks=[Reset(5)])
            found = first_parting(good, bad)
    assert found.step == 6
    assert found.where == "the forward pass of layer 1 'late'"
    assert found.largest == pytest.approx(1, rel=1e-5)
    assert "at step 6 (epoch 6), in the forward pass of layer 1 'late'" in str(found)
