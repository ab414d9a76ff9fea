"""What goes to standard output: JSON that every program reads, no blanks behind, and readers that go away."""

import io
import json
import os
import shlex
import subprocess
import sys

import numpy as np
import pytest
from rich.console import Console
from rich.table import Table

import glassnet as gn
from glassnet_commands.command_line import main
from glassnet_persistence.json_text import json_text
from glassnet_terminal.printed import print_fitted

GLASSNET = "import sys; from glassnet_commands.command_line import main; sys.exit(main())"


class Nowhere(gn.Activation):
    """Gives no numbers."""

    def forward(self, x):
        return x * np.float32("nan")

    def backward(self, dy, x, y):
        return dy


def strict(text):
    """Read JSON as its standard has it: without NaN and Infinity."""
    return json.loads(text, parse_constant=pytest.fail)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_json_cannot_write_are_null_at_any_depth(value):
    assert strict(json_text({"a": [1, (value, {"b": value})], "c": "nan"})) == {
        "a": [1, [None, {"b": None}]],
        "c": "nan",
    }


def test_predictions_that_are_no_numbers_are_null(glassnet, here):
    with gn.registered("activation", "nowhere", Nowhere):
        gn.Network("dense(3) nowhere").build((2,)).save("model.safetensors")
        np.save("x.npy", np.ones((2, 2), np.float32))
        outcome = glassnet("predict", "model.safetensors", "x.npy", "--json")
    assert outcome.code == 0
    assert [each["values"] for each in strict(outcome.out)["predictions"]] == [[None] * 3] * 2


def test_a_diverged_training_gives_valid_json_everywhere(run_glassnet, here):
    options = ["--optimizer", "sgd(lr=1e30)", "--layers", "dense(8) relu dense(1)", "--loss", "mse", "--metrics", "mae"]
    outcome = run_glassnet("train", "xor", *options, "--epochs", 5, "--json", "--quiet", "--no-plots", "--profile")
    assert outcome.returncode == 1, outcome.stderr
    result = strict(outcome.stdout)
    assert result["test"] is None
    # One batch an epoch: a step of 1e30 from a finite loss, and the next forward overflows.
    assert (result["diverged"]["epoch"], result["diverged"]["step"]) == (2, 2)
    for file in (here / "runs/xor-1").glob("*.json"):
        strict(file.read_text())
    evaluated = run_glassnet("evaluate", "runs/xor-1", "--json")
    assert evaluated.returncode == 0
    strict(evaluated.stdout)


def test_a_table_in_a_pipe_has_no_blanks_at_the_ends_of_its_lines(capsys):
    table = Table(box=None)
    for column in ("name", "value"):
        table.add_column(column)
    table.add_row("a", "1")
    table.add_row("long name", "2")
    print_fitted(Console(width=80), table)
    shown = capsys.readouterr().out
    assert [line.split() for line in shown.splitlines()] == [["name", "value"], ["a", "1"], ["long", "name", "2"]]
    assert [line for line in shown.splitlines() if line != line.rstrip()] == []


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_no_command_pads_its_lines(glassnet, trained_on_digits, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    np.save("x.npy", np.zeros((2, 28, 28, 1), np.uint8))
    for arguments in (
        ["train", "xor", "--epochs", 3, "--profile"],
        ["plugins", "loss"],
        ["plugins", "show", "layer:lstm"],
        ["predict", trained_on_digits, "x.npy"],
        ["evaluate", trained_on_digits],
        ["check", "activation:relu"],
    ):
        outcome = glassnet(*arguments)
        assert outcome.code == 0
        for line in (outcome.out + outcome.err).splitlines():
            assert line == line.rstrip()


# --- readers that go away, and disks that are full ------------------------------------------------------------------


def closed_at_once(*arguments, standard_error=False):
    """Run a command whose output is not read; return its exit code and, if it is read, its standard error."""
    read, write = os.pipe()
    os.close(read)
    process = subprocess.Popen(
        [sys.executable, "-c", GLASSNET, *arguments],
        stdout=write,
        stderr=write if standard_error else subprocess.PIPE,
        text=True,
    )
    os.close(write)
    _, err = process.communicate(timeout=120)
    return process.returncode, err


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["plugins"], ["plugins", "--json"], ["plugins", "show", "layer:lstm"], ["check", "activation:relu"]],
)
def test_a_reader_that_goes_away_is_no_error(here, arguments):
    assert closed_at_once(*arguments) == (0, "")


def test_a_training_whose_result_nobody_reads_is_finished(here):
    assert closed_at_once("train", "xor", "--epochs", "5", "--quiet", "--no-plots") == (0, "")
    assert json.loads((here / "runs/xor-1/summary.json").read_text())["interrupted"] is False


LOUD = """
import sys, warnings
import glassnet as gn
class Loud(gn.Callback):
    def on_epoch_end(self, run):
        print("to standard output")
        print("to standard error", file=sys.stderr, flush=True)
        warnings.warn("mind")
"""
LOUDLY = ["train", "xor", "--epochs", "5", "--no-plots", "--callbacks", "loud lr_finder profile", "--profile"]


def result(folder):
    summary = json.loads((folder / "runs/xor-1/summary.json").read_text())
    return summary["interrupted"], summary["epochs"]


