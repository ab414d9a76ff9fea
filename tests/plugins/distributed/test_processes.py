"""Ranks that mpiexec starts: the whole way, faults, signals, and runs that are continued."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import polars
import pytest

import glassnet as gn
from glassnet_commands.command_line import main

BIN = Path(sys.executable).parent
GLASSNET = str(BIN / "glassnet")
DIGITS = ("train", "digits", "--no-plots", "--quiet", "--layers", "flatten dense(16) relu dense(10) softmax",
          "--schedule", "constant")  # fmt: skip

SCRIPT = """
import os, sys, signal, time
import numpy as np
import glassnet as gn

class Fault(gn.Callback):
    def on_batch_end(self, run):
        if run.step == 12 and gn.distributed.rank() == 1:
            {fault}

data = gn.datasets.digits().load()
net = gn.Network("flatten dense(16) relu dense(10) softmax").build((8, 8, 1), seed=0)
net.fit(data.train, loss="cce", optimizer="sgd(lr=0.1)", batch_size=32, epochs=1, validation=0.1,
        metrics=["accuracy"], distributed=True, callbacks=[Fault()], progress=False)
np.save(f"vector{{gn.distributed.rank()}}.npy", net.flat_parameters)
if gn.distributed.rank() == 0:
    print(os.environ["GLASSNET_THREADS"], net.history["val_accuracy"])
