"""Tables on the command line: by their path, with ``--target``, and from any folder."""

import json
import re
import shutil
import tomllib

import numpy as np
import pytest

import glassnet as gn

QUICK = ["--epochs", 2, "--quiet", "--no-plots"]


@pytest.fixture
def table(here):
    """A folder ``project`` with ``ok.csv``: 40 rows, of which the class is 1 where the first number is above 20."""
    (here / "project").mkdir()
    rows = [f"{number},{number * 7 % 11},{'yes' if number > 20 else 'no'}" for number in range(1, 41)]
    (here / "project/ok.csv").write_text("a,b,buy\n" + "\n".join(rows) + "\n")
    return here / "project/ok.csv"


@pytest.fixture
def in_project(table, monkeypatch):
    monkeypatch.chdir(table.parent)
    return table.parent


def same_data(one, other):
    for split in ("train", "test"):
        np.testing.assert_array_equal(getattr(one, split).x, getattr(other, split).x)
        np.testing.assert_array_equal(getattr(one, split).y, getattr(other, split).y)


def test_a_table_is_trained_on_by_its_path(glassnet, in_project):
    assert glassnet("train", "ok.csv", "--target", "buy", "--out", "by_path", *QUICK).code == 0
    assert glassnet("train", "csv('ok.csv', 'buy')", "--out", "by_spec", *QUICK).code == 0
    assert glassnet("train", "csv('ok.csv', target=buy)", "--out", "bare", *QUICK).code == 0
    models = [(in_project / run / "model.safetensors").read_bytes() for run in ("by_path", "by_spec", "bare")]
    assert models[0] == models[1] == models[2]


def test_without_a_target_the_columns_are_named_with_what_to_type(glassnet, in_project):
    outcome = glassnet("train", "ok.csv")
    assert outcome.code == 2
    assert outcome.err == (
        "error: ok.csv does not say which column to predict; name it with --target NAME, "
        "or write table('ok.csv', target=NAME) (its columns: a, b, buy)\n"
    )
    outcome = glassnet("train", "ok.csv", "--target", "bu")
    assert "ok.csv has no column 'bu', did you mean 'buy'? (its columns: a, b, buy)" in outcome.err


@pytest.mark.parametrize(("name", "delimiter"), [("d.csv", ";"), ("d.tsv", "\t"), ("d.CSV", "|")])
def test_the_delimiter_of_a_path_is_that_of_its_first_line(glassnet, in_project, name, delimiter):
    (in_project / name).write_text((in_project / "ok.csv").read_text().replace(",", delimiter))
    assert glassnet("train", name, "--target", "buy", "--out", "run", *QUICK).code == 0
    content = tomllib.loads((in_project / "run/experiment.toml").read_text())
    assert content["dataset"] == f"table('../{name}', 'buy')"
    net = gn.load(in_project / "run/model.safetensors")
    assert [each.name for each in net.preprocessing.features] == ["a", "b"]


def test_target_replaces_that_of_an_experiment(glassnet, in_project):
    glassnet("train", "ok.csv", "--target", "buy", "--out", "run", *QUICK)
    regression = ["--layers", "dense(1)", "--loss", "mse", "--metrics", "mae"]
    other = glassnet("train", "run", "--target", "b", "--out", "other", "--lr", 0.1, *regression, *QUICK)
    assert other.code == 0, other.err
    content = tomllib.loads((in_project / "other/experiment.toml").read_text())
    assert content["dataset"] == "table('../ok.csv', 'b')"
    assert content["optimizer"] == "adam(lr=0.1)"


def test_target_is_refused_where_the_dataset_has_none(glassnet):
    assert "xor has no option 'target'" in glassnet("train", "xor", "--target", "y").err


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("away.csv", "away.csv does not exist; check the path, or name a dataset (blobs, "),
        ("https://a.de/b.csv", "https://a.de/b.csv is an address, and glassnet downloads nothing; save the file"),
        ("okay.csv", "okay.csv does not exist, did you mean 'ok.csv'? (or name a dataset: blobs"),
        ("../away", "../away does not exist; check the path"),
        ("folder", "folder has no folders with images; put the images of each class"),
        ("empty.csv", "empty.csv is empty; give a table with a header"),
        ("empty", "empty is empty; give an experiment file"),
        ("csv(ok.csv, target=buy)", "is written in quotes: 'ok.csv'"),
    ],
)
def test_what_cannot_be_trained_on_is_named_in_one_sentence(glassnet, in_project, what, message):
    (in_project / "folder").mkdir()
    (in_project / "empty.csv").touch()
    (in_project / "empty").touch()
    outcome = glassnet("train", what)
    assert outcome.code == 2
    assert message in outcome.err
    assert outcome.err.startswith("error: ")