def test_a_training_whose_progress_nobody_reads_goes_on(here, distribution, site, monkeypatch):
    distribution("loud", "1.0", {"callbacks": {"loud": "loud:Loud"}}, loud=LOUD)
    monkeypatch.setenv("PYTHONPATH", str(site))
    code, _ = closed_at_once(*LOUDLY, standard_error=True)
    assert code == 0
    assert result(here) == (False, 5)


@pytest.mark.parametrize("how", ["2>&-", ">&- 2>&-", "<&- >&- 2>&-", "2>/dev/full", "2>&1 | head -1", ">&-"])
def test_a_training_that_cannot_say_anything_is_finished(here, distribution, site, monkeypatch, how):
    distribution("loud", "1.0", {"callbacks": {"loud": "loud:Loud"}}, loud=LOUD)
    monkeypatch.setenv("PYTHONPATH", str(site))
    command = shlex.join([sys.executable, "-c", GLASSNET, *LOUDLY])
    done = subprocess.run(["sh", "-c", f"{command} {how}"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert result(here) == (False, 5)
    assert "Traceback" not in done.stdout + done.stderr
    assert gn.load(here / "runs/xor-1/model.safetensors").is_built


def test_a_file_never_gets_the_number_of_a_closed_stream(here, distribution, site, monkeypatch):
    source = """
import os
import click
@click.command()
def printing():
    with open("precious", "w") as file:
        file.write("precious")
        file.flush()
        for number in (1, 2):  # as a library in C prints a warning
            os.write(number, b"warning")
"""
    distribution("printing", "1.0", {"commands": {"printing": "printing:printing"}}, printing=source)
    monkeypatch.setenv("PYTHONPATH", str(site))
    command = shlex.join([sys.executable, "-c", GLASSNET, "printing"])
    assert subprocess.run(["sh", "-c", f"{command} <&- >&- 2>&-"], check=False).returncode == 0
    assert (here / "precious").read_text() == "precious"


def test_a_standard_error_that_is_closed_or_half_a_stream_is_enough(glassnet, here, monkeypatch):
    closed = io.StringIO()
    closed.close()
    for stream in (closed, object(), None):
        monkeypatch.setattr("sys.stderr", stream)
        assert main(["train", "xor", "--epochs", "2", "--no-plots"]) == 0
        assert main(["train", "--no-such-option"]) == 2


@pytest.mark.parametrize(
    "arguments",
    [["plugins"], ["plugins", "show", "layer:lstm"], ["check", "activation:relu"], ["completion", "bash"], ["--help"]],
)
def test_a_program_without_standard_output_ends_well(here, arguments):
    command = shlex.join([sys.executable, "-c", GLASSNET, *arguments])
    done = subprocess.run(["sh", "-c", f"{command} >&-"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_folder_that_is_moved_away_is_told_in_one_short_line(glassnet, here):
    class Moving(gn.Callback):
        def on_epoch_end(self, run):
            if run.epoch == 2:
                run.folder.rename("elsewhere")

    with gn.registered("callback", "moving", Moving):
        outcome = glassnet("train", "digits", "--epochs", 3, "--callbacks", "moving", "--out", "run", "--quiet")
    assert outcome.code == 2
    assert outcome.err == (
        "error: cannot write run/checkpoint.safetensors: No such file or directory; "
        "choose a folder that can be written\n"
    )
    assert not (here / "run").exists()
    assert "checkpoint.safetensors" not in os.listdir("elsewhere")
    # The folder that was moved is a run that can be continued.
    assert glassnet("train", "--resume", "elsewhere", "--callbacks", "", "--quiet", "--no-plots").code == 0


def test_a_write_that_fails_at_the_start_leaves_a_folder_that_can_be_used(glassnet, here, monkeypatch):
    def full(path, content):
        raise gn.FileError(f"cannot write {path}: No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("glassnet_commands.run_record.atomic_write", full)
        outcome = glassnet("train", "iris", "--epochs", 2, "--out", "run", "--quiet")
    assert outcome.code == 2
    assert len(outcome.err) < 300
    assert list(here.iterdir()) == []
    assert glassnet("train", "iris", "--epochs", 2, "--out", "run", "--quiet", "--no-plots").code == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no device that is always full")
def test_a_full_disk_is_one_sentence(here):
    with open("/dev/full", "w") as full:
        outcome = subprocess.run(
            [sys.executable, "-c", GLASSNET, "plugins"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert outcome.returncode == 2
    assert outcome.stderr == "error: No space left on device: the output; check the disk and the permissions\n"


def test_an_error_of_click_from_a_plugin_is_one_sentence(distribution, run_glassnet):
    source = """
import click
@click.command()
def failing():
    raise click.ClickException("it is broken")
@click.command()
def lost():
    open("there/is/nothing")
"""
    distribution("failing", "1.0", {"commands": {"failing": "failing:failing", "lost": "failing:lost"}}, failing=source)
    outcome = run_glassnet("failing")
    assert (outcome.returncode, outcome.stderr) == (1, "error: it is broken\n")
    outcome = run_glassnet("lost")
    assert outcome.returncode == 2
    assert outcome.stderr == (
        "error: No such file or directory: there/is/nothing; check the disk and the permissions\n"
    )


def test_more_data_than_memory_is_one_sentence(glassnet):
    outcome = glassnet("train", "blobs(samples=1000000000000000)")
    assert outcome.code == 2
    assert outcome.err.startswith("error: blobs(samples=1000000000000000) takes at least ")
    assert outcome.err.count("\n") == 1
