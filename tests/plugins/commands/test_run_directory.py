"""The folder of a run, from its name to its contents."""

from pathlib import Path

import pytest

import glassnet as gn
from glassnet_commands.run_directory import claimed_folder, run_name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("sales/my houses [2024].csv.gz", "my-houses-2024"),
        ("data.v2.parquet", "data.v2"),
        ("häuser.CSV", "häuser"),
        ("-.csv", "table"),
        ("no_ending", "no_ending"),
    ],
)
def test_the_runs_of_a_table_have_the_name_of_its_file(path, name):
    assert run_name(gn.datasets.table(path, "y")) == name


def test_the_runs_of_a_folder_have_its_name(here):
    assert run_name(gn.datasets.images("my/pets/")) == "pets"
    assert run_name(gn.datasets.images(".")) == here.name
    assert run_name(gn.datasets.mnist()) == "mnist"


def test_a_folder_that_something_was_put_into_stays(here):
    with claimed_folder(None, "xor") as folder:
        assert folder.path == Path("runs/xor-1")
        (folder.path / "model.safetensors").touch()
    assert (here / "runs/xor-1/model.safetensors").exists()


@pytest.mark.parametrize("wanted", [None, Path("new"), Path("deep/in/new/folders")])
def test_a_folder_that_stays_empty_is_taken_away_with_those_above_it(here, wanted):
    with pytest.raises(ZeroDivisionError), claimed_folder(wanted, "xor") as folder:
        raise ZeroDivisionError(folder.path.is_dir())
    assert list(here.iterdir()) == []


def test_a_folder_is_there_while_it_is_claimed(here):
    with claimed_folder(Path("deep/in/new/folders"), "xor") as folder:
        assert folder.path.is_dir()


def test_what_was_there_before_is_left_there(here):
    (here / "mine").mkdir()
    with pytest.raises(ZeroDivisionError), claimed_folder(Path("mine/new"), "xor"):
        raise ZeroDivisionError
    with pytest.raises(ZeroDivisionError), claimed_folder(Path("mine"), "xor"):
        raise ZeroDivisionError
    assert [each.name for each in here.iterdir()] == ["mine"]
    assert list((here / "mine").iterdir()) == []


def test_two_runs_that_start_at_the_same_time_get_two_folders(here):
    with claimed_folder(None, "xor") as first, claimed_folder(None, "xor") as second:
        assert first.path != second.path


def test_a_number_that_another_run_takes_at_this_moment_is_passed_over(here, monkeypatch):
    (here / "runs/xor-1").mkdir(parents=True)
    # The listing was made before the other run made its folder.
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))
    with claimed_folder(None, "xor") as folder:
        assert folder.path == Path("runs/xor-2")


@pytest.mark.parametrize("file", ["experiment.toml", "model.safetensors", "history.csv", "summary.json"])
def test_a_folder_with_any_file_of_a_run_is_refused(here, file):
    (here / "mine").mkdir()
    (here / "mine" / file).write_text("precious")
    with pytest.raises(gn.FileError, match="mine already holds a run"), claimed_folder(Path("mine"), "xor"):
        pytest.fail("the folder was given away")
    assert (here / "mine" / file).read_text() == "precious"


def test_a_folder_that_is_claimed_is_refused(here):
    refused = pytest.raises(gn.FileError, match="mine is in use")
    with claimed_folder(Path("mine"), "xor"), refused, claimed_folder(Path("mine"), "xor"):
        pytest.fail("the folder was given away")


def test_what_holds_no_run_is_claimed_again_after_the_block(here):
    for _ in range(2):
        with claimed_folder(Path("mine"), "xor"):
            assert (here / "mine").is_dir()
