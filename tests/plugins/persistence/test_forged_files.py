"""Files whose digest fits and whose contents are nonsense: each is refused in one sentence that names what is wrong."""

import json

import numpy as np
import pytest

import glassnet as gn
from tests.attack.inputs import packed, sealed, unpacked
from tests.attack.recipes import command


def forge(path, change):
    """Let a function change the description in a file, and give the file the digest that it then has."""
    header, body = unpacked(path.read_bytes())
    ((key, text),) = header["__metadata__"].items()
    described = json.loads(text)
    change(described)
    header["__metadata__"][key] = json.dumps(described)
    path.write_bytes(sealed(packed(header, body)))


class Stop(gn.Callback):
    """Breaks a run off behind its third step."""

    def on_batch_end(self, run):
        if run.step == 3:
            run.save_state()
            raise KeyboardInterrupt


@pytest.fixture
def run(tmp_path):
    """Return a function that trains in a folder, with what `fit` is given besides."""
    x = np.random.default_rng(0).normal(size=(64, 4)).astype(np.float32)
    common = {"loss": "cce", "optimizer": "adam", "epochs": 3, "metrics": ["accuracy"], "progress": False}

    def fit(*callbacks, **options):
        network = gn.Network("dense(3) relu dense(2) softmax")
        watch = ["early_stopping('loss')", *callbacks]
        return network.fit(x, x[:, 0] > 0, folder=tmp_path / "run", callbacks=watch, **common, **options)

    return fit


def in_memories(name, value):
    def change(state):
        next(iter(state["memories"].values()))[name] = value

    return change


CHECKPOINTS = [
    (lambda state: state.update(batch_in_epoch=10**6), r"behind batch 1000000 of an epoch of 2 batches"),
    (lambda state: state["metrics"]["accuracy"].update(_right="x"), r"_right of accuracy is 'x'"),
    (lambda state: state["metrics"]["accuracy"].update(_right=[1]), r"_right of accuracy is \[1\]"),
    (lambda state: state["metrics"]["accuracy"].update(update="x"), r"update of accuracy is a method"),
    (in_memories("best", "x"), r"best of early_stopping.* is 'x', where inf was expected"),
    (in_memories("best", True), r"best of early_stopping.* is True"),
    (in_memories("vector", "x"), r"the best parameters of early_stopping are 'x'"),
    (lambda state: state.pop("epochs"), r"does not hold both epochs and contents"),
    (lambda state: state.update(contents=None), r"does not hold both epochs and contents"),
    (lambda state: state["inputs"].update(dtype=3), r"the checkpoint is damaged: .*dtype"),
]


@pytest.mark.parametrize(("change", "said"), CHECKPOINTS, ids=range(len(CHECKPOINTS)))
def test_a_forged_checkpoint_is_refused(change, said, run, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(Stop())
    forge(tmp_path / "run/checkpoint.safetensors", change)
    with pytest.raises(gn.ModelFileError, match=said):
        run(Stop(), resume_from=tmp_path / "run")


def test_names_that_are_not_known_are_left_alone(run, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run("checkpoint(steps=1)", Stop())

    def change(state):
        state["inputs"]["later"] = state["began"]["later"] = state["later"] = 1

    forge(tmp_path / "run/checkpoint.safetensors", change)
    assert len(run("checkpoint(steps=1)", Stop(), resume_from=tmp_path / "run").epochs) == 3


RECORDINGS = [
    (lambda told: told["places"].pop(), "lists of layers and parameters do not go with its arrays"),
    (lambda told: told["parameters"].append("x"), "lists of layers and parameters do not go with its arrays"),
    (lambda told: told.update(layers="dense"), "is damaged: .*layers"),
    (lambda told: told.update(strides=[]), "is damaged"),
    (lambda told: told.update(strides=[0, 0]), "is damaged: .*strides"),
    (lambda told: told.update(activations=[1, 0, 1, 0]), "is damaged: .*activations"),
]


@pytest.mark.parametrize(("change", "said"), RECORDINGS, ids=range(len(RECORDINGS)))
def test_a_forged_recording_is_refused(change, said, run, tmp_path):
    run("record")
    forge(tmp_path / "run/recording.safetensors", change)
    with pytest.raises(gn.ModelFileError, match=said):
        gn.plot("gradients", tmp_path / "run", np.zeros((2, 4), np.float32), np.zeros(2, int))


@pytest.mark.parametrize("seed", [float("inf"), float("nan"), "x", None])
def test_a_forged_fault_is_refused(seed, tmp_path):
    folder = tmp_path / "run"
    options = ("--optimizer", "sgd(lr=1e38)", "--epochs", "5", "--record", "--no-plots", "--quiet")
    command("train", "xor", "--out", str(folder), *options)
    forge(folder / "fault.safetensors", lambda told: told.update(seed=seed))
    code, _, errors = command("replay", str(folder))
    assert code == 2
    assert "fault.safetensors is damaged" in errors
