"""A sweep that is killed, and goes on to the same bytes; sweeps in other processes and on clusters."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from glassnet_sweeps.journal import JOURNAL, Journal

# As the script that pip installs.
GLASSNET = [sys.executable, "-c", "import sys; from glassnet_commands.command_line import main; sys.exit(main())"]
SWEEP = ["sweep", "xor", "--vary", "lr=0.01..1:log", "--trials", "3", "--epochs", "800", "--quiet"]
CHECKPOINT = "checkpoint.safetensors"


def run(*arguments):
    done = subprocess.run([*GLASSNET, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done


def until(condition):
    for _ in range(2000):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it took too long")


def killed(folder, *options, kill=os.killpg):
    """Start a sweep, kill it in the middle of the second trial, mostly with its workers, and return how far it was."""
    process = subprocess.Popen([*GLASSNET, *SWEEP, "--out", str(folder), *options], start_new_session=True)
    journal = folder / JOURNAL
    until(lambda: journal.exists() and '"state"' in journal.read_text())
    until(lambda: (folder / "trial-001" / "experiment.toml").exists())
    kill(process.pid, signal.SIGKILL)
    process.wait()
    return Journal(folder).trials()


def bytes_of(folder, trials=3):
    names = [f"trial-{number:03}/{name}" for number in range(trials) for name in ("model.safetensors", "history.csv")]
    return [(folder / name).read_bytes() for name in names]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A sweep that was not killed."""
    folder = tmp_path_factory.mktemp("whole") / "s"
    run(*SWEEP, "--out", str(folder))
    return folder


def check_resumed(folder, before, whole, *options):
    run("sweep", "--resume", str(folder), "--quiet", *options)
    after = Journal(folder).trials()
    assert [each.settings for each in after] == [each.settings for each in Journal(whole).trials()]
    ended = [each for each in before if each.has_ended]
    assert 1 <= len(ended) < 3
    assert [after[each.number] for each in ended] == ended  # not trained again
    assert (folder / JOURNAL).read_text().count('"state"') == 3  # none twice
    assert bytes_of(folder) == bytes_of(whole)


def test_a_killed_sweep_goes_on_to_the_same_bytes(tmp_path, whole):
    folder = tmp_path / "s"
    check_resumed(folder, killed(folder), whole)


@pytest.mark.slow
def test_a_killed_sweep_of_two_processes_goes_on_to_the_same_bytes(tmp_path, whole):
    folder = tmp_path / "s"
    check_resumed(folder, killed(folder, "--jobs", "2"), whole, "--jobs", "2")


@pytest.mark.slow
def test_a_resumed_sweep_waits_for_workers_that_outlived_the_first(tmp_path, whole):
    folder = tmp_path / "s"
    check_resumed(folder, killed(folder, "--jobs", "2", kill=os.kill), whole, "--jobs", "2")


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["threading", "dask", "ray"])  # loky: see above
def test_each_backend_comes_to_the_same_bytes(tmp_path, whole, backend):
    if backend == "ray":
        pytest.importorskip("ray", reason="200 MB, installed for the benchmarks")
    folder = tmp_path / "s"
    run(*SWEEP, "--out", str(folder), "--jobs", "2", "--backend", backend)
    assert bytes_of(folder) == bytes_of(whole)


@pytest.mark.slow
def test_threads_are_divided_among_processes(tmp_path):
    environment = {**os.environ, "GLASSNET_THREADS": "4"}
    folder = tmp_path / "s"
    options = ["--trials", "2", "--epochs", "2", "--jobs", "2", "--out", str(folder)]
    subprocess.run([*GLASSNET, *SWEEP, *options], env=environment, check=True, capture_output=True)
    threads = [
        json.loads((folder / name / "environment.json").read_text())["threads"] for name in ("trial-000", "trial-001")
    ]
    assert threads == [2, 2]


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_it_with_the_command_that_goes_on(tmp_path, sent, code):
    folder = tmp_path / "s"
    process = subprocess.Popen(
        [*GLASSNET, *SWEEP, "--out", str(folder)], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    until(lambda: (folder / "trial-000" / CHECKPOINT).exists() or (folder / "trial-000" / "experiment.toml").exists())
    os.killpg(process.pid, sent)
    _, told = process.communicate(timeout=60)
    assert process.returncode == code
    assert (
        f"{ {129: 'hung up', 130: 'interrupted', 143: 'terminated'}[code] }; continue with glassnet sweep --resume"
        in told
    )
    assert (folder / "sweep.html").is_file()


def test_an_option_of_a_package_of_somebody_else_varies_in_processes(tmp_path, install, swish):
    package = {"activations/swish": "glassnet_swish:Swish"}
    place = install("glassnet-swish", package, {"glassnet_swish": swish})
    asked = ["sweep", "xor", "--layers", "dense(4) swish dense(1) sigmoid", "--epochs", "2", "--quiet", "--jobs", "2"]
    environment = {**os.environ, "PYTHONPATH": str(place)}
    command = [*GLASSNET, *asked, "--vary", "swish.beta=0.5,2.0", "--out", str(tmp_path / "s")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for trial, spec in (("trial-000", "swish(beta=0.5)"), ("trial-001", "swish(beta=2.0)")):
        assert f'"{spec}"' in (tmp_path / "s" / trial / "experiment.toml").read_text()
