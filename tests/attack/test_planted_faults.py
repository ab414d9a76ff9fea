"""The drivers find faults that are planted: an attack that finds nothing has to mean something."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from glassnet import FileError
from glassnet_persistence import folder_claim, model_file, run_folder
from tests.attack import claims, divergence, outputs
from tests.attack.children import Ending, in_child
from tests.attack.fuzz import Watch, outcome
from tests.attack.inputs import Input, Shown, Target
from tests.attack.report import Report
from tests.attack.sabotage import Sabotage, Saboteur

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells and limits what a process holds")


def _write(folder, plan):
    Saboteur(plan).start()
    for name in ("first", "second"):
        with open(folder / f"{name}.part", "wb") as file:
            file.write(b"0123456789")
            file.flush()
            os.fsync(file.fileno())
        os.replace(folder / f"{name}.part", folder / name)


@pytest.mark.parametrize(
    ("plan", "how", "left"),
    [
        (None, "done", {"first": 10, "second": 10}),
        (Sabotage("replace", 2, "die"), "killed", {"first": 10, "second.part": 10}),
        (Sabotage("replace", 1, "die after"), "killed", {"first": 10}),
        (Sabotage("fsync", 2, "die half", keep=0.3), "killed", {"first": 10, "second.part": 3}),
        (Sabotage("open", 1, "fail"), "failed", {}),
        (Sabotage("write", 2, "fail"), "failed", {"first": 10, "second.part": 5}),
        (Sabotage("replace", 1, "interrupt"), "refused", {"first": 10}),
    ],
)
def test_a_write_goes_wrong_where_it_is_said(plan, how, left, tmp_path):
    assert in_child(_write, tmp_path, plan).how == how
    assert {path.name: path.stat().st_size for path in tmp_path.iterdir()} == left


def _sleep():
    time.sleep(60)


def test_a_child_that_does_not_answer_is_hung():
    assert in_child(_sleep, patience=0.5).how == "hung"


def _work_for_processor_seconds(seconds):
    while time.process_time() < seconds:
        pass
    return "done"


def test_a_child_that_works_for_too_long_is_hung():
    assert in_child(_work_for_processor_seconds, 60, patience=0.5).how == "hung"


class UnshortenedError(FileError):
    """An error that says more than the errors of glassnet do."""

    def __str__(self):
        return "a" * 1001


class Planted(Target):
    """Does what its input says."""

    saved = "as saved"

    def damaged(self, chance):
        return Input(b"")

    def open(self, given):
        match given.about:
            case "loop":
                while True:
                    pass
            case "memory":
                return Shown(len(bytes(2**30)))
            case "program":
                subprocess.run(["true"])
            case "outside":
                Path(self.folder.parent, "outside").write_text("")
            case "inside":
                Path(self.folder, "inside").write_text("")
            case "escape":
                return Shown(text="\x1b[2J")
            case "long":
                raise UnshortenedError
            case "own":
                raise FileError("it is damaged")
            case "other":
                raise KeyError("loss")
        return Shown(value="something else")


def _outcome_of(folder, given):
    return outcome(Planted(folder), given, Watch(folder))[0]


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (Input(b"", "inside"), "loaded"),
        (Input(b"", "own"), "refused"),
        (Input(b"", "other"), "another error"),
        (Input(b"", "memory"), "takes too much memory"),
        (Input(bytes(50 * 2**20), "memory"), "loaded"),
        (Input(b"", "program"), "a program is started"),
        (Input(b"", "outside"), "a file outside is written"),
        (Input(b"", "escape"), "control characters are printed"),
        (Input(b"", "long"), "a message is too long"),
        (Input(b"", "", was_saved=True), "damage is accepted"),
        (Input(b"", "", must_be_refused=True), "nonsense is accepted"),
    ],
)
def test_an_outcome_is_what_was_planted(given, kind, tmp_path):
    folder = tmp_path / "inside"
    folder.mkdir()
    assert in_child(_outcome_of, folder, given).value == kind


def _fights_without_locks(folder):
    folder_claim.lock = lambda file: None
    for number in range(10):
        (folder / f"{number}").mkdir()
        if faults := claims._fight(folder / f"{number}/run", 5, number)["faults"]:
            return faults
    return []


def test_two_processes_in_one_folder_are_found(tmp_path):
    faults = in_child(_fights_without_locks, tmp_path).value
    assert any("two processes are inside at once" in fault for fault in faults)


def _divergence_without_looking(folder):
    run_folder.first_not_finite = model_file.first_not_finite = lambda network: None
    return divergence._diverge_all(range(30), 0, folder)[1]


def test_a_model_on_disk_that_is_not_finite_is_found(tmp_path):
    faults = in_child(_divergence_without_looking, tmp_path).value
    assert "model.safetensors is not finite" in dict(faults)


@pytest.mark.parametrize(
    ("content", "how", "beside", "fault"),
    [
        (b"old", "refused", None, None),
        (b"<html> new </html>", "done", None, None),
        (b"<html> n", "refused", None, "a file is half-written"),
        (b"", "refused", None, "a file is half-written"),
        (b"old", "failed", None, "a command ends in another way"),
        (b"old", "refused", ".part", "a failed write leaves files behind"),
    ],
)
def test_a_file_that_is_half_written_is_found(tmp_path, content, how, beside, fault):
    file = tmp_path / "page.html"
    file.write_bytes(content)
    if beside is not None:
        (tmp_path / beside).write_bytes(b"")
    report = Report("outputs")
    trial = outputs._Trial(file, b"<html> new </html>", report)
    trial.judge(Sabotage("write", 1, "fail"), Ending(how))
    assert list(report.faults) == ([] if fault is None else [f"outputs: {fault}"])


def test_a_fault_that_is_not_listed_is_new_and_one_not_found_mended(monkeypatch):
    monkeypatch.setattr("tests.attack.report.KNOWN", {"kills: old": "item 1", "kills: gone": "item 2", "fuzz: x": ""})
    report = Report("kills")
    report.fault("old", "a long example")
    report.fault("old", "short")
    report.fault("fresh", "an example")
    assert report.faults == {"kills: old": "short", "kills: fresh": "an example"}
    assert report.new_faults() == {"kills: fresh": "an example"}
    assert report.mended() == ["kills: gone"]
