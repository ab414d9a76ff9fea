"""A run that was broken off and continued is, to the byte, the run without the break."""

import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import glassnet as gn
from glassnet.data.array_loader import ArrayLoader
from glassnet_persistence import fingerprint
from glassnet_persistence.checkpoint import load_checkpoint, save_checkpoint
from glassnet_persistence.run_files import CHECKPOINT
from glassnet_persistence.run_state import state_of

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
    assert continued.flat_parameters.tobytes() == whole.flat_parameters.tobytes()


def test_where_nothing_was_saved_yet_the_run_starts_anew(tmp_path):
    whole, _ = fit("plain", tmp_path / "whole")
    (tmp_path / "empty").mkdir()
    continued, _ = fit("plain", tmp_path / "run", resume_from=tmp_path / "empty")
    assert continued.flat_parameters.tobytes() == whole.flat_parameters.tobytes()


class Remembers(gn.Callback):
    """A third party's callback: what it keeps in the run's memory is carried along."""

    def on_run_start(self, run):
        run.state_of(self).seen = []
        run.state_of(self).total = np.zeros(3, np.float32)
        run.state_of(self)._file = object()

    def on_batch_end(self, run):
        memory = run.state_of(self)
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
            states.append(state_of(run))

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
            run.state_of(self).thing = object()
            state_of(run)

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
        return net.flat_parameters.tobytes()

    whole = run(tmp_path / "whole", 4)
    run(tmp_path / "run", 2)
    assert run(tmp_path / "run", 4, resume_from=tmp_path / "run") == whole


WEIGHTS = np.linspace(0.5, 1.5, 22)
OTHER_Y = np.concatenate([Y[:21], 1 - Y[21:]])
OTHER_X = X + np.eye(22, 4, dtype=np.float32) * 1e-6


@pytest.mark.parametrize(
    ("first", "then", "message"),
    [
        ({}, {"y": OTHER_Y}, "another y than this one"),
        ({}, {"x": OTHER_X}, "another x than this one"),
        ({}, {"x": X[::-1]}, "another x"),
        ({}, {"x": X.astype(np.float64)}, "another x"),
        ({}, {"sample_weight": WEIGHTS}, "no sample_weight, and this one has one"),
        ({"sample_weight": WEIGHTS}, {}, "a sample_weight, and this one has none"),
        ({"sample_weight": WEIGHTS}, {"sample_weight": WEIGHTS[::-1]}, "another sample_weight"),
        ({"class_weight": {0: 1, 1: 2}}, {"class_weight": {0: 1, 1: 3}}, "another class_weight"),
        ({}, {"class_weight": {0: 1, 1: 3}}, "no class_weight"),
        ({"validation": 0.2}, {"validation": 0.3}, "validation=0.2, and this one 0.3"),
        ({"validation": 0.2}, {}, "validation=0.2, and this one None"),
        ({"validation": (X, Y)}, {"validation": (X, OTHER_Y)}, "another validation"),
        ({"validation": (X, Y)}, {"validation": (OTHER_X, Y)}, "another validation"),
        ({"validation": (X, Y)}, {}, "a validation, and this one has none"),
        ({}, {"dtype": "float64"}, "dtype='float32', and this one 'float64'"),
        ({"callbacks": ["clip_norm(0.1)"]}, {}, r"callbacks=\['clip_norm\(limit=0.1\)'\], and this one \[\]"),
        ({}, {"callbacks": ["clip_norm(0.1)"]}, "callbacks="),
        ({"callbacks": ["clip_norm(0.1)"]}, {"callbacks": ["clip_norm(0.2)"]}, "callbacks="),
        (
            {"callbacks": ["early_stopping('loss', patience=2)"]},
            {"callbacks": ["early_stopping('loss', patience=5)"]},
            "callbacks=",
        ),
        ({"schedule": "cosine"}, {"schedule": "one_cycle"}, "schedule='cosine'"),
        ({"metrics": ["accuracy"]}, {}, "metrics="),
        ({"regularizer": "l2(0.1)"}, {"regularizer": "l2(0.2)"}, "regularizer="),
        ({"batch_size": 4}, {"batch_size": 5}, "batch_size=4"),
    ],
)
def test_what_differs_from_the_saved_run_is_named(tmp_path, first, then, message):
    def run(x=X, y=Y, dtype="float32", resume_from=None, **options):
        net = gn.Network("dense(2) softmax").build((4,), dtype=dtype)
        options = {"loss": "cce", "optimizer": "adam", "folder": tmp_path / "run", "epochs": 2, **options}
        net.fit(x, y, **options, resume_from=resume_from)
        return net.flat_parameters.tobytes()

    done = run(**first)
    with pytest.raises(gn.ResumeError, match=message):
        run(**{**first, **then} if then else {}, resume_from=tmp_path / "run")
    assert run(**first, resume_from=tmp_path / "run") == done


