"""Files are never written under the ending of another format."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.run.run_figures import History
from glassnet_files.files import check_ending
from glassnet_reports.plots import new_figure, save_figure

MODELS = ["h5", "npz", "pt", "pkl", "keras", "pth", "bin", "joblib", "json", "SVG", "safetensor"]


@pytest.fixture
def net():
    return gn.Network("dense(1)").build((2,))


@pytest.mark.parametrize("ending", MODELS)
def test_a_model_is_not_written_under_the_ending_of_another_format(net, tmp_path, ending):
    with pytest.raises(
        gn.FileError,
        match=r"models are written as safetensors, h, js, onnx or py \(got .*\); name the file .*m.safetensors",
    ):
        net.save(tmp_path / f"m.{ending}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["m.safetensors", "M.SAFETENSORS", "m", "best-0.93", ".hidden"])
def test_a_model_is_written_under_its_own_ending_or_none(net, tmp_path, name):
    net.save(str(tmp_path / name))
    np.testing.assert_array_equal(gn.load(tmp_path / name).flat_parameters, net.flat_parameters)


@pytest.mark.parametrize("ending", ["gif", "pdf", "txt", "safetensors"])
def test_a_trace_is_written_in_its_formats_alone(net, tmp_path, ending):
    trace = net.trace(np.ones((1, 2)), [1.0], "mse")
    with pytest.raises(gn.FileError, match=r"SVG, PNG, HTML, DOT or JSON \(got .*\); name the file .*t.svg"):
        trace.save(tmp_path / f"t.{ending}")
    trace.save(tmp_path / "t.svg")
    assert [path.name for path in tmp_path.iterdir()] == ["t.svg"]


@pytest.mark.parametrize("ending", ["json", "xlsx", "parquet", "png"])
def test_a_history_is_written_as_csv_alone(tmp_path, ending):
    with pytest.raises(gn.FileError, match="histories are written as CSV"):
        History().save_csv(tmp_path / f"h.{ending}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "start"), [("p.png", b"\x89PNG"), ("p.SVG", b"<?xml"), ("p.pdf", b"%PDF"), ("p", b"\x89PNG")]
)
def test_a_picture_is_of_the_kind_that_its_ending_names(tmp_path, name, start):
    save_figure(new_figure(1, 1), tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(start)


@pytest.mark.parametrize("ending", ["csv", "docx", "safetensors"])
def test_a_picture_of_an_unknown_kind_is_refused(tmp_path, ending):
    with pytest.raises(gn.FileError, match="a picture cannot end in"):
        save_figure(new_figure(1, 1), tmp_path / f"p.{ending}")
    with pytest.raises(gn.FileError, match="a picture cannot end in"):
        History().plot(tmp_path / f"p.{ending}")


def test_an_experiment_is_written_as_toml_alone(tmp_path):
    experiment = gn.Experiment(layers=["dense(1)"], dataset="xor", loss="mse", optimizer="sgd")
    with pytest.raises(gn.FileError, match="experiments are written as TOML"):
        experiment.save(tmp_path / "e.json")


@pytest.mark.parametrize("path", [3, None, [1]])
def test_something_that_is_not_a_path_is_refused(net, path):
    with pytest.raises(
        gn.OptionError,
        match=r"models are written as safetensors, h, js, onnx or py to a path \(got .*\); give a name such",
    ):
        net.save(path)


def test_the_ending_of_the_file_counts_and_not_that_of_its_folder(tmp_path):
    assert check_ending(tmp_path / "run.h5" / "m", [".safetensors"], "models") == tmp_path / "run.h5" / "m"
