"""Which components other processes check, and what these send."""

import os
import pickle
from pathlib import Path

import glassnet as gn
from glassnet_testing import report_on, reports_on, subject_of
from glassnet_testing.runner.check import Failure
from glassnet_testing.runner.workers import usual_jobs


def test_a_component_of_this_session_is_checked_in_this_process():
    class Session(gn.Transform):
        """Source: by definition."""

        def fit(self, values):
            return {"process": float(os.getpid())}

        def transform(self, values, state):
            assert state["process"] == os.getpid()
            return values

    first, _ = reports_on([subject_of(Session), subject_of("transform:clip")], 2)
    assert first.component == "transform:session"
    assert not [each for each in first.failures if "assert" in str(each.failure)]


def test_few_components_are_checked_by_one_process():
    assert usual_jobs(1) == usual_jobs(7) == 1
    assert usual_jobs(8) >= 1


def test_what_a_check_has_found_can_be_sent():
    found = Failure("x = 1", 2.0, ValueError("no"), "look there")
    assert str(pickle.loads(pickle.dumps(found))) == str(found)


def test_what_a_callback_writes_stays_out_of_the_users_folder(tmp_path, monkeypatch):
    class Writes(gn.Callback):
        """Source: by definition."""

        def on_epoch_end(self, run):
            Path("notes.txt").write_text("an epoch")

    monkeypatch.chdir(tmp_path)
    assert report_on(Writes).passed
    assert list(tmp_path.iterdir()) == []
    assert Path.cwd() == tmp_path