"""


def test_a_script_trains_on_two_ranks_as_on_one(mpiexec, script, tmp_path):
    done = mpiexec(2, *script(SCRIPT.format(fault="pass")))
    assert (done.returncode, done.stderr) == (0, "")
    data = gn.datasets.digits().load()
    alone = gn.Network("flatten dense(16) relu dense(10) softmax").build((8, 8, 1), seed=0)
    history = alone.fit(data.train, loss="cce", optimizer="sgd(lr=0.1)", batch_size=64, epochs=1, validation=0.1,
                        metrics=["accuracy"], progress=False)  # fmt: skip
    one, other = (np.load(tmp_path / f"vector{rank}.npy") for rank in range(2))
    assert one.tobytes() == other.tobytes()
    np.testing.assert_allclose(one, alone.flat_parameters, atol=2e-6)
    threads, accuracy = done.stdout.split(maxsplit=1)
    assert json.loads(accuracy) == history["val_accuracy"]
    assert int(threads) == max(1, len(os.sched_getaffinity(0)) // 2)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("raise gn.DataError('x is bad; give good data')", r"rank 1 \(process \d+ on .*\): x is bad; give good data;"),
        ("os.kill(os.getpid(), signal.SIGKILL)", r"rank 1 \(process \d+ on .*\) was killed or lost its connection;"),
    ],
)
def test_a_rank_that_fails_stops_all_with_one_message(mpiexec, script, fault, told):
    started = time.monotonic()
    done = mpiexec(2, *script(SCRIPT.format(fault=fault)))
    assert done.returncode != 0
    assert len(re.findall(f"error: {told} all 2 ranks stop", done.stderr)) == 1
    assert done.stderr.count("error:") == 1
    assert "Traceback" not in done.stderr
    assert time.monotonic() - started < 20
    assert not running(done.args)


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["os.kill(os.getpid(), signal.SIGSTOP)", "sys.exit(0)", "1 / 0", "os._exit(3)"])
def test_a_rank_that_is_silent_or_leaves_stops_all(mpiexec, script, fault):
    done = mpiexec(2, *script(SCRIPT.format(fault=fault)))
    assert done.returncode != 0
    assert len(re.findall(r"error: rank 1 \(process \d+ on .*\)", done.stderr)) == 1


@pytest.mark.slow
def test_a_rank_that_never_comes_to_fit_stops_all(mpiexec, script):
    text = (
        "import numpy as np, glassnet as gn; x = np.zeros((8, 2))\n"
        "if gn.distributed.rank() == 0:\n"
        "    gn.Network('dense(1)').fit(x, x[:, :1], loss='mse', optimizer='sgd', distributed=True, progress=False)\n"
    )
    started = time.monotonic()
    done = mpiexec(3, *script(text))
    assert done.returncode != 0
    assert done.stderr.count("error: rank 1 has ended before the ranks met; have all ranks call fit equally often") == 1
    assert time.monotonic() - started < 20


def running(command):
    """Return the processes that a command left behind."""
    script = str(command[-1])
    listed = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if script in line]


def test_a_mistake_is_told_once(mpiexec):
    done = mpiexec(2, GLASSNET, "train", "digits", "--optimizer", "adm")
    assert done.returncode == 2
    assert done.stderr.count("unknown optimizer 'adm', did you mean 'adam'") == 1
    assert done.stderr.count("\n") == 1


def test_the_command_line_trains_on_all_ranks_and_continues_on_one(mpiexec, tmp_path):
    done = mpiexec(2, GLASSNET, *DIGITS, "--epochs", "2", "--out", "run", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert result["epochs"] == 2
    assert json.loads((tmp_path / "run" / "environment.json").read_text())["ranks"] == 2
    more = subprocess.run(
        [GLASSNET, "train", "--resume", "run", "--epochs", "3", "--json", "--quiet", "--no-plots"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(more.stdout)["epochs"] == 3
    assert (tmp_path / "run" / "history.csv").read_text().count("\n") == 4


def started(folder, ranks, *words):
    """Start a command on some ranks, and return its process when its run has a state."""
    command = [str(BIN / "mpiexec"), "-n", str(ranks), GLASSNET, *words]
    variables = {**os.environ, "GLASSNET_DISABLE": "doctor"}
    process = subprocess.Popen(
        command, cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 30
    while not (folder / "run" / "checkpoint.safetensors").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return process


def model(folder):
    return (folder / "model.safetensors").read_bytes()


def test_sigterm_saves_and_the_run_goes_on_to_the_same_bytes(mpiexec, tmp_path):
    words = (*DIGITS, "--epochs", "12", "--callbacks", "checkpoint(steps=2)")
    whole = mpiexec(2, GLASSNET, *words, "--out", "whole")
    assert whole.returncode == 0
    process = started(tmp_path, 2, *words, "--out", "run")
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=30)
    assert (process.returncode, told.count("\n")) == (143, 1)
    assert "terminated; the history and the last weights are in run" in told
    assert mpiexec(2, GLASSNET, "train", "--resume", "run", "--quiet", "--no-plots").returncode == 0
    assert model(tmp_path / "run") == model(tmp_path / "whole")


def test_without_mpi4py_one_sentence_says_what_to_install(tmp_path):
    (tmp_path / "mpi4py.py").write_text("raise ImportError('none here')")
    variables = {**os.environ, "PMI_RANK": "0", "PMI_SIZE": "2", "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([GLASSNET, "train", "digits"], env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        'error: 2 processes were started together, and mpi4py is not installed; run: pip install "glassnet[mpi]"\n'
    )


def without_library(folder):
    (folder / "mpi4py").mkdir()
    (folder / "mpi4py/__init__.py").write_text("class rc: pass")
    (folder / "mpi4py/MPI.py").write_text(r"raise RuntimeError('cannot load MPI library\nlibmpi.so: no such file')")
    return {**os.environ, "PMI_RANK": "0", "PMI_SIZE": "2", "PYTHONPATH": str(folder)}


MISSING = (
    "2 processes were started together, and mpi4py does not find MPI (cannot load MPI library); "
    'run: pip install "glassnet[mpi]", or install MPICH or Open MPI\n'
)


def test_without_a_library_of_mpi_a_command_says_what_to_install(tmp_path):
    command = [GLASSNET, "train", "digits"]
    done = subprocess.run(command, env=without_library(tmp_path), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, f"error: {MISSING}")


def test_without_a_library_of_mpi_a_script_ends_in_its_own_error(script, tmp_path):
    command = script(SCRIPT.format(fault="pass"))
    done = subprocess.run(command, env=without_library(tmp_path), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.endswith(f"MissingExtraError: {MISSING}")
    assert "sys.excepthook" not in done.stderr


def test_a_run_in_another_thread_needs_no_signals(share):
    assert threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGTERM)
    x = np.zeros((8, 2))
    share(2, lambda ranks: gn.Network("dense(1)").fit(x, x[:, :1], loss="mse", optimizer="sgd", distributed=True,
                                                      progress=False))  # fmt: skip
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize(
    "command", [("evaluate", "m.safetensors", "digits"), ("predict", "m.safetensors", "x.npy", "--json")]
)
def test_a_command_says_on_two_ranks_what_it_says_on_one(mpiexec, tmp_path, monkeypatch, capsys, command):
    data = gn.datasets.digits().load()
    net = gn.Network("flatten dense(16) relu dense(10) softmax").build((8, 8, 1), seed=0)
    net.fit(data.train, loss="cce", optimizer="sgd(lr=0.1)", epochs=1, metrics=["accuracy"], progress=False)
    net.save(tmp_path / "m.safetensors")
    np.save(tmp_path / "x.npy", data.test.x[:7])
    monkeypatch.chdir(tmp_path)
    assert main([*command]) == 0
    done = mpiexec(2, GLASSNET, *command)
    assert (done.returncode, done.stdout, done.stderr) == (0, capsys.readouterr().out, "")


def test_a_dry_run_counts_the_steps_of_all_ranks(mpiexec, tmp_path):
    done = mpiexec(2, GLASSNET, "train", "xor", "--batch-size", "1", "--epochs", "3", "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    assert "3 epochs of 2 batches of 1 on each of 2 ranks" in done.stderr
    assert json.loads(done.stdout)["steps"] == 3 * 4 / 2
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_ranks_do_not_share_is_carried_out_by_one(mpiexec, tmp_path):
    done = mpiexec(2, GLASSNET, "sweep", "xor", "--vary", "lr=0.1,0.2", "--epochs", "2", "--out", "s", "--quiet")
    assert (done.returncode, done.stderr) == (0, "note: 2 processes were started, and one carries out this command\n")
    assert (tmp_path / "s" / "sweep.csv").read_text().count("finished") == 2


def test_predictions_for_a_table_are_written_once(mpiexec, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    polars.DataFrame({"a": range(50), "y": [row * 2.5 for row in range(50)]}).write_csv(tmp_path / "t.csv")
    for words in ("train t.csv --target y --epochs 1 --out r --quiet --no-plots", "predict r t.csv --out alone.csv"):
        assert main(words.split()) == 0
    done = mpiexec(2, GLASSNET, "predict", "r", "t.csv", "--out", "shared.csv")
    assert (done.returncode, done.stdout.count("predictions are in"), done.stderr) == (0, 1, "")
    alone, shared = (polars.read_csv(tmp_path / f"{name}.csv") for name in ("alone", "shared"))
    np.testing.assert_allclose(shared["prediction"], alone["prediction"], rtol=1e-6)
