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
    before = net.flat_parameters.copy()
    net.fit(
        X, Y, loss="mse", optimizer="sgd(lr=0.3)", batch_size=batch_size, epochs=epochs, folder=tmp_path,
        callbacks=[spec, Look()], **options,
    )  # fmt: skip
    return net, before


@pytest.mark.parametrize("schedule", [None, "cosine"])
def test_step_sizes_grow_by_one_factor_in_every_run(schedule):
    fit("lr_finder(lowest=1e-6, highest=1e-3)", schedule=schedule)
    assert len(found) == 32
    np.testing.assert_allclose(found, np.geomspace(1e-6, 1e-3, 32), rtol=1e-10)


def test_the_network_is_left_as_it_was():
    net, before = fit("lr_finder")
    assert net.flat_parameters.tobytes() == before.tobytes()


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


def scripted(losses, options, tmp_path=None):
    """Return what the finder remembers of a run with such losses, one step for each; and the network."""
    remembered = []

    class Scripted(gn.Callback):
        """Takes the place of training: moves the parameters, and says the losses that are given."""

        def train_step(self, run):
            run.network.flat_parameters += 1.0
            return losses[run.step]

    class Remember(gn.Callback):
        @gn.run_hookimpl(trylast=True)
        def on_run_end(self, run):
            remembered.append(run.state_of(finder))

    finder = gn.callbacks.lr_finder(**options)
    net = gn.Network(["dense(1, weight_init=zeros)"]).build((1,), dtype="float64")
    x = np.zeros((len(losses), 1))
    net.fit(
        x,
        x,
        loss="mse",
        optimizer="sgd",
        batch_size=1,
        folder=tmp_path,
        callbacks=[finder, Scripted(), Remember()],
    )
    return remembered[0], net


DECADES = {"lowest": 1e-4, "highest": 1e2, "smoothing": 0.0}


def test_the_steepest_fall_by_hand(tmp_path, capsys):
    # A decade a step. Slopes from neighbour to neighbour: 0, 0, -3, -4, -1, 0, 0 (halved, a decade): the fourth.
    memory, net = scripted([5.0, 5.0, 5.0, 2.0, 1.0, 1.0, 1.0], DECADES, tmp_path / "run")
    assert memory.suggested == pytest.approx(0.1, rel=1e-12)
    assert capsys.readouterr().err.splitlines()[-1].endswith("lr=0.1")
    np.testing.assert_array_equal(net.flat_parameters, 0)
    # The model in the folder is the network as it is left.
    (model,) = (tmp_path / "run").glob("model.*")
    np.testing.assert_array_equal(gn.load(model).flat_parameters, 0)


def test_the_smoothed_loss_by_hand():
    # Halves: 2, 2, 1.5, 1.25, 1.125 and 1.0625 over what the weights sum to. It counts from the second step on, when
    # there are as many as the mean spans.
    memory, _ = scripted([4.0, 2.0, 1.0, 1.0, 1.0, 1.0], {"lowest": 1e-4, "highest": 1e1, "smoothing": 0.5})
    assert memory.losses == pytest.approx([8 / 3, 12 / 7, 4 / 3, 36 / 31, 68 / 63], rel=1e-12)
    assert memory.lrs == pytest.approx([1e-3, 1e-2, 1e-1, 1e0, 1e1], rel=1e-12)


def test_the_first_batches_are_too_few_to_break_out():
    losses = [0.1, 9.0, *[1.0] * 30]
    memory, _ = scripted(losses, {"lowest": 1e-4, "highest": 1e2})
    assert len(memory.losses) == 32 - 9