# --- the same run from other folders ------------------------------------------------------------------------------


@pytest.fixture
def project(glassnet, in_project):
    """The folder of the table and a run on it."""
    glassnet("train", "ok.csv", "--target", "buy", "--out", "runs/csv-1", *QUICK)
    return in_project


def evaluated(glassnet, run):
    outcome = glassnet("evaluate", run, "--json")
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out)


def test_a_run_finds_its_table_from_any_folder(glassnet, project, here, monkeypatch):
    expected = json.loads((project / "runs/csv-1/summary.json").read_text())["test"]
    for folder in (project, project / "runs", here):
        monkeypatch.chdir(folder)
        assert evaluated(glassnet, project / "runs/csv-1")["test"] == expected
    assert glassnet("train", project / "runs/csv-1", "--out", "again", *QUICK).code == 0
    again = (here / "again/model.safetensors").read_bytes()
    assert again == (project / "runs/csv-1/model.safetensors").read_bytes()
    # More epochs are for a run whose schedule does not depend on their number.
    experiment = (project / "runs/csv-1/experiment.toml").read_text()
    (project / "runs/csv-1/steady.toml").write_text(re.sub(r'schedule = ".*"', 'schedule = "constant"', experiment))
    assert glassnet("train", project / "runs/csv-1/steady.toml", "--out", project / "runs/steady", *QUICK).code == 0
    resumed = glassnet("train", "--resume", project / "runs/steady", "--epochs", 3, "--quiet", "--no-plots")
    assert resumed.code == 0, resumed.err
    assert evaluated(glassnet, "again")["dataset"] == "table('project/ok.csv', 'buy')"


def test_a_run_that_is_moved_with_its_table_finds_it(glassnet, project, here, monkeypatch):
    expected = evaluated(glassnet, "runs/csv-1")["test"]
    monkeypatch.chdir(here)
    project.rename(here / "moved")
    # Another table where the old one was: it is not what the run was trained on.
    project.mkdir()
    (project / "ok.csv").write_text("a,b,buy\n1,2,no\n")
    assert evaluated(glassnet, "moved/runs/csv-1")["test"] == expected


def test_a_run_that_is_moved_alone_finds_the_table_that_stayed(glassnet, project, here, monkeypatch):
    expected = evaluated(glassnet, "runs/csv-1")["test"]
    monkeypatch.chdir(here)
    shutil.move(project / "runs/csv-1", here / "alone")
    assert evaluated(glassnet, "alone")["test"] == expected


def test_a_table_that_moved_into_the_folder_of_its_run_is_found(glassnet, project, here, monkeypatch):
    expected = evaluated(glassnet, "runs/csv-1")["test"]
    (project / "ok.csv").rename(project / "runs/csv-1/ok.csv")
    monkeypatch.chdir(here)
    shutil.move(project / "runs/csv-1", here / "alone")
    assert evaluated(glassnet, "alone")["test"] == expected


def test_a_table_that_is_gone_is_named_by_where_it_was(glassnet, project):
    (project / "ok.csv").unlink()
    assert f"cannot read {project / 'ok.csv'}" in glassnet("evaluate", "runs/csv-1").err.replace(
        "read ok", f"read {project}/ok"
    )


def test_other_datasets_with_paths_are_found_as_well(glassnet, digits, here, monkeypatch):
    shutil.copytree(digits, here / "images")
    assert glassnet("train", "mnist(folder='images')", "--out", "runs/deep", *QUICK).code == 0
    content = tomllib.loads((here / "runs/deep/experiment.toml").read_text())
    assert content["dataset"] == "mnist(folder='../../images')"
    monkeypatch.chdir(here / "runs")
    assert evaluated(glassnet, "deep")["samples"] == 40


