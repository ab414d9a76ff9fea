"""Ctrl-C during ``glassnet train``."""

import csv
import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import glassnet as gn
from glassnet_commands.command_line import main

STARTED = "import sys; from glassnet_commands.start import main; sys.exit(main())"
GLASSNET = "import sys; from glassnet_commands.command_line import main; sys.exit(main())"
ENDLESS = ["train", "xor", "--epochs", "100000000"]
PATIENCE = 60


@pytest.fixture
def training(here):
    """Start an endless training; give the process once it has written a line on its progress."""
    processes = []

    def start(*arguments):
        command = [sys.executable, "-u", "-c", GLASSNET, *ENDLESS, *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        processes.append(process)
        for line in process.stderr:
            if line.startswith("epoch"):
                return process
        raise AssertionError("the training ended by itself")

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def test_ctrl_c_saves_history_and_last_weights_and_exits_with_130(training, here):
    process = training()
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert out == ""
    resume = "continue with glassnet train --resume runs/xor-1\n"
    assert err.endswith(f"interrupted; the history and the last weights are in runs/xor-1; {resume}")
    assert "Traceback" not in err
    folder = here / "runs/xor-1"
    rows = list(csv.DictReader((folder / "history.csv").read_text().splitlines()))
    assert len(rows) > 1
    assert all(np.isfinite(float(row["loss"])) for row in rows)
    network = gn.load(folder / "model.safetensors")
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    p = network.predict(x)[:, 0]
    t = np.array([0, 1, 1, 0])
    # The weights are the last ones: as good as the last line of the history, or a step better.
    loss = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
    assert loss <= float(rows[-1]["loss"]) * 1.05
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["interrupted"] is True
    assert summary["test"] is None
    assert summary["epochs"] == len(rows)


@pytest.mark.parametrize(
    ("sent", "code", "word"),
    [
        ([signal.SIGTERM], 143, "terminated"),
        ([signal.SIGHUP], 129, "hung up"),
        # A shell and the kernel each say that the terminal is gone; a logout sends both signals at once.
        ([signal.SIGHUP, signal.SIGHUP], 129, "hung up"),
        ([signal.SIGTERM, signal.SIGHUP], 143, "terminated"),
    ],
)
def test_other_signals_end_a_training_as_ctrl_c_does(training, here, glassnet, sent, code, word):
    process = training()
    for number in sent:
        process.send_signal(number)
        time.sleep(0.01)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == code
    assert out == ""
    resume = "continue with glassnet train --resume runs/xor-1\n"
    assert err.endswith(f"{word}; the history and the last weights are in runs/xor-1; {resume}")
    summary = json.loads((here / "runs/xor-1/summary.json").read_text())
    assert summary["interrupted"] is True
    epochs = str(summary["epochs"] + 5)
    assert glassnet("train", "--resume", "runs/xor-1", "--epochs", epochs, "--no-plots", "--quiet").code == 0


def test_a_training_whose_terminal_is_closed_saves_its_state(here, glassnet):
    process, terminal = pty.fork()
    if process == 0:
        os.execv(sys.executable, [sys.executable, "-c", GLASSNET, *ENDLESS, "--out", "run"])
    told = b""
    while b"epoch" not in told:
        told += os.read(terminal, 1000)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 129
    summary = json.loads((here / "run/summary.json").read_text())
    assert summary["interrupted"] is True
    epochs = str(summary["epochs"] + 5)
    assert glassnet("train", "--resume", "run", "--epochs", epochs, "--no-plots", "--quiet").code == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_command_that_trains_nothing_ends_with_one_word(number, code, glassnet):
    class Stopping(gn.DataSource):
        def load(self):
            signal.raise_signal(number)

    with gn.registered("dataset", "stopping", Stopping):
        outcome = glassnet("train", "stopping")
    assert outcome.code == code
    assert outcome.err.strip() == {129: "hung up", 130: "interrupted", 143: "terminated"}[code]


def test_ctrl_c_while_the_command_line_is_imported_is_one_word(here, tmp_path):
    module = tmp_path / "slow" / "glassnet_commands" / "command_line.py"
    module.parent.mkdir(parents=True)
    (module.parent / "__init__.py").write_text("import pkgutil\n__path__ = pkgutil.extend_path(__path__, __name__)\n")
    module.write_text("raise KeyboardInterrupt")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "slow")}
    process = subprocess.run(
        [sys.executable, "-c", STARTED, *ENDLESS], capture_output=True, text=True, check=False, env=environment
    )
    assert process.returncode == 130
    assert process.stderr == "interrupted\n"


def test_with_json_an_interrupted_training_gives_its_summary(training, here):
    process = training("--json")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert json.loads(out) == json.loads((here / "runs/xor-1/summary.json").read_text())


