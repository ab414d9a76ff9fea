"""A run that was broken off and continued is, to the byte, the run without the break."""

import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import glassnet as gn
from glassnet.checkpoint import load_checkpoint
from glassnet.run_folder import CHECKPOINT

RNG = np.random.default_rng(0)
X = RNG.normal(size=(22, 4)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)
# 22 samples, 6 of them held out, in batches of 5: 4 steps an epoch, the last one short.
STEPS_AN_EPOCH = 4

CASES = {
    "plain": {},
    "exponential after warmup": {"schedule": "warmup(exponential, steps=5)"},
    "clipped": {"callbacks": ["clip_norm(0.1)"]},
    "dropout": {"layers": "dense(6) tanh dropout(0.5) dense(2) softmax"},
    "batch_norm": {"layers": "dense(6) batch_norm relu dense(2) softmax"},
    "ema": {"optimizer": "ema(adam(lr=0.05), decay=0.7)"},
    "accumulate": {"optimizer": "accumulate(adam(lr=0.05), steps=3)"},
    "nadam, with a number of its own": {"optimizer": "nadam(lr=0.05)"},
    "lbfgs": {"optimizer": "lbfgs(lr=0.1)"},
    "one_cycle": {"schedule": "one_cycle"},
    "reduce_on_plateau": {"schedule": "reduce_on_plateau(patience=1, min_delta=10.0)"},
    "early_stopping": {"callbacks": ["early_stopping(patience=1, min_delta=10.0)"]},
    "early_stopping of an average": {
        "optimizer": "ema(sgd(lr=0.1), decay=0.9)",
        "callbacks": ["early_stopping(patience=2)"],
    },
    "class weights": {"class_weight": {0: 1.0, 1: 3.0}},
}


def fit(case, folder, *, stop_after=None, resume_from=None):
    """Train 3 epochs, saving after each step; break off after step number `stop_after`."""

    class Break(gn.Callback):
        @gn.run_hookimpl(trylast=True)
        def on_batch_end(self, run):
            if run.step == stop_after:
                run.save_state()
                raise KeyboardInterrupt

    options = {
        "layers": "dense(6) tanh dense(2) softmax",
        "optimizer": "adam(lr=0.05)",
        "callbacks": [],
        **CASES[case],
    }
    callbacks = [*options.pop("callbacks"), *([Break()] if stop_after is not None else [])]
    net = gn.Network(options.pop("layers"))
    common = {"loss": "cce", "epochs": 3, "batch_size": 5, "validation": 6 / 22, "metrics": ["accuracy"], "seed": 3}
    history = net.fit(X, Y, **common, **options, callbacks=callbacks, folder=folder, resume_from=resume_from)
    return net, history


@pytest.mark.parametrize("case", CASES)
def test_a_run_broken_off_after_any_step_ends_in_the_same_bytes(case, tmp_path):
    whole, history = fit(case, tmp_path / "whole")
    whole.save(tmp_path / "whole.safetensors")
    expected = (tmp_path / "whole.safetensors").read_bytes()
    for step in range(1, 3 * STEPS_AN_EPOCH + 1):
        folder = tmp_path / str(step)
        try:
            fit(case, folder, stop_after=step)
        except KeyboardInterrupt:
            continued, continued_history = fit(case, folder, resume_from=folder)
            continued.save(tmp_path / "continued.safetensors")
            assert (tmp_path / "continued.safetensors").read_bytes() == expected
            assert continued_history.to_csv() == history.to_csv()
        else:
            # The callback stopped it before this step.
            assert step > len(history["loss"]) * STEPS_AN_EPOCH


