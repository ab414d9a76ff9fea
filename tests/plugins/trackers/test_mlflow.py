"""The callback mlflow, read back by MLflow itself."""

import csv
import json
import logging
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import glassnet as gn
from glassnet_commands.command_line import main
from tests.plugins.trackers.conftest import Reporter, Stop, X

# MLflow takes seconds to import, and again to make the tables of its database.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default::Warning")]


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    return tmp_path_factory.mktemp("store") / "mlflow.db"


@pytest.fixture(scope="module")
def client(database):
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    from mlflow.tracking import MlflowClient

    return MlflowClient(tracking_uri=f"sqlite:///{database}")


@pytest.fixture
def tracked(database):
    """A function that makes the callback."""
    return lambda **options: gn.callbacks.mlflow(path=str(database), **{"model": False, **options})


def run_in(client, folder):
    return client.get_run(json.loads((folder / "mlflow.json").read_text())["run_id"])


def metrics(client, folder):
    found = run_in(client, folder)
    return {
        name: [(each.step, each.value) for each in client.get_metric_history(found.info.run_id, name)]
        for name in found.data.metrics
    }


def test_parameters_and_figures_by_name_and_epoch(fit, client, tracked, tmp_path):
    fit(tracked(experiment="names", parent="0123"), Reporter(), folder=tmp_path / "first")
    found = run_in(client, tmp_path / "first")
    assert (found.info.run_name, found.info.status) == ("first", "FINISHED")
    assert client.get_experiment(found.info.experiment_id).name == "names"
    assert found.data.params["optimizer.lr"] == "0.05"
    assert found.data.params["layers"] == "dense(3) tanh dense(2) softmax"
    assert found.data.tags["mlflow.parentRunId"] == "0123"
    with (tmp_path / "first" / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    expected = {name: [(int(row["epoch"]), float(row[name])) for row in rows] for name in rows[0] if name != "epoch"}
    assert [*expected] == ["loss", "accuracy", "val_loss", "val_accuracy", "half_epoch"]
    assert metrics(client, tmp_path / "first") == expected


def test_the_model_has_a_signature_and_predicts_the_same_bytes(fit, client, tracked, tmp_path):
    import mlflow.pyfunc

    with warnings.catch_warnings(record=True) as told:
        network = fit(tracked(model=True), folder=tmp_path / "run")
    assert [str(each.message) for each in told if issubclass(each.category, UserWarning)] == []
    found = run_in(client, tmp_path / "run")
    path = client.download_artifacts(found.info.run_id, "model", str(tmp_path))
    model = mlflow.pyfunc.load_model(path)
    (given,) = model.metadata.signature.inputs.inputs
    assert (given.type, given.shape) == (np.dtype("float32"), (-1, 4))
    assert model.metadata.signature.outputs.inputs[0].shape == (-1, 2)
    assert model.predict(X).tobytes() == network.predict(X).tobytes()
    assert not [*tmp_path.glob("model/**/*.pkl")]


def test_a_model_of_a_table_takes_a_data_frame(client, database, tmp_path, monkeypatch):
    import mlflow.pyfunc
    import pandas as pd

    monkeypatch.chdir(tmp_path)
    rows = [f"{size},{'ab'[size % 2]},{size * 3}" for size in range(20)]
    (tmp_path / "data.csv").write_text("\n".join(["size,kind,price", *rows]))
    command = ["train", "data.csv", "--target", "price", "--epochs", "1", "--out", "run", "--quiet", "--no-plots"]
    assert main([*command, "--callbacks", f"mlflow(path={str(database)!r})"]) == 0
    found = run_in(client, tmp_path / "run")
    model = mlflow.pyfunc.load_model(client.download_artifacts(found.info.run_id, "model", str(tmp_path)))
    assert [(each.name, each.type.name) for each in model.metadata.signature.inputs] == [
        ("size", "double"),
        ("kind", "string"),
    ]
    new = pd.DataFrame({"size": [3.0, 8.0], "kind": ["a", "b"]})
    expected = gn.load(tmp_path / "run" / "model.safetensors").predict(new)
    np.testing.assert_array_equal(model.predict(new), expected)


def test_a_continued_run_has_each_epoch_once(fit, client, tracked, tmp_path):
    fit(tracked(), Reporter(), folder=tmp_path / "whole", epochs=4)
    broken = tmp_path / "broken"
    with pytest.raises(KeyboardInterrupt):
        fit(tracked(), Reporter(), Stop(10), folder=broken, epochs=4)
    assert run_in(client, broken).info.status == "KILLED"
    fit(tracked(), Reporter(), Stop(0), folder=broken, resume_from=broken, epochs=4, allow_changes=True)
    assert run_in(client, broken).info.status == "FINISHED"
    assert metrics(client, broken) == metrics(client, tmp_path / "whole")


def test_trials_of_a_sweep_are_nested_in_its_run(fit, client, tracked, tmp_path):
    sweep = tmp_path / "sizes"
    sweep.mkdir()
    (sweep / "journal.jsonl").write_text("{}\n")
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda number: fit(tracked(), folder=sweep / f"trial-{number:03}"), range(3)))
    parent = run_in(client, sweep)
    assert parent.info.run_name == "sizes"
    assert "mlflow.parentRunId" not in parent.data.tags
    trials = [run_in(client, sweep / f"trial-{number:03}") for number in range(3)]
    assert [each.info.run_name for each in trials] == ["trial-000", "trial-001", "trial-002"]
    assert {each.data.tags["mlflow.parentRunId"] for each in trials} == {parent.info.run_id}


def test_results_of_a_command_are_there_too(client, database, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{database}")
    command = ["train", "iris", "--epochs", "2", "--out", "run", "--callbacks", "mlflow(model=False)", "--json"]
    assert main(command) == 0
    summary = json.loads(capsys.readouterr().out)
    found = run_in(client, tmp_path / "run")
    assert found.data.metrics["test_accuracy"] == summary["test"]["accuracy"]
    assert found.data.tags["glassnet.findings"] == summary["findings"][0]["rule"]
    names = {each.path for each in client.list_artifacts(found.info.run_id)}
    assert names >= {"summary.json", "experiment.toml", "history.csv", "confusion_matrix.png", "findings.md"}


def test_without_the_libraries_the_extra_is_named(fit, tracked, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sqlalchemy", None)
    with pytest.raises(gn.MissingExtraError, match=r"glassnet\[mlflow\]"):
        fit(tracked())


@pytest.mark.parametrize("wrong", ["a damaged file", "a folder", "a path below a file"])
def test_a_store_that_cannot_be_opened_is_refused_at_once(wrong, fit, tmp_path, monkeypatch):
    monkeypatch.setattr("mlflow.store.db.utils.MAX_RETRY_COUNT", 1)
    path = tmp_path / "store.db"
    if wrong == "a folder":
        path.mkdir()
    else:
        path.write_bytes(b"no database" * 100)
    path = path / "inner.db" if wrong == "a path below a file" else path
    with pytest.raises(gn.FileError, match=r"cannot open the store .*\.db of MLflow: .*; choose another file"):
        fit(gn.callbacks.mlflow(path=str(path)))


def test_a_server_that_does_not_answer_is_told_at_once(fit, monkeypatch):
    monkeypatch.setattr("requests.Session.request", lambda *_, **__: pytest.fail("MLflow asked, and would ask again"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    server = r"the server http://127\.0\.0\.1:9 of MLflow does not answer: .*; start it, or change MLFLOW_TRACKING_URI"
    with pytest.raises(gn.FileError, match=server):
        fit(gn.callbacks.mlflow())
