"""A further fit of one network goes on with its random numbers; a fresh network begins them anew."""

import pickle

import numpy as np
import pytest

import glassnet as gn

RNG = np.random.default_rng(0)
X = RNG.normal(size=(22, 4)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)
LAYERS = "dense(6) tanh dropout(0.5) gaussian_noise(0.1) dense(2) softmax"
PLAIN = {"loss": "cce", "optimizer": "sgd(lr=0.1)", "batch_size": 5}


class Draws(gn.Callback):
    """Notes each epoch's order, and what callbacks draw."""

    def on_run_start(self, run):
        run.state_of(self).orders = []
        run.state_of(self).drawn = []

    def on_epoch_start(self, run):
        run.state_of(self).orders.append([])

    def on_batch_end(self, run):
        run.state_of(self).orders[-1] += run.batch[0][:, 0].tolist()
        run.state_of(self).drawn.append(float(run.rng.random()))

    def on_run_end(self, run):
        noted.append((run.state_of(self).orders, run.state_of(self).drawn))


noted = []


def fits(net, each, **options):
    """Fit this number of epochs each; return orders and draws of all of them together."""
    noted.clear()
    for epochs in each:
        net.fit(X, Y, **{**PLAIN, **options}, epochs=epochs, callbacks=[Draws()])
    return [order for orders, _ in noted for order in orders], [number for _, drawn in noted for number in drawn]


@pytest.mark.parametrize("each", [(1, 1, 1, 1, 1), (2, 3), (4, 1)])
@pytest.mark.parametrize("validation", [None, 0.25])
def test_several_fits_are_one_fit_with_plain_sgd(each, validation):
    one, several = gn.Network(LAYERS), gn.Network(LAYERS)
    expected = fits(one, [5], seed=3, validation=validation)
    assert fits(several, each, seed=3, validation=validation) == expected
    assert several.flat_parameters.tobytes() == one.flat_parameters.tobytes()


def test_a_second_fit_has_another_order_and_another_mask():
    net = gn.Network(LAYERS)
    orders, drawn = fits(net, [1, 1, 1])
    assert [sorted(order) for order in orders] == [sorted(X[:, 0].tolist())] * 3
    assert len({tuple(order) for order in orders}) == 3
    assert len(set(drawn)) == 15


@pytest.mark.filterwarnings("ignore:all parameters of the network are frozen")
def test_dropout_hides_other_values_in_a_second_fit():
    """Where nothing is learnt, the outputs of a training step show the mask."""

    class Masks(gn.Layer):
        def forward(self, params, x, ctx):
            if ctx.training:
                masks.append((x != 0).tolist())
            return x, None

        def backward(self, params, cache, dy, grads, ctx):
            return dy

    masks = []
    net = gn.Network(["dropout(0.5)", Masks(), "dense(1, trainable=False)"])
    for _ in range(3):
        net.fit(np.ones((4, 16)), np.zeros(4), loss="mse", optimizer="sgd", batch_size=4)
    assert masks[0] != masks[1] != masks[2] != masks[0]


def test_a_fresh_network_with_the_seed_has_the_bytes_again():
    vectors = set()
    for _ in range(2):
        net = gn.Network(LAYERS)
        net.fit(X, Y, **PLAIN, seed=7)
        vectors.add(net.flat_parameters.tobytes())
        net.build((4,), seed=7)  # begins anew
        net.fit(X, Y, **PLAIN, seed=7)
        vectors.add(net.flat_parameters.tobytes())
    assert len(vectors) == 1


def test_what_is_held_out_is_the_same_in_each_fit():
    net = gn.Network(LAYERS)
    orders, _ = fits(net, [1, 1, 2], validation=0.25, seed=4)
    assert len({frozenset(order) for order in orders}) == 1
    assert len(orders[0]) == 16


def test_other_seeds_have_other_numbers_in_a_second_fit_too():
    orders = []
    for seed in (1, 2):
        net = gn.Network(LAYERS)
        net.fit(X, Y, **PLAIN, seed=0)
        orders += fits(net, [1], seed=seed)[0]
    assert orders[0] != orders[1]


def test_batches_are_asked_for_further_epochs():
    asked = []

    def epoch(number):
        asked.append(number)
        return [(X[:11], Y[:11]), (X[11:], Y[11:])]

    net = gn.Network("dense(2) softmax")
    for epochs in (2, 1, 2):
        net.fit(gn.Batches(epoch, steps_per_epoch=2), loss="cce", optimizer="sgd", epochs=epochs)
    assert asked == [0, 1, 2, 3, 4]


WAYS = {
    "copy": lambda net, path: net.copy(),
    "pickle": lambda net, path: pickle.loads(pickle.dumps(net)),
    "file": lambda net, path: net.save(path) or gn.load(path),
}


@pytest.mark.parametrize("way", WAYS)
def test_how_far_the_numbers_are_used_is_kept(way, tmp_path):
    net = gn.Network(LAYERS)
    net.fit(X, Y, **PLAIN, epochs=2)
    twin = WAYS[way](net, tmp_path / "m.safetensors")
    assert (twin.counts.epochs, twin.counts.steps) == (2, 10)
    assert fits(twin, [1]) == fits(net, [1])
    assert twin.flat_parameters.tobytes() == net.flat_parameters.tobytes()


def test_a_fit_that_was_broken_off_uses_no_numbers_twice():
    class Break(gn.Callback):
        def on_batch_end(self, run):
            if run.step == 7:
                raise KeyboardInterrupt

    net = gn.Network(LAYERS)
    with pytest.raises(KeyboardInterrupt):
        net.fit(X, Y, **PLAIN, epochs=3, callbacks=[Break()])
    assert (net.counts.epochs, net.counts.steps) == (2, 7)
    whole = fits(gn.Network(LAYERS), [4])[0]
    assert fits(net, [1])[0] == [whole[2]]


def test_looking_for_a_step_size_leaves_the_numbers_alone(capsys):
    one, other = gn.Network(LAYERS).build((4,)), gn.Network(LAYERS).build((4,))
    one.fit(X, Y, **PLAIN, epochs=4, callbacks=["lr_finder"])
    assert (one.counts.epochs, one.counts.steps) == (0, 0)
    assert fits(one, [1]) == fits(other, [1])
    assert one.flat_parameters.tobytes() == other.flat_parameters.tobytes()


@pytest.mark.parametrize("stop_after", [1, 4, 5, 8])
def test_a_second_fit_that_is_continued_ends_in_the_same_bytes(stop_after, tmp_path):
    class Break(gn.Callback):
        def on_batch_end(self, run):
            if run.step == stop_after:
                run.save_state()
                raise KeyboardInterrupt

    def second(net, folder, callbacks=(), resume_from=None):
        options = {**PLAIN, "optimizer": "adam(lr=0.05)", "epochs": 2, "validation": 0.2}
        net.fit(X, Y, **options, callbacks=callbacks, folder=folder, resume_from=resume_from)
        net.save(tmp_path / "m.safetensors")
        return (tmp_path / "m.safetensors").read_bytes()

    net = gn.Network(LAYERS)
    net.fit(X, Y, **PLAIN, epochs=3)
    whole = second(net.copy(), tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        second(net.copy(), tmp_path / "broken", [Break()])
    # In a new process the network would be a fresh one: its numbers come from the saved state.
    for continued in (net.copy(), gn.Network(LAYERS)):
        assert second(continued, tmp_path / "again", resume_from=tmp_path / "broken") == whole
        for file in (tmp_path / "again").iterdir():
            file.unlink()
