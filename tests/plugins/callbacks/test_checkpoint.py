"""checkpoint: the state is written after exactly the given number of steps or epochs, and never in parts."""

import numpy as np
import pytest

import glassnet as gn
from glassnet_persistence.checkpoint import load_checkpoint
from glassnet_persistence.run_files import CHECKPOINT

X = np.random.default_rng(0).normal(size=(12, 2))


def saved_steps(spec, tmp_path, epochs=3):
    """Return the step that the file on disk holds, as seen after each step of a run of 4 steps an epoch."""
    steps = []

    class Look(gn.Callback):
        @gn.run_hookimpl(trylast=True)
        def on_batch_start(self, run):
            path = run.folder / CHECKPOINT
            steps.append(load_checkpoint(path)["step"] if path.exists() else None)

    net = gn.Network(["dense(1)"])
    options = {"epochs": epochs, "batch_size": 3, "folder": tmp_path / "run", "callbacks": [spec, Look()]}
    net.fit(X, X[:, :1], loss="mse", optimizer="adam", **options)
    return steps


def test_after_steps(tmp_path):
    assert saved_steps("checkpoint(steps=3)", tmp_path) == [None, None, None, 3, 3, 3, 6, 6, 6, 9, 9, 9]


def test_after_epochs(tmp_path):
    assert saved_steps("checkpoint(epochs=2)", tmp_path) == [None] * 8 + [8] * 4


def test_a_run_without_a_folder_is_refused():
    with pytest.raises(gn.OptionError, match="no folder to save to"):
        gn.Network(["dense(1)"]).fit(X, X[:, :1], loss="mse", optimizer="adam", callbacks=["checkpoint"])


def test_a_run_broken_off_within_an_epoch_continues_to_the_same_bytes(tmp_path):
    class Break(gn.Callback):
        def on_batch_start(self, run):
            if run.step == 7:
                raise KeyboardInterrupt

    def fit(folder, callbacks, **more):
        net = gn.Network(["dense(3)", "tanh", "dense(1)"])
        options = {"loss": "mse", "optimizer": "adam", "epochs": 3, "batch_size": 3, "folder": folder, **more}
        net.fit(X, X[:, :1], callbacks=callbacks, **options)
        return net.flat_parameters.tobytes()

    whole = fit(tmp_path / "whole", ["checkpoint(steps=3)"])
    broken = tmp_path / "broken"
    with pytest.raises(KeyboardInterrupt):
        fit(broken, ["checkpoint(steps=3)", Break()])
    # Six steps: one epoch of four, and half of the second.
    assert load_checkpoint(broken / CHECKPOINT)["batch_in_epoch"] == 2
    assert fit(broken, ["checkpoint(steps=3)"], resume_from=broken) == whole
