"""Folds side by side, broken off and continued: always to the bytes of folds that one process trains in order."""

import pytest

from glassnet_commands import fold_task

WORDS = ("train", "t.csv", "--target", "kind", "--folds", 4, "--epochs", 2, "--quiet", "--no-plots")


@pytest.fixture
def table(here):
    rows = [f"{row % 17},{row % 5},{'no' if (row % 17) * (row % 5) > 20 else 'yes'}" for row in range(120)]
    (here / "t.csv").write_text("\n".join(["a,b,kind", *rows]) + "\n")


def files(folder):
    return [(folder / name).read_bytes() for name in ("folds.json", "out_of_fold.csv", "model.safetensors")]


@pytest.mark.parametrize(
    "backend",
    ["threading", pytest.param("loky", marks=pytest.mark.slow), pytest.param("dask", marks=pytest.mark.slow)],
)
def test_several_jobs_give_the_bytes_of_one(glassnet, here, table, backend):
    assert glassnet(*WORDS, "--out", "one").code == 0
    outcome = glassnet(*WORDS, "--out", "several", "--jobs", 2, "--backend", backend)
    assert outcome.code == 0, outcome.err
    assert files(here / "several") == files(here / "one")
    assert not (here / "several/folds").exists()


def test_folds_that_are_broken_off_are_continued(glassnet, here, table, monkeypatch):
    assert glassnet(*WORDS, "--out", "whole").code == 0
    trained = fold_task.FoldTask._trained
    done = []

    def until_third(self, number):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(number)
        return trained(self, number)

    with monkeypatch.context() as patch:
        patch.setattr(fold_task.FoldTask, "_trained", until_third)
        outcome = glassnet(*WORDS, "--out", "broken")
    assert outcome.code == 130
    assert "continue with glassnet train --resume broken --folds 4" in outcome.err
    monkeypatch.setattr(
        fold_task.FoldTask, "_trained", lambda self, number: done.append(number) or trained(self, number)
    )
    assert glassnet("train", "--resume", "broken", "--folds", 4, "--quiet", "--no-plots").code == 0
    assert done == [0, 1, 2, 3]
    assert files(here / "broken") == files(here / "whole")


def test_folds_of_another_table_are_not_taken(glassnet, here, table, monkeypatch):
    trained = fold_task.FoldTask._trained

    def one(self, number):
        if number:
            raise KeyboardInterrupt
        return trained(self, number)

    with monkeypatch.context() as patch:
        patch.setattr(fold_task.FoldTask, "_trained", one)
        assert glassnet(*WORDS, "--out", "run").code == 130
    text = (here / "t.csv").read_text()
    (here / "t.csv").write_text(text + "3,3,yes\n")
    assert glassnet(*WORDS, "--out", "whole").code == 0
    assert glassnet("train", "--resume", "run", "--folds", 4, "--quiet", "--no-plots").code == 0
    assert files(here / "run") == files(here / "whole")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--jobs", 2), "--jobs and --backend are for the folds of a cross-validation; give --folds N too"),
        (("--folds", 3, "--backend", "dusk"), "there is no backend 'dusk', did you mean 'dask'?"),
        (("--folds", 3, "--jobs", 0), "0 is not in the range x>=1"),
        (("--folds", 3, "--backend", "loky:host"), "runs on this machine, so it has no address"),
    ],
)
def test_a_mistake_leaves_no_folder(glassnet, here, table, words, told):
    outcome = glassnet("train", "t.csv", "--target", "kind", "--out", "run", *words)
    assert outcome.code == 2
    assert told in outcome.err
    assert not (here / "run").exists()
