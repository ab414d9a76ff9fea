"""Runs of several ranks that are broken off, and go on with as many, or with others."""

import json

import numpy as np
import pytest

import glassnet as gn

X = np.random.default_rng(0).normal(size=(96, 6)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64)


class Break(gn.Callback):
    """Breaks a run off after a step, with its state saved."""

    def on_batch_end(self, run):
        if run.step == 5 and run.folder is not None:  # the others then wait in vain, and end
            run.save_state()
            raise RuntimeError("broken off")


def fit(folder, size, callbacks=(), resume=False, **options):
    net = gn.Network("dense(8) batch_norm relu dropout(0.2) dense(2) softmax").build(6, seed=1)
    given = {"loss": "cce", "optimizer": "adam", "epochs": 3, "metrics": ["accuracy", "auc"], "validation": 0.25,
             "batch_size": 6, "seed": 1, "progress": False, **options}  # fmt: skip
    net.fit(X, Y, folder=folder, resume_from=folder if resume else None, callbacks=["early_stopping", *callbacks],
            distributed=size > 1, **given)  # fmt: skip
    return net


def broken_off(share, folder, size):
    with pytest.raises(RuntimeError, match="broken off"):
        share(size, lambda ranks: fit(folder, size, [Break()]))


def continued(share, folder, size):
    nets = share(size, lambda ranks: fit(folder, size, resume=True))
    assert len({net.flat_parameters.tobytes() for net in nets}) == 1
    assert all(net.history.epochs == nets[0].history.epochs for net in nets)
    return nets[0]


@pytest.mark.parametrize("size", [2, 3])
def test_a_run_goes_on_to_the_bytes_of_the_run_without_a_break(share, tmp_path, size):
    whole = share(size, lambda ranks: fit(tmp_path / "whole", size))[0]
    broken_off(share, tmp_path / "run", size)
    net = continued(share, tmp_path / "run", size)
    assert net.flat_parameters.tobytes() == whole.flat_parameters.tobytes()
    assert net.state["1"]["running_mean"].tobytes() == whole.state["1"]["running_mean"].tobytes()
    assert net.history.epochs == whole.history.epochs


@pytest.mark.parametrize(("before", "after"), [(2, 3), (3, 1), (1, 2)])
def test_a_run_goes_on_with_another_number_of_ranks(share, tmp_path, before, after):
    seen = []
    for name in ("one", "other"):
        broken_off(share, tmp_path / name, before)
        net = continued(share, tmp_path / name, after)
        seen.append(net.flat_parameters.tobytes())
        assert len(net.history.epochs) == 3
        # 72 samples; 5 steps of `before` ranks are done, which are whole steps of `after` and a rest.
        steps_an_epoch = -(-72 // (6 * after))
        epochs_done, batches = divmod(5 * before, 12)
        assert net.counts.steps == 5 + (3 - epochs_done) * steps_an_epoch - batches // after
    assert seen[0] == seen[1]


def test_a_run_is_not_continued_with_another_compression(share, tmp_path):
    broken_off(share, tmp_path / "run", 2)
    with pytest.raises(gn.ResumeError, match="compression"):
        share(2, lambda ranks: gn.Network("dense(8) batch_norm relu dropout(0.2) dense(2) softmax").fit(
            X, Y, loss="cce", optimizer="adam", epochs=3, metrics=["accuracy", "auc"], validation=0.25, batch_size=6,
            seed=1, folder=tmp_path / "run", resume_from=tmp_path / "run", callbacks=["early_stopping"],
            distributed="float16", progress=False))  # fmt: skip


def test_a_run_of_ranks_says_that_one_process_does_not_repeat_it(share, tmp_path):
    x = np.arange(48, dtype=np.float64).reshape(24, 2) / 48

    def fit(epochs, **options):
        net = gn.Network("dense(1)").build((2,), seed=1)
        net.fit(x, x[:, :1], loss="mse", optimizer="adam", batch_size=4, epochs=epochs, progress=False,
                callbacks=["record"], folder=tmp_path / "run", **options)  # fmt: skip

    share(2, lambda ranks: fit(2, distributed=True))
    for repeat in (
        lambda: gn.replay(tmp_path / "run", 3, x, x[:, :1]),
        lambda: gn.verify(tmp_path / "run", x, x[:, :1]),
    ):
        with pytest.raises(gn.OptionError, match="trained by 2 ranks, whose steps one process does not repeat"):
            repeat()
    assert ranks_of(tmp_path / "run") == 2
    fit(3, resume_from=tmp_path / "run")
    assert ranks_of(tmp_path / "run") == [2, 1]
    share(3, lambda ranks: fit(4, resume_from=tmp_path / "run", distributed=True))
    assert ranks_of(tmp_path / "run") == [2, 1, 3]


def ranks_of(run):
    return json.loads((run / "environment.json").read_text())["ranks"]
