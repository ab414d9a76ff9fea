"""`run.logs` is worked out where somebody reads it, once for each step, and never shows what is past."""

import numpy as np
import pytest

import glassnet as gn

X = np.arange(6.0)[:, None]
Y = 2 * X
CALLS = []


class Counted(gn.Metric):
    """The number of samples seen; it writes down each time that it is asked."""

    formula = "samples"

    def reset(self):
        self._samples = 0

    def update(self, y_true, y_pred):
        self._samples += len(y_true)

    def compute(self):
        CALLS.append(self._samples)
        return self._samples


class Ignores(gn.Callback):
    """Is called after each batch and reads nothing."""

    def on_batch_end(self, run):
        pass


class Reads(gn.Callback):
    """Keeps the figures that it finds in one hook."""

    hook: str = gn.option("on_batch_end", help="where to read")

    def on_batch_start(self, run):
        self._read(run, "on_batch_start")

    def on_after_backward(self, run):
        self._read(run, "on_after_backward")

    def on_batch_end(self, run):
        self._read(run, "on_batch_end")

    def _read(self, run, hook):
        memory = run.state_of(self)
        memory.seen = getattr(memory, "seen", [])
        if hook == self.hook:
            memory.seen.append(dict(run.logs))
            run.state_of(self).again = run.logs is run.logs


@pytest.fixture
def fit(monkeypatch):
    """Train for two epochs of three batches; return the run."""
    CALLS.clear()
    runs = []

    class Keeps(gn.Callback):
        def on_run_start(self, run):
            runs.append(run)

    def fitted(*callbacks):
        network = gn.Network(["dense(1, weight_init=zeros, bias=False)"])
        options = {"loss": "mae", "optimizer": "sgd(lr=1e-30)", "epochs": 2, "batch_size": 2, "progress": False}
        network.fit(X, Y, metrics=[Counted()], callbacks=[Keeps(), *callbacks], **options)
        return runs[-1]

    return fitted


def test_where_nobody_reads_a_metric_is_asked_once_an_epoch(fit):
    fit(Ignores())

    assert CALLS == [6, 6]


def test_several_readers_of_one_step_ask_once(fit):
    fit(Reads(), Reads())

    # After each of three batches, and once for the history.
    assert CALLS == [2, 4, 6, 6] * 2


def test_readers_find_the_figures_of_the_epoch_so_far(fit):
    reader = Reads()

    run = fit(reader)

    seen = run.state_of(reader).seen
    assert [figures["counted"] for figures in seen] == [2, 4, 6] * 2
    # The weights stay zero, so the loss of a sample is its target; they sum to 30 over 6.
    assert [figures["loss"] for figures in seen[2::3]] == [5.0, 5.0]
    assert run.state_of(reader).again


def test_before_a_step_the_figures_are_those_of_the_step_before(fit):
    reader = Reads("on_batch_start")

    run = fit(reader)

    counts = [figures.get("counted") for figures in run.state_of(reader).seen]
    # At first there is none, and before the second epoch's first step the first epoch's still stand.
    assert counts == [None, 2, 4, 6, 2, 4]


def test_within_a_step_a_reader_finds_the_same_whoever_read_before(fit):
    reader = Reads("on_after_backward")

    alone = fit(reader).state_of(reader).seen
    beside_others = fit(Reads("on_batch_start"), reader, Reads()).state_of(reader).seen

    # Those of the step before: the metrics count a batch when its step is complete.
    assert [figures.get("counted") for figures in alone] == [None, 2, 4, 6, 2, 4]
    np.testing.assert_equal(beside_others, alone)


def test_what_was_read_within_a_step_does_not_stand_after_it(fit):
    reader = Reads()

    run = fit(Reads("on_after_backward"), reader)

    assert [figures["loss"] for figures in run.state_of(reader).seen[2::3]] == [5.0, 5.0]


def test_what_a_callback_writes_is_there_for_the_next_one(fit):
    class Writes(gn.Callback):
        def on_batch_end(self, run):
            run.logs["extra"] = 3.0

    reader = Reads()

    run = fit(Writes(), reader)

    assert all(figures["extra"] == 3.0 for figures in run.state_of(reader).seen)
    assert "extra" not in run.history
