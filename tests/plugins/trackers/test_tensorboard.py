"""The callback tensorboard, read back by TensorBoard itself."""

import csv
import io
import json
import warnings

import numpy as np
import pytest
from PIL import Image

import glassnet as gn
from glassnet_commands.command_line import main
from tests.plugins.trackers.conftest import Reporter, Stop

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of its libraries
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams import plugin_data_pb2


def read(folder):
    kept = dict.fromkeys(("scalars", "histograms", "images", "tensors"), 0)
    reader = EventAccumulator(str(folder), size_guidance=kept)
    reader.Reload()
    return reader


def scalars(folder):
    reader = read(folder)
    return {name: [(each.step, each.value) for each in reader.Scalars(name)] for name in reader.Tags()["scalars"]}


def history(folder):
    with (folder / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name != "epoch"]
    return {name: [(int(row["epoch"]), np.float32(row[name])) for row in rows] for name in names}


def test_figures_are_those_of_history_csv_by_name_and_epoch(fit, tmp_path):
    fit("tensorboard", Reporter(), folder=tmp_path / "run")
    figures = history(tmp_path / "run")
    assert [*figures] == ["loss", "accuracy", "val_loss", "val_accuracy", "half_epoch"]
    assert scalars(tmp_path / "run") == figures
    assert figures["half_epoch"] == [(1, 0.5), (2, 1.0), (3, 1.5)]


def test_histograms_hold_the_weights_and_gradients_of_each_layer(fit, tmp_path):
    network = fit("tensorboard", folder=tmp_path / "run")
    reader = read(tmp_path / "run")
    assert set(reader.Tags()["histograms"]) == {
        f"{what}/{layer}.{name}"
        for what in ("weights", "gradients")
        for layer in (0, 2)
        for name in ("weights", "bias")
    }
    last = reader.Histograms("weights/0.weights")[-1]
    weights = network.parameters["0.weights"]
    assert (last.step, last.histogram_value.num) == (3, 12)
    np.testing.assert_allclose(last.histogram_value.sum, weights.sum(), rtol=1e-5)
    np.testing.assert_allclose(last.histogram_value.sum_squares, np.square(weights).sum(), rtol=1e-5)
    assert reader.Histograms("gradients/0.weights")[-1].histogram_value.sum_squares > 0


def test_weights_of_the_first_layer_are_an_image(tmp_path):
    x = np.random.default_rng(0).integers(0, 256, (8, 6, 5, 1), np.uint8)
    network = gn.Network("flatten dense(4) softmax").build((6, 5, 1))
    options = {"loss": "crossentropy", "optimizer": "sgd(lr=1e-12)", "epochs": 1, "progress": False}
    network.parameters["1.weights"] = np.zeros((30, 4))
    network.parameters["1.weights"][0, 0] = 1  # top left of the first tile
    network.parameters["1.weights"][29, 3] = -1  # bottom right of the last
    network.fit(x, np.arange(8) % 4, callbacks=["tensorboard"], folder=tmp_path / "run", **options)
    (drawn,) = read(tmp_path / "run").Images("first_layer/1.weights")
    pixels = np.asarray(Image.open(io.BytesIO(drawn.encoded_image_string)))
    # Two by two tiles of 6 x 5 weights with lines of one weight around them, each weight 17 pixels wide.
    assert pixels.shape == (15 * 17, 13 * 17, 3)
    assert pixels[17, 17].tolist() == [255, 0, 0]
    assert pixels[13 * 17, 11 * 17].tolist() == [0, 0, 255]
    colored = (pixels != 255).any(axis=-1).sum()
    assert colored == 2 * 17 * 17


def test_the_graph_has_a_node_for_each_layer_and_parameter(fit, tmp_path):
    fit("tensorboard", folder=tmp_path / "run")
    nodes = {node.name: list(node.input) for node in read(tmp_path / "run").Graph().node}
    assert nodes == {
        "input": [],
        "0_dense/weights": [],
        "0_dense/bias": [],
        "0_dense/dense": ["input", "0_dense/weights", "0_dense/bias"],
        "1_tanh/tanh": ["0_dense/dense"],
        "2_dense/weights": [],
        "2_dense/bias": [],
        "2_dense/dense": ["1_tanh/tanh", "2_dense/weights", "2_dense/bias"],
        "3_softmax/softmax": ["2_dense/dense"],
        "output": ["3_softmax/softmax"],
    }


