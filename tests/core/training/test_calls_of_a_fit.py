"""A run starts cheaply: few calls of Python beside those of its steps, counted in a process of its own."""

import subprocess
import sys
import textwrap

PROGRAM = """
    import sys
    import numpy as np
    import glassnet as gn

    x = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
    net = gn.Network("dense(8) relu dense(8) relu dense(1)")

    def fit():
        net.fit(x, x[:, :1], loss="mse", optimizer="adam", epochs=1, batch_size=32, progress=False)

    counts = {"beside": 0, "step": 0}
    stack = []

    def count(frame, event, argument):
        if event == "call":
            stack.append(frame.f_code.co_name == "train_batches" or bool(stack and stack[-1]))
            counts["step" if stack[-1] else "beside"] += 1
        elif event == "return" and stack:
            stack.pop()

    fit()
    fit()
    sys.setprofile(count)
    fit()
    sys.setprofile(None)
    print(counts["beside"], counts["step"])
"""


def test_a_fit_of_one_step_takes_few_calls_beside_the_step():
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM)]
    beside, step = map(int, subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
    assert 50 < step < 200
    assert beside <= 600