def test_noise_from_step_to_step_is_not_a_fall():
    # Ten steps a decade. Noise of a half, up and down; from 1e-2 on, the 21st step, it falls by ten in a decade.
    losses = [20.0 + 0.5 * (-1) ** step - min(max(step - 20, 0), 10) for step in range(61)]
    memory, _ = scripted(losses, DECADES)
    # The middle of the only decade in which all of it falls.
    assert memory.suggested == pytest.approx(10**-1.5, rel=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_what_it_suggests_for_small_noisy_batches_is_of_a_sensible_size(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(512, 8))
    finder = gn.callbacks.lr_finder()
    suggested = []

    class Remember(gn.Callback):
        @gn.run_hookimpl(trylast=True)
        def on_run_end(self, run):
            suggested.append(run.state_of(finder).suggested)

    net = gn.Network(["dense(32)", "tanh", "dense(1)"])
    options = {"loss": "mse", "optimizer": "adam", "batch_size": 8, "epochs": 4, "seed": seed}
    net.fit(x, np.sin(x[:, :1]), callbacks=[finder, Remember()], **options)
    assert 1e-4 < suggested[0] < 0.1


@pytest.mark.parametrize("last", [2.1, float("nan"), float("inf")])
def test_the_test_is_over_beyond_four_times_the_least_loss(last):
    losses = [1.0, 0.75, 0.5, 1.9, last, 0.1, 0.1]
    if not np.isfinite(last):
        with pytest.warns(gn.GlassnetWarning, match="lower the learning rate"):
            memory, _ = scripted(losses, DECADES)
    else:
        memory, _ = scripted(losses, DECADES)
    assert memory.losses == pytest.approx(losses[:4], rel=1e-12)


def test_negative_losses_do_not_end_it():
    losses = [-1.0, -1.1, -1.5, -2.0, -1.5]
    memory, _ = scripted(losses, DECADES)
    assert memory.losses == pytest.approx(losses, rel=1e-12)


def test_a_loss_that_falls_nowhere_suggests_nothing(tmp_path, capsys):
    memory, _ = scripted([1.0, 1.1, 1.2, 1.3], DECADES, tmp_path / "run")
    assert memory.suggested is None
    assert "falls nowhere" in capsys.readouterr().err
    assert (tmp_path / "run" / "lr_finder.png").exists()


def test_a_loss_that_breaks_out_at_once_leaves_the_network_as_it_was_too(capsys):
    memory, net = scripted([1.0, 5.0, 5.0, 5.0], DECADES)
    assert memory.suggested is None
    assert "breaks out at once; give lowest below 0.0001" in capsys.readouterr().err
    np.testing.assert_array_equal(net.flat_parameters, 0)


def test_an_exception_leaves_the_network_as_it_was_too():
    class Break(gn.Callback):
        def on_batch_end(self, run):
            if run.step == 2:
                raise KeyboardInterrupt

    net = gn.Network(["dense(1)"]).build((4,), dtype="float64")
    before = net.flat_parameters.copy()
    with pytest.raises(KeyboardInterrupt):
        net.fit(X, Y, loss="mse", optimizer="sgd", batch_size=4, callbacks=["lr_finder", Break()])
    assert net.flat_parameters.tobytes() == before.tobytes()


def test_the_run_stops_after_the_epoch_in_which_the_loss_breaks_out():
    fit("lr_finder(lowest=1e-4, highest=1e4)", epochs=100)
    assert len(found) < 800
    assert len(found) % 8 == 0
    assert found.index(0.0) >= len(found) - 8


@pytest.mark.parametrize("optimizer", ["adam", "ema(adam)"])
def test_running_statistics_and_averaged_parameters_are_left_as_they_were(optimizer):
    net = gn.Network(["dense(3)", "batch_norm", "tanh", "dense(1)"]).build((4,), dtype="float64")
    before = net.flat_parameters.copy()
    net.fit(X, Y, loss="mse", optimizer=optimizer, batch_size=8, epochs=4, callbacks=["lr_finder"])
    assert net.flat_parameters.tobytes() == before.tobytes()
    np.testing.assert_array_equal(net.state["1"]["running_mean"], 0)
    np.testing.assert_array_equal(net.state["1"]["running_variance"], 1)
