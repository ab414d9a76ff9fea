"""lr_finder: the steps it tries, what it finds on a bowl, and that it leaves everything as it was."""

import numpy as np
import pytest

import glassnet as gn

X = np.random.default_rng(0).normal(size=(64, 4))
Y = X @ np.array([[1.0], [2.0], [-1.0], [0.5]])

found: list = []


class Look(gn.Callback):
    """Collects the step sizes, for the test to read."""

    def on_after_backward(self, run):
        found.append(run.lr)


@pytest.fixture(autouse=True)
def _nothing_found():
    found.clear()


def fit(spec, tmp_path=None, epochs=4, batch_size=8, **options):
    net = gn.Network(["dense(1)"]).build((4,), dtype="float64")
    before = net.vector.copy()
    net.fit(
        X, Y, loss="mse", optimizer="sgd(lr=0.3)", batch_size=batch_size, epochs=epochs, folder=tmp_path,
        callbacks=[spec, Look()], **options,
    )  # fmt: skip
    return net, before


@pytest.mark.parametrize("schedule", [None, "cosine"])
def test_step_sizes_grow_by_one_factor_whatever_the_optimizer_and_schedule_say(schedule):
    fit("lr_finder(lowest=1e-6, highest=1e-3)", schedule=schedule)
    assert len(found) == 32
    np.testing.assert_allclose(found, np.geomspace(1e-6, 1e-3, 32), rtol=1e-10)


def test_the_network_is_left_as_it_was():
    net, before = fit("lr_finder")
    assert net.vector.tobytes() == before.tobytes()


def test_after_the_loss_breaks_out_steps_have_size_zero():
    fit("lr_finder(lowest=1e-4, highest=1e4)", epochs=8)
    over = found.index(0.0)
    assert 10 < over < len(found)
    assert set(found[over:]) == {0.0}


def test_what_it_suggests_on_a_bowl_trains(tmp_path, capsys):
    fit("lr_finder(lowest=1e-4, highest=100.0)", tmp_path, epochs=100, batch_size=64)
    message = capsys.readouterr().err
    suggested = float(message.rpartition("lr=")[2])
    # The bowl's mean curvature is 2: steps well below 1 fall, steps above diverge.
    assert 1e-3 < suggested < 1
    net = gn.Network(["dense(1)"])
    history = net.fit(X, Y, loss="mse", optimizer=f"sgd(lr={suggested})", batch_size=8, epochs=20)
    assert history["loss"][-1] < 0.1 * history["loss"][0]
    assert (tmp_path / "lr_finder.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("lr_finder(lowest=1.0, highest=0.1)", r"lowest must be below highest .got 1\.0 and 0\.1"),
    ],
)
def test_a_range_that_is_none_is_refused(spec, message):
    with pytest.raises(gn.OptionError, match=message):
        fit(spec)


def test_too_few_steps_are_refused():
    with pytest.raises(gn.OptionError, match="2 steps have no curve; give 3 or more"):
        gn.Network(["dense(1)"]).fit(X, Y, loss="mse", optimizer="sgd", batch_size=32, callbacks=["lr_finder"])