def test_options_are_the_parameters_that_runs_are_compared_by(fit, tmp_path):
    fit("tensorboard", folder=tmp_path / "run")
    reader = read(tmp_path / "run")

    def content(name):
        found = plugin_data_pb2.HParamsPluginData()
        found.ParseFromString(reader.SummaryMetadata(f"_hparams_/{name}").plugin_data.content)
        return found

    started = content("session_start_info").session_start_info.hparams
    assert started["optimizer"].string_value == "sgd(lr=0.05)"
    assert started["optimizer.lr"].number_value == 0.05
    assert started["batch_size"].number_value == 10
    assert started["layers"].string_value == "dense(3) tanh dense(2) softmax"
    metrics = content("experiment").experiment.metric_infos
    assert [each.name.tag for each in metrics] == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert content("session_end_info").session_end_info.status == 1  # STATUS_SUCCESS


@pytest.mark.parametrize("step", [4, 6])
def test_a_continued_run_has_each_epoch_once(fit, tmp_path, step):
    fit("tensorboard", Reporter(), folder=tmp_path / "whole", epochs=4)
    with pytest.raises(KeyboardInterrupt):
        fit("tensorboard", Reporter(), Stop(step), folder=tmp_path / "broken", epochs=4)
    broken = tmp_path / "broken"
    fit("tensorboard", Reporter(), Stop(0), folder=broken, resume_from=broken, epochs=4)
    assert scalars(broken) == scalars(tmp_path / "whole")
    assert len(scalars(broken)["loss"]) == 4


def test_figures_of_the_test_pictures_and_findings_follow_after_a_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    command = ["train", "iris", "--epochs", "2", "--out", "run", "--callbacks", "tensorboard", "--json"]
    assert main(command) == 0
    summary = json.loads(capsys.readouterr().out)
    reader = read(tmp_path / "run")
    for name, value in summary["test"].items():
        (scalar,) = reader.Scalars(f"test_{name}")
        assert (scalar.step, scalar.value) == (2, np.float32(value))
    (picture,) = reader.Images("pictures/confusion_matrix")
    assert picture.encoded_image_string == (tmp_path / "run" / "confusion_matrix.png").read_bytes()
    (text,) = reader.Tensors("findings/text_summary")
    (finding,) = summary["findings"]
    assert f"**{finding['rule']}**".encode() in text.tensor_proto.string_val[0]


def test_events_of_a_run_that_is_overwritten_are_gone(fit, tmp_path):
    fit("tensorboard", folder=tmp_path / "run", epochs=5)
    fit("tensorboard", folder=tmp_path / "run", epochs=2, overwrite=True)
    assert len(scalars(tmp_path / "run")["loss"]) == 2


def test_another_folder_is_not_written_twice(fit, tmp_path):
    callback = gn.callbacks.tensorboard(folder=str(tmp_path / "events"), histograms=False)
    fit(callback)
    assert read(tmp_path / "events").Tags()["histograms"] == []
    with pytest.raises(gn.FileError, match="has the events of another run"):
        fit(callback)


def test_without_a_folder_the_run_is_refused(fit):
    with pytest.raises(gn.OptionError, match="tensorboard has no folder to write to"):
        fit("tensorboard")


def test_without_the_library_the_extra_is_named(fit, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tensorboardX", None)
    with pytest.raises(gn.MissingExtraError, match=r"glassnet\[tensorboard\]"):
        fit("tensorboard", folder=tmp_path / "run")


def test_a_run_that_diverges_is_a_failed_one(fit, tmp_path):
    class Diverge(gn.Callback):
        def on_epoch_end(self, run):
            run.network.flat_parameters[:] = np.nan

    with pytest.raises(gn.NonFiniteError):
        fit("tensorboard", Diverge(), folder=tmp_path / "run")
    found = plugin_data_pb2.HParamsPluginData()
    metadata = read(tmp_path / "run").SummaryMetadata("_hparams_/session_end_info")
    found.ParseFromString(metadata.plugin_data.content)
    assert found.session_end_info.status == 2  # STATUS_FAILURE
