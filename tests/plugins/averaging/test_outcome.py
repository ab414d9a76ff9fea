"""What a run leaves, by hand: one weight of 1, whose square is the loss, and whose gradient is 2 w."""

import subprocess
import sys
import textwrap

import numpy as np
import pytest

import glassnet as gn

X, Y = np.ones((3, 1)), np.zeros((3, 1))
# Two batches with gradients of 2 make a step to 0.8. The third one, with 1.6, is put off.
HOW = {"loss": "mse", "optimizer": "accumulate(sgd(lr=0.1), steps=2)", "batch_size": 1, "validation": (X, Y)}
LAYER = "dense(1, bias=False, weight_init=ones)"


class Note(gn.Callback):
    """Notes the weight, and that from which training goes on."""

    seen = ()

    def on_epoch_end(self, run):
        Note.seen = (run.network.flat_parameters.item(), run.last_vector.item())

    def on_run_end(self, run):
        Note.seen += (run.network.flat_parameters.item(), run.last_vector.item())


def test_a_step_that_was_put_off_is_measured_and_left():
    net = gn.Network(LAYER)
    history = net.fit(X, Y, callbacks=[Note()], **HOW)
    assert net.flat_parameters.item() == pytest.approx(0.64)
    assert history["val_loss"] == pytest.approx([0.64**2])
    assert Note.seen == pytest.approx((0.64, 0.8, 0.64, 0.8))


def test_without_the_plugin_the_last_parameters_stay():
    program = f"""
        import numpy as np
        import glassnet as gn
        X, Y = np.ones((3, 1)), np.zeros((3, 1))
        net = gn.Network({LAYER!r})
        net.fit(X, Y, loss="mse", optimizer={HOW["optimizer"]!r}, batch_size=1)
        print(net.flat_parameters.item())
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    environment = {"GLASSNET_DISABLE": "averaging"}
    ended = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert float(ended.stdout) == pytest.approx(0.8)
