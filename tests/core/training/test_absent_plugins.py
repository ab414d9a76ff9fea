"""What the kernel does where a plugin that it asks by hooks is switched off."""

from __future__ import annotations

import os
import subprocess
import sys

START = """
import numpy as np
import glassnet as gn

x = np.linspace(-1, 1, 24, dtype=np.float32).reshape(8, 3)
y = np.arange(8) % 2
"""

FORWARD_ALONE = """
class Double(gn.Layer):
    def forward(self, params, x, ctx):
        return 2 * x, None

class Half(gn.Activation):
    def forward(self, x):
        return x / 2

def refused(train):
    try:
        train()
    except gn.TracingError as error:
        print(error)
"""


def output(program: str, **variables: str) -> str:
    """Return what a program prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", START + program], env={**os.environ, **variables}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_threads_a_fit_gives_the_same_bytes():
    program = """
net = gn.Network("conv2d(4, 3) relu max_pool2d(2) flatten batch_norm dense(2) softmax")
images = np.random.default_rng(0).random((40, 8, 8, 1), np.float32)
net.fit(images, np.arange(40) % 2, loss="cce", optimizer="adam", epochs=2, batch_size=16, progress=False)
import sys
has_threads = "glassnet_parallel.thread_pool" in sys.modules
print(net.flat_parameters.tobytes().hex(), net.predict(images).tobytes().hex(), has_threads)
"""
    *bytes_with, is_there = output(program).split()
    *bytes_without, is_there_without = output(program, GLASSNET_DISABLE="parallel").split()
    assert bytes_without == bytes_with
    assert (is_there, is_there_without) == ("True", "False")


def test_without_the_tape_a_fit_is_the_same():
    program = """
net = gn.Network("dense(4) relu dense(2) softmax")
net.fit(x, y, loss="cce", optimizer="adam", regularizer="l2(0.01)", epochs=2, progress=False)
print(net.flat_parameters.tobytes().hex())
"""
    assert output(program) == output(program, GLASSNET_DISABLE="autodiff")


def test_without_the_tape_a_forward_alone_computes_and_names_the_plugin():
    program = (
        FORWARD_ALONE
        + """
net = gn.Network(["dense(2)", Double(), Half()]).build((3,), seed=0)
assert np.array_equal(net.predict(x), x @ net.parameters["0.weights"])
for layer in (Double(), Half()):
    refused(lambda: gn.Network(["dense(2)", layer]).fit(x, y, loss="cce", optimizer="sgd", progress=False))
"""
    )
    expected = "it has no backward of its own, and the plugin autodiff, which derives one, is not in use; "
    advice = "take it out of GLASSNET_DISABLE, or write the backward"
    assert output(program, GLASSNET_DISABLE="autodiff").splitlines() == [
        f"layer 'double': {expected}{advice}",
        f"activation 'half': {expected}{advice}",
    ]
    assert output(program) == ""
