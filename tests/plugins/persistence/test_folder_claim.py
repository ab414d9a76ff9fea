"""A folder belongs to one run: claims, locks, what a killed process leaves, and what a continued run changes."""

import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
from glassnet_persistence.folder_claim import LOCK, claim
from glassnet_persistence.run_files import RUN_FILES

X = np.linspace(-1, 1, 24, dtype=np.float32).reshape(12, 2)
Y = np.arange(12) % 3
HOW = {"loss": "cce", "optimizer": "adam", "batch_size": 4, "seed": 1}


def network():
    return gn.Network("dense(4) tanh dense(3) softmax")


def contents(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


class Failing(gn.Callback):
    """Raises an error in a hook."""

    hook: str = gn.option()
    error: type = gn.option(ZeroDivisionError)

    def _fail(self, hook):
        if hook == self.hook:
            raise self.error

    def on_run_start(self, run):
        self._fail("on_run_start")

    def on_epoch_start(self, run):
        self._fail("on_epoch_start")

    def on_batch_start(self, run):
        self._fail("on_batch_start")

    def on_batch_end(self, run):
        self._fail("on_batch_end")


class Doing(gn.Callback):
    """Calls a function at the first batch."""

    what: object = gn.option()

    def on_batch_start(self, run):
        if run.step == 0:
            self.what(run)


# --- what a continued run changes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("left", ["whole", "without a state"])
@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
@pytest.mark.parametrize("hook", ["on_run_start", "on_epoch_start", "on_batch_start"])
def test_a_run_that_ends_before_its_first_new_step_changes_nothing(tmp_path, hook, error, left):
    network().fit(X, Y, **HOW, epochs=5, folder=tmp_path / "f")
    if left == "without a state":  # as where a run is killed before it has saved one
        (tmp_path / "f/checkpoint.safetensors").unlink()
    before = contents(tmp_path / "f")
    with pytest.raises(error):
        network().fit(
            *(X, Y),
            **HOW,
            epochs=9,
            folder=tmp_path / "f",
            resume_from=tmp_path / "f",
            callbacks=["csv_history", "profile", Failing(hook, error)],
        )
    assert contents(tmp_path / "f") == before


def test_nothing_is_written_before_the_first_step_of_a_continued_run(tmp_path):
    network().fit(X, Y, **HOW, epochs=5, folder=tmp_path / "f")
    before, seen = contents(tmp_path / "f"), []

    class Looking(gn.Callback):
        def on_batch_start(self, run):
            if not seen:
                seen.append(contents(tmp_path / "f"))

    resumed = network()
    resumed.fit(
        X, Y, **HOW, epochs=7, folder=tmp_path / "f", resume_from=tmp_path / "f", callbacks=[Looking(), "csv_history"]
    )
    seen[0].pop(LOCK)
    assert seen == [before]
    assert len((tmp_path / "f/history.csv").read_text().splitlines()) == 8
    assert np.array_equal(gn.load(tmp_path / "f/model.safetensors").flat_parameters, resumed.flat_parameters)


def test_the_state_is_saved_before_the_results_that_it_leads_to(tmp_path):
    """A run that is killed between the two goes on from the state; the other way round it would start anew."""
    seen = []

    class Looking(gn.Callback):
        def save_state(self, run):
            history = tmp_path / "f/history.csv"
            seen.append((run.epoch, len(history.read_text().splitlines()) - 1 if history.exists() else 0))

    network().fit(X, Y, **HOW, epochs=2, folder=tmp_path / "f", callbacks=[Looking()])
    assert seen == [(2, 0)]
    assert len((tmp_path / "f/history.csv").read_text().splitlines()) == 3


def test_a_run_that_fails_after_a_step_leaves_that_step(tmp_path):
    network().fit(X, Y, **HOW, epochs=5, folder=tmp_path / "f")
    before = contents(tmp_path / "f")
    how = {**HOW, "epochs": 9, "folder": tmp_path / "f", "resume_from": tmp_path / "f"}
    with pytest.raises(ZeroDivisionError):
        network().fit(X, Y, **how, callbacks=[Failing("on_batch_end")])
    assert contents(tmp_path / "f")["model.safetensors"] != before["model.safetensors"]


def test_a_run_with_nothing_left_to_do_writes_its_results(tmp_path):
    network().fit(X, Y, **HOW, epochs=5, folder=tmp_path / "f")
    whole = contents(tmp_path / "f")
    # As if the first process had been killed after it had saved its state for the last time.
    (tmp_path / "f/model.safetensors").unlink()
    network().fit(X, Y, **HOW, epochs=5, folder=tmp_path / "f", resume_from=tmp_path / "f")
    assert contents(tmp_path / "f")["model.safetensors"] == whole["model.safetensors"]


def test_a_run_that_fails_before_its_folder_is_begun_leaves_none(tmp_path):
    with pytest.raises(ZeroDivisionError):
        network().fit(X, Y, **HOW, folder=tmp_path / "new/f", callbacks=[Failing("on_run_start")])
    assert list(tmp_path.iterdir()) == []


# --- one run at a time ----------------------------------------------------------------------------------------------


def test_a_claimed_folder_is_locked_until_the_block_ends(tmp_path):
    with claim(tmp_path / "f"):
        for _ in range(2):
            with pytest.raises(gn.FileError, match=rf"f is in use: .*process {os.getpid()}.*; wait") as caught:
                network().fit(X, Y, **HOW, folder=tmp_path / "f")
            assert "\n" not in str(caught.value)
    network().fit(X, Y, **HOW, folder=tmp_path / "f")
    assert set(os.listdir(tmp_path / "f")) <= set(RUN_FILES)


def test_a_claim_that_is_given_on_is_not_claimed_again(tmp_path):
    with claim(tmp_path / "f") as mine, claim(mine) as same:
        assert same is mine
        assert os.fspath(same) == str(tmp_path / "f")
    assert not (tmp_path / "f").exists()


def test_two_threads_do_not_write_into_one_folder(tmp_path):
    started, go_on = threading.Event(), threading.Event()

    def wait(run):
        started.set()
        assert go_on.wait(60)

    first = threading.Thread(
        target=network().fit,
        args=(X, Y),
        kwargs={**HOW, "epochs": 3, "folder": tmp_path / "f", "callbacks": [Doing(wait)]},
    )
    first.start()
    assert started.wait(60)
    try:
        before = contents(tmp_path / "f")
        for how in ({}, {"overwrite": True}, {"resume_from": tmp_path / "f"}):
            with pytest.raises(gn.FileError, match="in use"):
                network().fit(X, Y, **HOW, epochs=3, folder=tmp_path / "f", **how)
        assert contents(tmp_path / "f") == before
    finally:
        go_on.set()
        first.join()
    assert len((tmp_path / "f/history.csv").read_text().splitlines()) == 4


def test_a_fit_within_a_fit_does_not_take_its_folder(tmp_path):
    def fit(run):
        with pytest.raises(gn.FileError, match="in use"):
            network().fit(X, Y, **HOW, folder=tmp_path / "f", overwrite=True)

    network().fit(X, Y, **HOW, epochs=2, folder=tmp_path / "f", callbacks=[Doing(fit)])
    assert len((tmp_path / "f/history.csv").read_text().splitlines()) == 3


HOLDING = """
import sys, time
from glassnet_persistence.folder_claim import claim
with claim(sys.argv[1]):
    print("claimed", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    """A process that has claimed the folder ``f``."""
    process = subprocess.Popen([sys.executable, "-c", HOLDING, str(tmp_path / "f")], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "claimed\n"
    yield process
    process.kill()
    process.communicate()


def test_another_process_is_refused_until_the_first_is_killed(tmp_path, holder):
    with pytest.raises(gn.FileError, match=f"process {holder.pid}"), claim(tmp_path / "f"):
        pytest.fail("the folder was given away")
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert (tmp_path / "f" / LOCK).exists()
    network().fit(X, Y, **HOW, folder=tmp_path / "f")
    assert not (tmp_path / "f" / LOCK).exists()


@pytest.mark.parametrize("content", ["", "1", "not a number", "\x1b[31m", "9" * 5000])
def test_a_lock_that_nobody_holds_is_no_lock(tmp_path, content):
    (tmp_path / LOCK).write_text(content)
    with claim(tmp_path):
        assert (tmp_path / LOCK).read_text() == str(os.getpid())
    assert os.listdir(tmp_path) == []


def test_a_lock_that_is_a_link_is_not_followed(tmp_path):
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / LOCK).symlink_to(tmp_path / "precious")
    with pytest.raises(gn.FileError, match="cannot write"), claim(tmp_path / "f"):
        pytest.fail("the folder was given away")
    assert (tmp_path / "precious").read_text() == "precious"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_process_does_not_hold_the_folder(tmp_path):
    with claim(tmp_path / "f"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of forking with threads, such as JAX's
            child = os.fork()
        if child == 0:
            time.sleep(600)
            os._exit(0)
    try:
        with claim(tmp_path / "f"):
            pass
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_a_folder_that_is_moved_away_takes_its_lock_along(tmp_path):
    with claim(tmp_path / "f"):
        (tmp_path / "f").rename(tmp_path / "g")
        with claim(tmp_path / "f"):
            assert (tmp_path / "f" / LOCK).exists()
            with pytest.raises(gn.FileError, match="in use"), claim(tmp_path / "g"):
                pytest.fail("the folder was given away")


def test_of_many_that_claim_at_once_one_at_a_time_is_let_in(tmp_path):
    inside, most, refused = [], [], []
    together = threading.Barrier(8)

    def work():
        together.wait()
        for _ in range(50):
            try:
                with claim(tmp_path):
                    inside.append(1)
                    most.append(len(inside))
                    inside.pop()
            except gn.FileError as error:
                refused.append(str(error))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(most) == {1}
    assert all("in use" in each for each in refused)
    assert len(most) + len(refused) == 400


# --- a folder belongs to one run ------------------------------------------------------------------------------------


def test_the_state_of_a_run_that_is_replaced_is_gone_first(tmp_path, monkeypatch):
    network().fit(X, Y, **HOW, epochs=5, folder=tmp_path / "f")

    def fail(self, missing_ok=False):
        removed.append(self.name)
        raise OSError(30, "Read-only file system")

    removed = []
    monkeypatch.setattr(Path, "unlink", fail)
    with pytest.raises(gn.FileError, match="cannot remove"):
        network().fit(X, Y[::-1], **HOW, folder=tmp_path / "f", overwrite=True)
    assert removed[0] == "checkpoint.safetensors"


@pytest.mark.parametrize(
    ("name", "problem"),
    [("absent", "there is no such folder"), ("file", "it is a file"), ("data", "it does not hold a run")],
)
@pytest.mark.parametrize("how", [{}, {"folder": "new"}])
def test_a_run_is_continued_from_the_folder_of_a_run_only(tmp_path, monkeypatch, name, problem, how):
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    Path("data/x.npy").touch()
    Path("file").touch()
    with pytest.raises(gn.FileError, match=f"cannot resume {name}: {problem}; give the folder of a run"):
        network().fit(X, Y, **HOW, resume_from=name, **how)
    assert sorted(os.listdir()) == ["data", "file"]


# --- part files -----------------------------------------------------------------------------------------------------


def test_parts_that_killed_processes_left_are_removed_by_the_next_run(tmp_path):
    for name in (".0123456789abcdef.partial", ".x.partial"):
        (tmp_path / name).write_bytes(b"half")
    (tmp_path / "mine.partial").write_bytes(b"mine")
    network().fit(X, Y, **HOW, folder=tmp_path)
    assert {name for name in os.listdir(tmp_path) if name.endswith(".partial")} == {"mine.partial"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are of Unix")
def test_a_pipe_in_place_of_the_lock_is_named(tmp_path):
    os.mkfifo(tmp_path / LOCK)
    with pytest.raises(
        gn.FileError, match=f"cannot write into {tmp_path}: Invalid argument: {tmp_path / LOCK}; choose"
    ):
        network().fit(X, Y, **HOW, epochs=1, folder=tmp_path)


def test_a_lock_that_does_not_fit_the_disk_leaves_nothing(tmp_path):
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        with (
            pytest.raises(gn.FileError, match=r"cannot write into .*: File too large: .*; choose another folder"),
            claim(tmp_path / "run"),
        ):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []
