from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_autodiff.gradient_check import check_layer


def passed_through(network, x, dy):
    with network.workspace(training=True) as ctx:
        ctx.needs_input_grad = True
        y, caches = network.sequence.forward(network.parameter_views, x, ctx)
        return y.copy(), network.sequence.backward(
            network.parameter_views, caches, dy, network.gradient_views, ctx
        ).copy()


def test_what_its_layers_make_is_added():
    network = gn.Network(["residual([dense(2, bias=False), relu])"]).build((2,), dtype="float64")
    network.parameters["0.0.weights"][:] = [[1, -1], [2, 0]]

    y, dx = passed_through(network, np.array([[3.0, 4.0]]), np.array([[1.0, 10.0]]))

    # relu(3 + 8, -3) = (11, 0)
    np.testing.assert_array_equal(y, [[3 + 11, 4 + 0]])
    # Relu lets only the first gradient through: 1 times (1, 2) comes back through the weights.
    np.testing.assert_array_equal(dx, [[1 + 1, 10 + 2]])


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize(
    ("spec", "shape", "names"),
    [
        ("residual([dense(4), tanh, dense(4)])", (4,), {"0.weights", "0.bias", "2.weights", "2.bias"}),
        ("residual([tanh])", (2, 3), set()),
        ("residual([residual([dense(3), tanh]), dense(3)])", (3,), {"0.0.weights", "0.0.bias", "1.weights", "1.bias"}),
        ("residual([dense(3, bias=False), dropout(0.5)])", (5, 3), {"0.weights"}),
    ],
)
def test_backward_agrees_with_central_differences(spec, shape, names, batch):
    errors = check_layer(gn.create("layer", spec), np.random.default_rng(0).normal(size=(batch, *shape)))

    assert set(errors) == names | {"input"}
    assert max(errors.values()) <= 1e-6


def test_parameters_nest_by_place():
    network = gn.Network(["dense(3)", "tanh", "residual([dense(5), tanh, residual([dense(5)]), dense(3)])"]).build((2,))

    assert list(network.parameters) == [
        "0.weights",
        "0.bias",
        "2.0.weights",
        "2.0.bias",
        "2.2.0.weights",
        "2.2.0.bias",
        "2.3.weights",
        "2.3.bias",
    ]


def test_layers_in_a_residual_are_frozen_singly_or_together():
    network = gn.Network(["residual([dense(2, trainable=False), dense(2)])"]).build((2,))
    frozen = gn.Network(["residual([dense(2), dense(2)], trainable=False)"]).build((2,))

    assert [slice_.parameter.trainable for slice_ in network.layout.slices] == [False, False, True, True]
    assert [slice_.parameter.trainable for slice_ in frozen.layout.slices] == [False] * 4


class Count(gn.Layer):
    """Counts the passes that train it."""

    def state(self, shape):
        return {"passes": np.zeros(1)}

    def forward(self, params, x, ctx):
        if ctx.training:
            ctx.state["passes"] += 1
        return x * ctx.state["passes"].astype(x.dtype), ctx.state["passes"].copy()

    def backward(self, params, cache, dy, grads, ctx):
        return dy * cache


def test_state_nests_by_place_and_is_saved(tmp_path):
    with gn.registered("layer", "count", Count):
        network = gn.Network(["dense(2)", "residual([dense(2), residual([count])])"])
        network.fit(np.ones((4, 2)), np.ones((4, 2)), loss="mse", optimizer="sgd", batch_size=2, progress=False)
        network.save(tmp_path / "model.safetensors")
        loaded = gn.load(tmp_path / "model.safetensors")

        assert network.state["1"]["1"]["0"]["passes"] == 2
        assert loaded.state["1"]["1"]["0"]["passes"] == 2
        np.testing.assert_array_equal(loaded.predict(np.ones((1, 2))), network.predict(np.ones((1, 2))))


def test_a_model_file_brings_it_back(tmp_path):
    network = gn.Network(["residual([dense(3, weight_init=he_normal), relu, residual([dense(3)])])"]).build(
        (3,), seed=3
    )
    network.save(tmp_path / "model.safetensors")

    loaded = gn.load(tmp_path / "model.safetensors")

    x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    assert repr(loaded.layers) == "(residual([dense(3, weight_init=he_normal), relu, residual([dense(3)])]),)"
    np.testing.assert_array_equal(loaded.predict(x), network.predict(x))


def test_one_instance_used_twice_has_one_set_of_parameters():
    layer = gn.create("layer", "residual([dense(3), tanh])")
    network = gn.Network([layer, layer]).build((3,), seed=1)
    rng = np.random.default_rng(1)

    errors = gn.check_gradients(network, rng.normal(size=(5, 3)), rng.normal(size=(5, 3)), "mse")

    assert set(errors) == {"0.0.weights", "0.0.bias"}
    assert max(errors.values()) <= 1e-6


def test_float32_stays_float32_and_the_input_as_it_is():
    network = gn.Network(["residual([tanh])"]).build((2,))
    x, dy = np.array([[1, 2]], "float32"), np.array([[1, 1]], "float32")

    y, dx = passed_through(network, x, dy)

    assert y.dtype == dx.dtype == np.float32
    np.testing.assert_array_equal(x, [[1, 2]])
    np.testing.assert_array_equal(dy, [[1, 1]])


def test_no_input_gradient_is_computed_when_nobody_needs_it():
    network = gn.Network(["residual([dense(2), tanh])"]).build((2,))
    with network.workspace(training=True) as ctx:
        y, caches = network.sequence.forward(network.parameter_views, np.ones((1, 2), "float32"), ctx)

        assert network.sequence.backward(network.parameter_views, caches, y, network.gradient_views, ctx) is None
    assert network.gradients.all()


def test_another_shape_is_refused_and_both_are_named():
    with pytest.raises(gn.ShapeError) as caught:
        gn.Network(["flatten", "residual([dense(5), dense(3)])"]).build((2, 2))
    assert str(caught.value) == (
        "layer 1 'residual([dense(5), dense(3)])': its layers make (3,) of (4,), and only equal shapes can be added; "
        "let the last of its layers give the shape of its input; the layer before it is 'flatten'"
    )


def test_a_layer_inside_that_does_not_fit_is_named():
    with pytest.raises(gn.ShapeError, match=r"layer 0 'residual.*layer 1 'dense\(4\)': expected \(batch, features\)"):
        gn.Network(["residual([reshape([2, 2, 1]), dense(4)])"]).build((4,))


@pytest.mark.parametrize("layers", [[], "dense(3)"])
def test_layers_are_a_list_of_one_or_more(layers):
    with pytest.raises(gn.OptionError, match="residual: layers must"):
        gn.layers.residual(layers)
