"""A batch takes a short way: few files of the kernel handle its arrays between the data and the update."""

import itertools
import json
import os
import subprocess
import sys
import textwrap

import pytest

# Notes, for the second step of a fit, each file of the kernel whose function is given an array of the batch, or what
# was computed from it, and the part of the step in which that happens.
PROGRAM = """
    import json
    import sys
    from pathlib import Path

    import numpy as np
    import glassnet as gn

    KERNEL = str(Path(gn.__file__).parent)
    x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
    net = gn.Network("dense(8) tanh dense(1)")
    how = dict(loss="mse", optimizer="sgd", batch_size=16, seed=0)
    visits, part, steps = [], ["data"], [0]

    def is_of_the_batch(value):
        if isinstance(value, tuple):
            return any(map(is_of_the_batch, value))
        return isinstance(value, np.ndarray) and len(value) == 16

    def note(frame, event, argument):
        code = frame.f_code
        if code.co_name == "take_step" and event == "call":
            steps[0] += 1
        if code.co_name == "update" and "/glassnet_optimizers/" in code.co_filename:
            part[0] = "update"
        if not code.co_filename.startswith(KERNEL) or part[0] == "update" and steps[0] >= 2:
            return
        if steps[0] == 1 and code.co_name == "epoch_batches" and event == "call":
            visits.clear()
            part[0] = "data"
        if code.co_name.endswith("_step") and code.co_filename.endswith("loop.py"):
            part[0] = code.co_name if event == "call" else "loop"
        given = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        takes = event == "call" and any(is_of_the_batch(frame.f_locals.get(name)) for name in given)
        yields = event == "return" and is_of_the_batch(argument)
        if takes or yields:
            visits.append((part[0], code.co_filename[len(KERNEL) + 1 :].replace(chr(92), "/"), takes))

    net.fit(x, x[:, :1], **how)
    sys.setprofile(note)
    net.fit(x, x[:, :1], **how)
    sys.setprofile(None)
    print(json.dumps(visits))
"""


@pytest.fixture(scope="module")
def visits():
    environment = {**os.environ, "GLASSNET_ACCELERATORS": "off"}
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(ended.stdout)


def test_a_batch_visits_at_most_8_files_until_the_update(visits):
    files = {file for _, file, _ in visits} | {"training/optimizer_step.py"}
    assert {"data/array_loader.py", "training/loop.py", "model/sequential.py"} <= files
    assert len(files) <= 8, files


@pytest.mark.parametrize("part", ["data", "forward_step", "loss_step", "backward_step"])
def test_within_a_part_of_the_step_no_file_is_returned_to(visits, part):
    entered = [file for of_part, file, takes in visits if of_part == part and (takes or part == "data")]
    in_order = [file for file, _ in itertools.groupby(entered)]
    assert in_order
    assert len(in_order) == len(set(in_order)), in_order