def test_an_interrupted_training_can_be_evaluated_and_used(training, glassnet):
    process = training()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    assert glassnet("evaluate", "runs/xor-1").code == 0
    np.save("point.npy", np.array([0, 1], np.float32))
    assert glassnet("predict", "runs/xor-1", "point.npy").code == 0


class Interrupting(gn.Callback):
    """Does what Ctrl-C does, in the middle of the third batch, once or twice."""

    times: int = gn.option(1)

    def on_after_backward(self, run):
        if run.step == 2:
            for _ in range(self.times):
                signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize(
    ("where", "said", "is_finished"),
    [
        ("glassnet.network.Network.evaluate", "continue with glassnet train --resume mine", False),
        (
            "glassnet_reports.history_report.HistoryReport.of",
            "the run in mine is finished, and some of its pictures",
            True,
        ),
    ],
)
def test_ctrl_c_after_the_training_says_what_there_is(glassnet, here, monkeypatch, where, said, is_finished):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(where, interrupted)
        outcome = glassnet("train", "xor", "--epochs", 20, "--out", "mine", "--quiet")
    assert outcome.code == 130
    assert said in outcome.err
    assert json.loads((here / "mine/summary.json").read_text())["interrupted"] is not is_finished
    resumed = glassnet("train", "--resume", "mine", "--quiet")
    assert resumed.code == 0
    assert ("is finished after 20 epochs" in resumed.err) is is_finished
    assert resumed.out.startswith("test ")


def test_the_batch_at_hand_is_finished(glassnet):
    with gn.registered("callback", "interrupting", Interrupting):
        once = glassnet("train", "xor", "--callbacks", "interrupting", "--out", "once", "--quiet")
        twice = glassnet("train", "xor", "--callbacks", "interrupting(2)", "--out", "twice", "--quiet")
    assert once.code == twice.code == 130
    # XOR has one batch an epoch. The first run ends after its third step, the second one before it.
    for epochs, folder in ((3, "once"), (2, "twice")):
        glassnet("train", "xor", "--schedule", "constant", "--epochs", epochs, "--out", f"{folder}-whole", "--quiet")
        expected = gn.load(f"{folder}-whole/model.safetensors").flat_parameters
        np.testing.assert_array_equal(gn.load(f"{folder}/model.safetensors").flat_parameters, expected)


def test_the_handler_that_was_there_before_is_there_again(glassnet):
    before, terminate_before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with gn.registered("callback", "interrupting", Interrupting):
        assert glassnet("train", "xor", "--callbacks", "interrupting", "--quiet").code == 130
    assert signal.getsignal(signal.SIGINT) is before
    assert signal.getsignal(signal.SIGTERM) is terminate_before
    assert glassnet("train", "xor", "--epochs", 1, "--quiet", "--no-plots").code == 0
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_is_ignored_stays_ignored(here, number):
    # As of a program that a script starts with &, or nohup.
    ignoring = f"import signal; signal.signal({int(number)}, signal.SIG_IGN); {STARTED}"
    command = [sys.executable, "-u", "-c", ignoring, "train", "xor", "--epochs", "3000", "--no-plots", "--out", "run"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        process.send_signal(number)
        if line.startswith("epoch"):
            break
    process.send_signal(number)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert json.loads((here / "run/summary.json").read_text())["epochs"] == 3000


def test_a_training_in_another_thread_leaves_signals_alone(here):
    codes = []
    arguments = ["train", "xor", "--epochs", "3", "--no-plots", "--quiet"]
    thread = threading.Thread(target=lambda: codes.append(main(arguments)))
    thread.start()
    thread.join()
    assert codes == [0]


SLOW_IMPORT = """
import os, signal
class Swallowed:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass
Swallowed()
try:
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(1000):
        pass
except BaseException:
    raise ImportError("broken by Ctrl-C")
def main():
    raise AssertionError("Ctrl-C was forgotten")
"""


def test_ctrl_c_in_an_import_is_neither_forgotten_nor_another_error(here, tmp_path):
    module = tmp_path / "slow" / "glassnet_commands" / "command_line.py"
    module.parent.mkdir(parents=True)
    (module.parent / "__init__.py").write_text("import pkgutil\n__path__ = pkgutil.extend_path(__path__, __name__)\n")
    module.write_text(SLOW_IMPORT)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "slow")}
    process = subprocess.run(
        [sys.executable, "-c", STARTED, *ENDLESS], capture_output=True, text=True, check=False, env=environment
    )
    assert process.returncode == 130
    assert process.stderr == "interrupted\n"


def test_ctrl_c_while_the_program_ends_changes_nothing(here):
    ending = """
import atexit, os, signal
def interrupt():
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(1000):
        pass
atexit.register(interrupt)
"""
    process = subprocess.run(
        [sys.executable, "-c", ending + STARTED, "--version"], capture_output=True, text=True, check=False
    )
    assert (process.returncode, process.stderr) == (0, "")
    assert process.stdout.startswith("glassnet, version")
