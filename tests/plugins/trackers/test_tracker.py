"""The base class of trackers."""

import pytest

import glassnet as gn
from tests.plugins.trackers.conftest import Reporter, Stop

NOTES = []


class Noted(gn.Tracker):
    """Notes what it is told."""

    fails: str = gn.option("", help="the method that fails")

    def note(self, *what):
        NOTES.append(what)
        if what[0] == self.fails:
            raise ConnectionError("no line")

    def begin(self, run):
        self.note("begin", run.saved is not None)

    def log(self, run, epoch, figures, seconds):
        self.note("log", epoch, figures["half_epoch"])

    def look(self, run, epoch):
        self.note("look", epoch)

    def finish(self, run, status):
        self.note("finish", status)


@pytest.fixture
def notes():
    """What trackers noted in this test."""
    NOTES.clear()
    return NOTES


@pytest.fixture
def quick(monkeypatch):
    """Send after each epoch."""
    from glassnet_trackers import tracker

    monkeypatch.setattr(tracker, "_SECONDS_BETWEEN", 0.0)


@pytest.mark.usefixtures("quick")
def test_epochs_are_sent_in_order_with_what_others_report(fit, notes):
    fit(Noted(), Reporter())
    assert notes == [
        ("begin", False),
        ("look", 1),
        ("log", 1, 0.5),
        ("look", 2),
        ("log", 2, 1.0),
        ("look", 3),
        ("log", 3, 1.5),
        ("finish", "finished"),
    ]


def test_short_epochs_are_sent_together_and_the_last_is_looked_at(fit, notes):
    fit(Noted(), Reporter(), epochs=50)
    assert [each for each in notes if each[0] == "log"] == [("log", epoch, epoch / 2) for epoch in range(1, 51)]
    looks = [each[1] for each in notes if each[0] == "look"]
    assert (looks[0], looks[-1]) == (1, 50)
    assert len(looks) < 10


@pytest.mark.parametrize(("step", "before"), [(6, 1), (9, 2)])
def test_a_continued_run_goes_on_with_the_epochs_that_were_not_sent(fit, notes, tmp_path, step, before):
    with pytest.raises(KeyboardInterrupt):
        fit(Noted(), Reporter(), Stop(step), folder=tmp_path)
    assert notes[-1] == ("finish", "interrupted")
    assert [each[1] for each in notes if each[0] == "log"] == list(range(1, before + 1))
    notes.clear()
    fit(Noted(), Reporter(), Stop(0), folder=tmp_path, resume_from=tmp_path)
    assert notes[0] == ("begin", True)
    assert notes[-1] == ("finish", "finished")
    logged = [each[1] for each in notes if each[0] == "log"]
    assert logged[-1] == 3
    assert set(range(before + 1, 4)) <= set(logged)


@pytest.mark.parametrize("method", ["log", "look", "finish"])
def test_a_tracker_that_fails_is_a_warning_and_the_training_goes_on(fit, notes, method):
    with pytest.warns(gn.GlassnetWarning, match="noted sends nothing any more.*no line"):
        network = fit(Noted(method), Reporter())
    assert len(network.history.epochs) == 3
    assert notes[-1][0] == method


def test_a_tracker_that_cannot_begin_refuses_the_run(fit, notes):
    with pytest.raises(ConnectionError) as raised:
        fit(Noted("begin"), Reporter())
    assert notes == [("begin", False)]
    assert len(raised.value.__notes__) == 1