def test_data_that_came_from_elsewhere_are_the_same_data(tmp_path):
    """Lists, other memory orders and a file with the same numbers of the same type are what the run was given."""
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", Y)

    def run(x, y, **options):
        gn.Network("dense(2) softmax").fit(x, y, loss="cce", optimizer="sgd", folder=tmp_path / "run", **options)

    run(X, Y)
    on_disk = [np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in "xy"]
    for x, y in ((np.asfortranarray(X), Y.tolist()), (np.repeat(X, 2, axis=0)[::2], np.repeat(Y, 2)[::2]), on_disk):
        run(x, y, resume_from=tmp_path / "run")
    np.save(tmp_path / "y.npy", OTHER_Y)
    with pytest.raises(gn.ResumeError, match="another y"):
        run(on_disk[0], np.load(tmp_path / "y.npy", mmap_mode="r"), resume_from=tmp_path / "run")


def test_listed_batches_are_compared_and_others_are_not_run_for_it(tmp_path):
    def run(batches, **options):
        gn.Network("dense(2) softmax").fit(
            batches, loss="cce", optimizer="sgd", epochs=2, folder=tmp_path / "run", **options
        )

    halves = [(X[:11], Y[:11]), (X[11:], Y[11:])]
    run(halves)
    run(list(halves), resume_from=tmp_path / "run")
    with pytest.raises(gn.ResumeError, match="another y"):
        run([halves[0], (X[11:], OTHER_Y[11:])], resume_from=tmp_path / "run")

    asked = []

    def epoch(number):
        asked.append(number)
        return halves

    run(gn.Batches(epoch, steps_per_epoch=2), overwrite=True)
    # The first was looked at for the shape of a sample, and is used.
    assert asked == [0, 1]


def test_a_large_array_is_looked_at_in_blocks(monkeypatch):
    """The first and the last block among them; of targets every block is."""
    monkeypatch.setattr(fingerprint, "_BLOCKS", 3)
    x = np.zeros((7, 2**18), np.float32)  # a mebibyte a row
    looked_at = []
    for row in range(7):
        x[:] = 0
        x[row, 5] = 1
        data = ArrayLoader(x, np.zeros(7))
        looked_at.append(fingerprint.fingerprint(data, None, None)["x"])
    unchanged = looked_at[1]
    assert [each != unchanged for each in looked_at] == [True, False, False, True, False, False, True]
    assert len({fingerprint.fingerprint(ArrayLoader(x[:, :1], x), None, None)["y"] for x in np.eye(7)[:, :, None]}) == 7


def test_no_data_are_looked_at_without_a_folder(monkeypatch):
    monkeypatch.setattr(fingerprint, "crc32", None)
    gn.Network("dense(2) softmax").fit(X, Y, loss="cce", optimizer="adam")


@pytest.mark.parametrize(
    "options",
    [{"schedule": "cosine"}, {"schedule": "warmup(cosine, steps=2)"}, {"callbacks": ["lr_finder"]}],
    ids=str,
)
def test_epochs_are_not_changed_if_the_steps_depend_on_them(tmp_path, options, capsys):
    def run(epochs, resume_from=None):
        common = {"loss": "cce", "optimizer": "adam", "batch_size": 5, "folder": tmp_path / "run", **options}
        gn.Network("dense(2) softmax").fit(X, Y, epochs=epochs, resume_from=resume_from, **common)

    run(2)
    for epochs in (1, 4):
        with pytest.raises(gn.ResumeError, match=rf"epochs=2, and this one {epochs}: .* depends on the length"):
            run(epochs, resume_from=tmp_path / "run")
    run(2, resume_from=tmp_path / "run")


