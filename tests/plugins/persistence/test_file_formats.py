"""Files of every format version so far: they stay loadable, and what is damaged says so."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

import glassnet as gn
from glassnet_persistence.checkpoint import load_checkpoint
from glassnet_persistence.tensor_file import encode

FORMATS = Path(__file__).parent / "formats"
X = (np.arange(24, dtype=np.float32).reshape(6, 4) - 11) / 7
Y = np.array([0, 1, 2, 0, 1, 2])
LAYERS = "dense(5, regularizer=l2(0.02)) batch_norm relu dropout(0.2) dense(3) softmax"
RECIPE = {"loss": "cce", "optimizer": "adam(lr=0.01)", "metrics": ["accuracy"], "epochs": 4, "batch_size": 2, "seed": 5}


class BreakOff(gn.Callback):
    """Saves in the middle of the third epoch, and ends the run."""

    def on_batch_end(self, run):
        if run.epoch == 2 and run.batch_in_epoch == 1:
            run.save_state()
            raise KeyboardInterrupt


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "m.safetensors"
    net = gn.Network(LAYERS)
    net.fit(X, Y, **RECIPE)
    net.save(path)
    return path


@pytest.fixture
def broken_off(tmp_path):
    net = gn.Network(LAYERS).build((4,), seed=3)
    with pytest.raises(KeyboardInterrupt):
        net.fit(X, Y, **RECIPE, folder=tmp_path / "run", callbacks=[BreakOff()])
    return tmp_path / "run"


def parts_of(path, key):
    with safe_open(path, "numpy") as file:
        return json.loads(file.metadata()[key]), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def rewrite(path, key, change):
    """Change a file, and give it the digest that belongs to it."""
    described, tensors = parts_of(path, key)
    change(described, tensors)
    del described["digest"]
    path.write_bytes(encode(tensors, key, json.dumps(described)))


# --- format versions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["0.1.0", "issue16", "2"])
def test_a_model_of_each_version_predicts_as_it_did(version):
    predictions = gn.load(FORMATS / f"model-{version}.safetensors").predict(X)
    np.testing.assert_allclose(predictions, np.load(FORMATS / f"predictions-{version}.npy"), rtol=1e-6)


@pytest.mark.parametrize("version", ["0.1.0", "issue16", "2"])
def test_a_checkpoint_of_each_version_is_continued_to_its_end(version, tmp_path):
    shutil.copy(FORMATS / f"checkpoint-{version}.safetensors", tmp_path / "checkpoint.safetensors")
    net = gn.Network(LAYERS).build((4,), seed=3)
    if version == "0.1.0":
        with pytest.warns(gn.GlassnetWarning, match="of an older glassnet"):
            history = net.fit(X, Y, **RECIPE, resume_from=tmp_path)
    else:  # format 2 names the processor, and this test may run on another one
        history = net.fit(X, Y, **RECIPE, resume_from=tmp_path, allow_changes=True)
    assert len(history.epochs) == 4
    np.testing.assert_allclose(net.predict(X), np.load(FORMATS / f"predictions-{version}.npy"), rtol=1e-4)


# --- damage ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["model", "checkpoint"])
def test_a_flipped_bit_anywhere_in_a_file_is_an_error(what, model, broken_off):
    path, load = {"model": (model, gn.load), "checkpoint": (broken_off / "checkpoint.safetensors", load_checkpoint)}[
        what
    ]
    whole = path.read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        with pytest.raises((gn.ModelFileError, gn.FileError)):
            load(path)
    path.write_bytes(whole)
    load(path)


def test_a_number_that_was_changed_is_named_as_damage(model):
    whole = bytearray(model.read_bytes())
    whole[-3] ^= 1
    model.write_bytes(whole)
    with pytest.raises(gn.ModelFileError, match="is damaged: its contents do not match its digest"):
        gn.load(model)


def test_a_digest_that_was_taken_out_is_an_error(model):
    described, tensors = parts_of(model, "glassnet")
    del described["digest"]
    save_file(tensors, model, {"glassnet": json.dumps(described)})
    with pytest.raises(gn.ModelFileError, match="do not match its digest"):
        gn.load(model)


NONSENSE = {
    "no layers": lambda d, t: d.pop("layers"),
    "layers in one text": lambda d, t: d.update(layers="dense(3)"),
    "layers are numbers": lambda d, t: d.update(layers=[1, 2]),
    "format true": lambda d, t: d.update(format=True),
    "format text": lambda d, t: d.update(format="2"),
    "shape text": lambda d, t: d.update(input_shape="4"),
    "shape float": lambda d, t: d.update(input_shape=[4.9]),
    "shape zero": lambda d, t: d.update(input_shape=[0]),
    "shape huge": lambda d, t: d.update(input_shape=[10**30]),
    "dtype int32": lambda d, t: d.update(dtype="int32"),
    "dtype complex64": lambda d, t: d.update(dtype="complex64"),
    "dtype null": lambda d, t: d.update(dtype=None),
    "counts negative": lambda d, t: d.update(counts={"epochs": -1, "steps": 0}),
    "counts of others": lambda d, t: d.update(counts={"__class__": 1, "epochs": "x"}),
    "measures a list": lambda d, t: d.update(measures=[]),
    "measures unknown": lambda d, t: d.update(measures={"loss": "cce", "other": 1}),
    "measures number": lambda d, t: d.update(measures={"loss": 3}),
    "inputs text": lambda d, t: d.update(inputs="0"),
    "inputs number": lambda d, t: d.update(inputs={"dtype": 1}),
    "shared numbers": lambda d, t: d.update(shared=[[0, 1]]),
    "shared nowhere": lambda d, t: d.update(shared=[["9.layers.3", "0"]]),
    "components a list": lambda d, t: d.update(components=[1]),
    "distributions null": lambda d, t: d.update(distributions=None),
    "a huge embedding": lambda d, t: d.update(layers=[f"embedding(5, {'4' * 50})"]),
    "tensor int8": lambda d, t: t.update({"parameters.0.bias": np.zeros(5, np.int8)}),
    "tensor bool": lambda d, t: t.update({"parameters.0.bias": np.zeros(5, bool)}),
    "tensor float64": lambda d, t: t.update({"parameters.0.bias": np.zeros(5)}),
    "tensor of length 1": lambda d, t: t.update({"parameters.0.bias": np.zeros(1, np.float32)}),
    "tensor missing": lambda d, t: t.pop("parameters.0.bias"),
    "tensor too many": lambda d, t: t.update({"parameters.9.bias": np.zeros(5, np.float32)}),
    "state missing": lambda d, t: t.pop("state.1.running_mean"),
}


@pytest.mark.parametrize("what", NONSENSE)
def test_a_model_that_says_nonsense_is_a_model_file_error(what, model):
    rewrite(model, "glassnet", NONSENSE[what])
    with pytest.raises(gn.ModelFileError, match=r"m\.safetensors"):
        gn.load(model)


def test_nan_in_a_model_without_a_digest_is_an_error(tmp_path):
    described, tensors = parts_of(FORMATS / "model-0.1.0.safetensors", "glassnet")
    tensors["parameters.0.bias"] = np.full(5, np.nan, np.float32)
    save_file(tensors, tmp_path / "m.safetensors", {"glassnet": json.dumps(described)})
    with pytest.raises(gn.ModelFileError, match=r"holds NaN or infinity in parameters\.0\.bias"):
        gn.load(tmp_path / "m.safetensors")


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", "{", "nul", '"x"', "1", "{}"], ids=lambda text: text[:5])
def test_a_description_that_is_not_a_json_object_is_an_error(text, tmp_path):
    save_file({"a": np.zeros(2)}, tmp_path / "m.safetensors", {"glassnet": text})
    with pytest.raises(gn.ModelFileError):
        gn.load(tmp_path / "m.safetensors")


def test_layers_larger_than_the_file_are_refused_before_they_are_made(tmp_path):
    """Two layers of 30,000 units take 3.6 GB; parameters that are described only take nothing."""
    import tracemalloc

    described, _ = parts_of(FORMATS / "model-0.1.0.safetensors", "glassnet")
    described["layers"] = ["dense(30000)", "dense(30000)"]
    save_file({}, tmp_path / "m.safetensors", {"glassnet": json.dumps(described)})
    tracemalloc.start()
    try:
        with pytest.raises(gn.ModelFileError, match="does not hold the parameters"):
            gn.load(tmp_path / "m.safetensors")
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_path_with_a_null_character_is_a_file_error():
    with pytest.raises(gn.FileError):
        gn.load("a\0b")


NONSENSE_IN_CHECKPOINTS = {
    "no epoch": lambda d, t: d.pop("epoch"),
    "epoch negative": lambda d, t: d.update(epoch=-5),
    "epoch text": lambda d, t: d.update(epoch="2"),
    "epoch too large": lambda d, t: d.update(epoch=3),
    "step negative": lambda d, t: d.update(step=-1),
    "step too small": lambda d, t: d.update(step=0),
    "batch text": lambda d, t: d.update(batch_in_epoch="1"),
    "history text": lambda d, t: d.update(history="ab"),
    "history of text": lambda d, t: d.update(history=[{"loss": "a"}, {"loss": 1}]),
    "loss text": lambda d, t: d.update(total_loss="1"),
    "lr_scale true": lambda d, t: d.update(lr_scale=True),
    "training a list": lambda d, t: d.update(training=[]),
    "parameters a number": lambda d, t: d.update(parameters=1.0),
    "slots a list": lambda d, t: d.update(slots=[]),
    "began other": lambda d, t: d.update(began={"x": 1}),
    "computed with nothing": lambda d, t: d.update(computed_with={}),
    "accelerators numbers": lambda d, t: d["computed_with"].update(accelerators=[1]),
}


@pytest.mark.parametrize("what", NONSENSE_IN_CHECKPOINTS)
def test_a_checkpoint_that_says_nonsense_is_an_error(what, broken_off):
    path = broken_off / "checkpoint.safetensors"
    rewrite(path, "glassnet-run", NONSENSE_IN_CHECKPOINTS[what])
    with pytest.raises(gn.ModelFileError, match=r"checkpoint\.safetensors"):
        load_checkpoint(path)


@pytest.mark.parametrize("name", ["/parameters", "/slots/sum_m", "/layers/1/running_mean"])
@pytest.mark.parametrize("array", [np.ones(1, np.float32), np.ones((2, 3), np.float32), np.ones(5, np.int64)])
def test_an_array_of_another_shape_is_never_broadcast(name, array, broken_off):
    rewrite(broken_off / "checkpoint.safetensors", "glassnet-run", lambda _, tensors: tensors.update({name: array}))
    net = gn.Network(LAYERS).build((4,), seed=3)
    with pytest.raises(gn.ModelFileError, match=f"holds {name.lstrip('/')} as {array.dtype}"):
        net.fit(X, Y, **RECIPE, folder=broken_off, resume_from=broken_off, callbacks=[BreakOff()])


# --- changes -------------------------------------------------------------------------------------------------------

CHANGES = {
    "numpy": lambda d, t: d["computed_with"].update(numpy="1.0"),
    "blas": lambda d, t: d["computed_with"].update(blas=["openblas Katmai"]),
    "instructions": lambda d, t: d["computed_with"].update(instructions=["SSE"]),
    "accelerators": lambda d, t: d["computed_with"].update(accelerators=["numba_elsewhere"]),
    "dtype": lambda d, t: d["training"].update(dtype="float64"),
    "x": lambda d, t: d["contents"].update(x="<f4 (6, 4) 00000000"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_an_error_and_with_leave_recorded(what, broken_off):
    rewrite(broken_off / "checkpoint.safetensors", "glassnet-run", CHANGES[what])
    net = gn.Network(LAYERS).build((4,), seed=3)
    given = {**RECIPE, "folder": broken_off, "resume_from": broken_off}
    with pytest.raises(gn.ResumeError, match=f"the saved run .*{what.rstrip('s')}"):
        net.fit(X, Y, **given)
    history = net.fit(X, Y, **given, allow_changes=True)
    assert len(history.epochs) == 4
    [recorded] = json.loads((broken_off / "environment.json").read_text())["changes"]
    assert (recorded["epoch"], recorded["step"]) == (2, 7)
    assert any(what in each for each in recorded["differences"])
    assert load_checkpoint(broken_off / "checkpoint.safetensors")["changes"] == [recorded]


def test_what_is_the_same_is_continued_without_a_change(broken_off):
    net = gn.Network(LAYERS).build((4,), seed=3)
    net.fit(X, Y, **RECIPE, folder=broken_off, resume_from=broken_off)
    assert json.loads((broken_off / "environment.json").read_text())["changes"] == []