def test_a_run_can_be_broken_off_several_times(tmp_path):
    whole, _ = fit("dropout", tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        fit("dropout", tmp_path / "run", stop_after=2)
    for step in (3, 4, 9):
        with pytest.raises(KeyboardInterrupt):
            fit("dropout", tmp_path / "run", stop_after=step, resume_from=tmp_path / "run")
    continued, _ = fit("dropout", tmp_path / "run", resume_from=tmp_path / "run")
    assert continued.vector.tobytes() == whole.vector.tobytes()


def test_where_nothing_was_saved_yet_the_run_starts_anew(tmp_path):
    whole, _ = fit("plain", tmp_path / "whole")
    (tmp_path / "empty").mkdir()
    continued, _ = fit("plain", tmp_path / "run", resume_from=tmp_path / "empty")
    assert continued.vector.tobytes() == whole.vector.tobytes()


class Remembers(gn.Callback):
    """A third party's callback: what it keeps in the run's memory is carried along."""

    def on_run_start(self, run):
        run.memory(self).seen = []
        run.memory(self).total = np.zeros(3, np.float32)
        run.memory(self)._file = object()

    def on_batch_end(self, run):
        memory = run.memory(self)
        memory.seen.append(run.step)
        memory.total += run.rng.random(3, dtype=np.float32)
        run.logs["total"] = float(memory.total.sum())


def test_a_third_partys_memory_is_carried_along(tmp_path):
    class Interrupt(gn.Callback):
        def on_batch_end(self, run):
            if run.step == 6:
                run.save_state()
                raise KeyboardInterrupt

    class Look(gn.Callback):
        def on_run_end(self, run):
            states.append(run.state())

    def run(callbacks, folder="run", resume_from=None):
        options = {"loss": "cce", "optimizer": "adam", "epochs": 2, "batch_size": 5, "resume_from": resume_from}
        gn.Network("dense(2) softmax").fit(X, Y, **options, callbacks=callbacks, folder=tmp_path / folder)

    states = []
    run([Remembers(), Look()], "whole")
    with pytest.raises(KeyboardInterrupt):
        run([Remembers(), Interrupt()])
    run([Remembers(), Look()], resume_from=tmp_path / "run")
    whole, continued = (state["memories"]["remembers"] for state in states)
    assert whole["seen"] == continued["seen"] == list(range(1, 11))
    np.testing.assert_array_equal(whole["total"], continued["total"])
    assert "_file" not in whole


def test_what_is_no_plain_value_is_refused_with_advice(tmp_path):
    class Careless(gn.Callback):
        def on_batch_end(self, run):
            run.memory(self).thing = object()
            run.state()

    with pytest.raises(gn.OptionError, match=r"careless carries <object .*leading underscore"):
        gn.Network("dense(2) softmax").fit(X, Y, loss="cce", optimizer="adam", callbacks=[Careless()])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"optimizer": "sgd"}, "has optimizer='adam', and this one 'sgd'"),
        ({"seed": 8}, "has seed=0, and this one 8"),
        ({"x": X[:20], "y": Y[:20]}, "has samples=22, and this one 20"),
        ({"layers": "dense(3) tanh dense(2) softmax"}, "has layers="),
    ],
)
def test_a_run_is_not_continued_as_another(tmp_path, change, message):
    def run(x=X, y=Y, layers="dense(2) softmax", **options):
        options = {"loss": "cce", "optimizer": "adam", "folder": tmp_path / "run", **options}
        return gn.Network(layers).fit(x, y, **options)

    run(callbacks=["checkpoint(steps=1)"])
    with pytest.raises(gn.ResumeError, match=message):
        run(**change, resume_from=tmp_path / "run")


def test_epochs_can_be_added(tmp_path):
    def run(folder, epochs, resume_from=None):
        net = gn.Network("dense(2) softmax")
        net.fit(X, Y, loss="cce", optimizer="adam", epochs=epochs, folder=folder, resume_from=resume_from)
        return net.vector.tobytes()

    whole = run(tmp_path / "whole", 4)
    run(tmp_path / "run", 2)
    assert run(tmp_path / "run", 4, resume_from=tmp_path / "run") == whole


def test_a_damaged_checkpoint_is_named(tmp_path):
    fit("plain", tmp_path / "run")
    path = tmp_path / "run" / CHECKPOINT
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(gn.ModelFileError, match=r"checkpoint\.safetensors is damaged"):
        fit("plain", tmp_path / "run", resume_from=tmp_path / "run")


PROGRAM = """
import sys
import numpy as np
import glassnet as gn

rng = np.random.default_rng(0)
x = rng.normal(size=(200, 20)).astype(np.float32)
y = (x[:, 0] > 0).astype(int)
net = gn.Network("dense(64) relu dropout(0.3) dense(2) softmax")
net.fit(x, y, loss="cce", optimizer="adam", epochs=60, batch_size=16, validation=0.2, seed=1,
        callbacks=["checkpoint(steps=1)", "early_stopping(patience=50)"], folder=sys.argv[1], resume_from=sys.argv[1])
net.save(sys.argv[2])
"""


@pytest.mark.slow
def test_a_run_killed_at_30_random_moments_ends_in_the_same_bytes(tmp_path):
    """SIGKILL leaves no time to tidy up: whatever is on the disk at that moment has to be whole."""

    def start(folder):
        return subprocess.Popen([sys.executable, "-c", PROGRAM, folder, tmp_path / "model.safetensors"])

    for folder in ("whole", "killed"):
        (tmp_path / folder).mkdir()
    assert start(tmp_path / "whole").wait() == 0
    expected = (tmp_path / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").unlink()
    chance = random.Random(0)
    kills = 0
    while kills < 30:
        process = start(tmp_path / "killed")
        # A fresh process takes a while to import; what counts are moments at which it trains and writes.
        before = _steps(tmp_path / "killed")
        while process.poll() is None and _steps(tmp_path / "killed") == before:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.03))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "it was through before it could be killed 30 times"
        kills += 1
        assert load_checkpoint(tmp_path / "killed" / CHECKPOINT)["step"] > before
    assert start(tmp_path / "killed").wait() == 0
    assert (tmp_path / "model.safetensors").read_bytes() == expected


def _steps(folder):
    path = folder / CHECKPOINT
    return load_checkpoint(path)["step"] if path.exists() else 0