def test_a_state_of_an_older_version_is_continued_with_a_warning(tmp_path):
    whole, _ = fit("dropout", tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        fit("dropout", tmp_path / "run", stop_after=6)
    path = tmp_path / "run" / CHECKPOINT
    state = load_checkpoint(path)
    for name in ("contents", "epochs", "began"):
        del state[name]
    for name in ("dtype", "shared layers", "validation", "callbacks"):
        del state["training"][name]
    save_checkpoint(state, path)
    with pytest.warns(gn.GlassnetWarning, match="older glassnet"):
        continued, _ = fit("dropout", tmp_path / "run", resume_from=tmp_path / "run")
    assert continued.flat_parameters.tobytes() == whole.flat_parameters.tobytes()
    path.unlink()
    state["training"]["optimizer"] = "sgd"
    save_checkpoint(state, path)
    with pytest.raises(gn.ResumeError, match="optimizer='sgd'"):
        fit("dropout", tmp_path / "run", resume_from=tmp_path / "run")


def test_a_callback_that_remembers_is_not_left_out(tmp_path):
    options = {"loss": "cce", "optimizer": "adam", "folder": tmp_path / "run"}
    gn.Network("dense(2) softmax").fit(X, Y, callbacks=[Remembers()], **options)
    with pytest.raises(gn.ResumeError, match="the saved run has remembers, and this one does not"):
        gn.Network("dense(2) softmax").fit(X, Y, **options, resume_from=tmp_path / "run")
    gn.Network("dense(2) softmax").fit(X, Y, **{**options, "folder": tmp_path / "other"})
    with pytest.raises(gn.ResumeError, match="the saved run has no remembers, and this one has"):
        gn.Network("dense(2) softmax").fit(
            X, Y, callbacks=[Remembers()], **{**options, "folder": tmp_path / "new"}, resume_from=tmp_path / "other"
        )


# --- the folder ---------------------------------------------------------------------------------------------------


def record(folder, **options):
    net = gn.Network("dense(2) softmax")
    net.fit(X, Y, loss="cce", optimizer="adam", folder=folder, **options)
    return net


def test_what_is_refused_leaves_the_network_as_it_was(tmp_path):
    record(tmp_path / "run")
    net = gn.Network("dense(2) softmax")
    history = net.fit(X, Y, loss="cce", optimizer="sgd", metrics=["accuracy"])
    before = net.flat_parameters.copy()
    with pytest.raises(gn.ResumeError):
        net.fit(X, Y, loss="cce", optimizer="sgd", resume_from=tmp_path / "run")
    with pytest.raises(gn.FileError):
        net.fit(X, Y, loss="cce", optimizer="sgd", folder=tmp_path / "run")
    assert net.history is history
    assert set(net.evaluate(X, Y)) == {"loss", "accuracy"}
    np.testing.assert_array_equal(net.flat_parameters, before)


def test_a_folder_that_holds_a_run_is_refused(tmp_path):
    record(tmp_path / "run")
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    with pytest.raises(gn.FileError, match=r"already holds a run .*resume_from=…, or remove it by overwrite=True"):
        record(tmp_path / "run", seed=1)
    with pytest.raises(gn.FileError, match="already holds a run"):
        record(tmp_path / "run", resume_from=tmp_path)
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before
    record(str(tmp_path / "run"), resume_from=tmp_path / "run" / ".." / "run")


@pytest.mark.parametrize("left", ["history.csv", "model.safetensors", "environment.json", CHECKPOINT])
def test_any_file_of_a_run_is_a_run(tmp_path, left):
    (tmp_path / left).write_text("")
    with pytest.raises(gn.FileError, match=f"it has {left}"):
        record(tmp_path)


def test_a_run_is_removed_on_request(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    record(tmp_path, epochs=3)

    class Break(gn.Callback):
        def on_batch_end(self, run):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        record(tmp_path, overwrite=True, callbacks=[Break()], seed=5)
    assert not (tmp_path / CHECKPOINT).exists()  # it was of the run before
    assert (tmp_path / "notes.txt").read_text() == "mine"
    record(tmp_path, overwrite=True, seed=5)
    assert (tmp_path / "history.csv").read_text().count("\n") == 2


def test_a_run_that_is_continued_is_not_removed(tmp_path):
    class Look(gn.Callback):
        def on_run_start(self, run):
            seen.append((tmp_path / CHECKPOINT).exists())

    seen = []
    record(tmp_path)
    record(tmp_path, resume_from=tmp_path, overwrite=True, callbacks=[Look()])
    assert seen == [True]


def test_nothing_is_removed_if_the_data_cannot_be_trained_on(tmp_path):
    record(tmp_path)
    with pytest.raises(gn.DataError):
        gn.Network("dense(2) softmax").fit(X * np.nan, Y, loss="cce", optimizer="adam", folder=tmp_path, overwrite=True)
    assert (tmp_path / CHECKPOINT).exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_the_history_of_a_fit_that_was_broken_off_is_kept(error):
    class Break(gn.Callback):
        def on_batch_end(self, run):
            if run.step == 7:
                raise error

    net = gn.Network("dense(2) softmax")
    assert net.history is None
    with pytest.raises(error):
        net.fit(X, Y, loss="cce", optimizer="adam", batch_size=5, epochs=4, callbacks=[Break()])
    assert len(net.history["loss"]) == 1
    whole = net.fit(X, Y, loss="cce", optimizer="adam", epochs=3)
    assert net.history is whole
    assert len(whole["loss"]) == 3


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
    """SIGKILL leaves no time to tidy up: the files on the disk at that moment have to be whole."""

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