def test_paths_of_datasets_within_a_dataset_are_found(here):
    from glassnet_persistence.paths import paths_in, with_paths

    class Joined(gn.DataSource):
        """Two datasets, one after another."""

        first: gn.DataSource = gn.option(kind="dataset", help="the first")
        others: tuple[gn.DataSource, ...] = gn.option((), kind="dataset", many=True, help="the others")

    with gn.registered("dataset", "joined", Joined):
        joined = Joined("csv('a.csv', 'y')", ["csv('b.csv', 'y')", "xor", "mnist"])
        assert paths_in(joined) == [str(here / "a.csv"), str(here / "b.csv")]
        moved = with_paths(joined, lambda path: f"there/{path}")
    assert repr(moved) == "joined(table('there/a.csv', 'y'), others=[table('there/b.csv', 'y'), xor, mnist])"


def test_a_path_in_an_experiment_starts_from_its_folder(glassnet, in_project, here, monkeypatch):
    text = """dataset = "csv('ok.csv', 'buy')"
layers = ["dense(2)", "softmax"]
loss = "cce"
optimizer = "sgd"
"""
    (in_project / "plan.toml").write_text(text)
    (in_project / "plans").mkdir()
    (in_project / "plans/plan.toml").write_text(text)
    assert glassnet("train", "plans/plan.toml", "--out", "current", *QUICK).code == 0
    monkeypatch.chdir(here)
    assert glassnet("train", "project/plan.toml", "--out", "there", *QUICK).code == 0


def test_a_dataset_of_anyone_can_read_files(glassnet, here):
    class Numbers(gn.DataSource):
        """One number a line, to be doubled."""

        file_endings = (".numbers",)
        path: str = gn.option(path=True, help="the file")

        def load(self):
            x = np.loadtxt(self.path, dtype=np.float32)[:, np.newaxis]
            split = gn.Split(x, 2 * x)
            return gn.Dataset(train=split, test=split, task="regression")

    (here / "some.numbers").write_text("1\n2\n3\n")
    how = ["--layers", "dense(1)", "--loss", "mse", "--optimizer", "sgd", "--out", "run"]
    with gn.registered("dataset", "numbers", Numbers):
        assert glassnet("train", "some.numbers", *how, *QUICK).code == 0
        assert "numbers('../some.numbers')" in (here / "run/experiment.toml").read_text()


# --- the step size ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "optimizer"),
    [
        ([], "adam(lr=0.25)"),
        (["--optimizer", "sgd"], "sgd(lr=0.25)"),
        (["--optimizer", "adam(lr=0.9, beta1=0.5)"], "adam(lr=0.25, beta1=0.5)"),
        (["--optimizer", "ema(momentum(nesterov=True))"], "ema(optimizer=momentum(lr=0.25, nesterov=True))"),
        (
            ["--optimizer", "accumulate(ema(sgd), steps=2)"],
            "accumulate(optimizer=ema(optimizer=sgd(lr=0.25)), steps=2)",
        ),
    ],
)
def test_lr_sets_the_step_size_of_the_optimizer(glassnet, here, arguments, optimizer):
    outcome = glassnet("train", "xor", "--lr", 0.25, *arguments, "--out", "run", *QUICK)
    assert outcome.code == 0, outcome.err
    recorded = tomllib.loads((here / "run/experiment.toml").read_text())["optimizer"]
    assert repr(gn.create("optimizer", recorded)) == repr(gn.create("optimizer", optimizer))
    assert gn.create("optimizer", recorded).lr == 0.25


@pytest.mark.parametrize(("lr", "message"), [(-1, "lr must be > 0"), (0, "lr must be > 0"), ("nan", "lr must be > 0")])
def test_a_step_size_out_of_range_is_refused(glassnet, lr, message):
    outcome = glassnet("train", "xor", "--lr", lr)
    assert outcome.code == 2
    assert message in outcome.err


def test_an_optimizer_without_a_step_size_is_named(glassnet):
    class Still(gn.Optimizer):
        lr = 1.0

        def update(self, p, g, state, lr, t):
            pass

    with gn.registered("optimizer", "still", Still):
        outcome = glassnet("train", "xor", "--optimizer", "still", "--lr", 0.1)
    assert outcome.code == 2
    assert "the optimizer still has no option lr; leave --lr out" in outcome.err
