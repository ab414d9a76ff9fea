"""``trainable`` and ``lr_scale`` by layer: what stands still, what moves by how much, nested layers too."""

import numpy as np
import pytest

import glassnet as gn

X = np.random.default_rng(0).normal(size=(20, 3))
Y = X[:, :1] * 2


def fit(layers, optimizer="adam(lr=0.1)", **options):
    net = gn.Network(layers).build((3,), dtype="float64")
    before = {name: array.copy() for name, array in net.parameters.items()}
    net.fit(X, Y, loss="mse", optimizer=optimizer, batch_size=5, epochs=2, **options)
    return net, {name: not np.array_equal(array, before[name]) for name, array in net.parameters.items()}


OPTIMIZERS = ["adam", "adamw(weight_decay=0.5)", "muon", "lbfgs", "ema(adam)", "accumulate(sgd, steps=2)"]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_frozen_layer_keeps_its_bytes_and_all_others_move(optimizer):
    _, moved = fit(["dense(4)", "tanh", "dense(4, trainable=False)", "tanh", "dense(1)"], optimizer)
    assert moved == {
        "0.weights": True, "0.bias": True, "2.weights": False, "2.bias": False, "4.weights": True, "4.bias": True
    }  # fmt: skip


def test_gradients_of_a_frozen_layer_do_not_count_when_clipped():
    seen = []

    class Look(gn.Callback):
        @gn.run_hookimpl(trylast=True)
        def on_after_backward(self, run):
            named = run.network.layout.named(run.network.gradients)
            seen.append([np.linalg.norm(np.append(named[f"{n}.weights"], named[f"{n}.bias"])) for n in (0, 2)])

    fit(["dense(4, trainable=False)", "tanh", "dense(1)"], callbacks=["clip_norm(0.01)", Look()])
    assert len(seen) == 8
    # All of the allowed length is the trained layer's.
    np.testing.assert_allclose(seen, [[0.0, 0.01]] * 8, rtol=1e-12)


def test_a_regularizer_does_not_move_a_frozen_layer():
    _, moved = fit(["dense(4, trainable=False, regularizer=l2(0.5))", "tanh", "dense(1)"], "sgd(lr=0.1)")
    assert moved == {"0.weights": False, "0.bias": False, "2.weights": True, "2.bias": True}


def test_freezing_reaches_into_nested_layers():
    _, moved = fit(["residual([dense(3), tanh], trainable=False)", "sequential([dense(2), tanh])", "dense(1)"])
    assert {name for name, has_moved in moved.items() if not has_moved} == {"0.0.weights", "0.0.bias"}
    assert len(moved) == 6


@pytest.mark.parametrize("outer", ["residual", "sequential"])
def test_a_frozen_layer_within_another_stands_still_alone(outer):
    _, moved = fit([f"{outer}([dense(3, trainable=False), tanh, dense(3)])", "dense(1)"])
    assert {name for name, has_moved in moved.items() if not has_moved} == {"0.0.weights", "0.0.bias"}
    assert {name for name, has_moved in moved.items() if has_moved} == {
        "0.2.weights",
        "0.2.bias",
        "1.weights",
        "1.bias",
    }


def test_lr_scale_scales_the_step_of_its_layer_by_hand():
    """One step of gradient descent on x w1 w2 with w1 = w2 = 1, x = 1, target 3: both gradients are 2 (1 - 3) = -4."""
    net = gn.Network(
        ["dense(1, weight_init=ones, bias=False, lr_scale=0.25)", "dense(1, weight_init=ones, bias=False)"]
    )
    net.build((1,), dtype="float64")
    net.fit([[1.0]], [[3.0]], loss="mse", optimizer="sgd(lr=0.1)", batch_size=1)
    np.testing.assert_allclose(net.flat_parameters, [1 + 0.25 * 0.1 * 4, 1 + 0.1 * 4], rtol=1e-12)


def test_lr_scales_multiply_where_layers_nest():
    net = gn.Network(["sequential([dense(1, weight_init=ones, bias=False, lr_scale=0.5)], lr_scale=0.5)"])
    net.build((1,), dtype="float64")
    net.fit([[1.0]], [[3.0]], loss="mse", optimizer="sgd(lr=0.1)", batch_size=1)
    np.testing.assert_allclose(net.flat_parameters, [1 + 0.25 * 0.1 * 4], rtol=1e-12)


def test_lr_scale_within_a_residual_by_hand():
    """y = (x + x w1) w2 with w1 = w2 = 1, x = 1, target 3: the error is -1, so dw1 = -2 w2 and dw2 = -2 (1 + w1)."""
    layers = [
        "residual([dense(1, weight_init=ones, bias=False, lr_scale=0.5)])",
        "dense(1, weight_init=ones, bias=False)",
    ]
    net = gn.Network(layers).build((1,), dtype="float64")
    net.fit([[1.0]], [[3.0]], loss="mse", optimizer="sgd(lr=0.1)", batch_size=1)
    np.testing.assert_allclose(net.flat_parameters, [1 + 0.5 * 0.1 * 2, 1 + 0.1 * 4], rtol=1e-12)


def test_both_are_kept_in_model_files(tmp_path):
    net, _ = fit(["dense(4, trainable=False)", "tanh", "dense(1, lr_scale=0.5)"])
    net.save(tmp_path / "m.safetensors")
    assert repr(gn.load(tmp_path / "m.safetensors")) == repr(net)
