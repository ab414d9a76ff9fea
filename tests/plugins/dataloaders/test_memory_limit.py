"""Training on a file that is larger than the memory that the process may have."""

import os
import subprocess
import sys

import numpy as np
import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts a process's data for RLIMIT_DATA")

ROWS, FEATURES = 25_000, 4096
MORE = 256 * 2**20

# RLIMIT_DATA is about memory that belongs to the process alone: what NumPy allocates counts, a file's pages do not,
# because the system can drop them at any time. So it refuses to load the file and lets it be mapped. The limit is above
# what libraries have taken by then, which depends on the number of cores.
LIMITED = f"""
import resource
import sys
import numpy as np
import glassnet as gn

folder = sys.argv[1]
x = np.load(folder + "/x.npy", mmap_mode="r")
y = np.load(folder + "/y.npy", mmap_mode="r")
net = gn.Network("dense(2) softmax")
options = dict(loss="cce", optimizer="sgd(lr=0.1)", metrics=["accuracy"], batch_size=500)
net.fit(np.zeros((2, {FEATURES})), [0, 1], **options)  # imports what there is to import
taken = next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith("VmData"))
resource.setrlimit(resource.RLIMIT_DATA, (taken + {MORE}, taken + {MORE}))
"""

LOADS = "np.array(x)"

MAPS = """
history = net.fit(x, y, validation=0.2, class_weight={0: 1.0, 1: 2.0}, **options)
assert history["val_accuracy"][-1] == 1, history.epochs
assert net.evaluate(x, y)["accuracy"] == 1
out = np.lib.format.open_memmap(folder + "/out.npy", "w+", np.float32, (len(x), 2))
assert (net.predict(x, out=out).argmax(axis=1) == y).all()
"""

STREAMS = """
def batches(epoch):
    return ((x[start : start + 500], y[start : start + 500]) for start in range(0, len(x), 500))

history = net.fit(gn.Batches(batches, shuffle_buffer=4), validation=batches, **{**options, "batch_size": None})
assert history["val_accuracy"][-1] == 1, history.epochs
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with 390 MiB of float32 in x.npy, all zero but for the first two columns, and labels in y.npy."""
    folder = tmp_path_factory.mktemp("large")
    labels = np.random.default_rng(0).integers(0, 2, ROWS)
    x = np.lib.format.open_memmap(folder / "x.npy", "w+", np.float32, (ROWS, FEATURES))
    x[np.arange(ROWS), labels] = 1  # the pages in between are never written: the file is a sparse one
    x.flush()
    np.save(folder / "y.npy", labels)
    yield folder
    (folder / "x.npy").unlink()


def run(program, folder):
    program = [sys.executable, "-c", LIMITED + program, folder]
    variables = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(program, capture_output=True, text=True, env=variables)


def test_the_limit_keeps_the_file_out_of_memory(folder):
    done = run(LOADS, folder)
    assert done.returncode == 1
    assert "MemoryError" in done.stderr


@pytest.mark.parametrize("program", [MAPS, STREAMS], ids=["mapped", "batches"])
def test_a_network_is_trained_on_more_than_the_memory_holds(folder, program):
    done = run(program, folder)
    assert done.returncode == 0, done.stderr
