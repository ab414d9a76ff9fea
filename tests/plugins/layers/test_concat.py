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


def test_outputs_stand_side_by_side_and_gradients_are_added_up():
    network = gn.Network(["concat([linear, dense(1, bias=False), relu])"]).build((2,), dtype="float64")
    network.parameters["0.1.weights"][:] = [[2], [3]]

    y, dx = passed_through(network, np.array([[-1.0, 4.0]]), np.array([[1.0, 2.0, 10.0, 100.0, 200.0]]))

    np.testing.assert_array_equal(y, [[-1, 4, -2 + 12, 0, 4]])
    np.testing.assert_array_equal(dx, [[1 + 10 * 2 + 0, 2 + 10 * 3 + 200]])


def test_features_are_joined_at_each_time_step():
    network = gn.Network(["concat([linear, linear])"]).build((2, 2))

    np.testing.assert_array_equal(
        network.predict([[[1, 2], [3, 4]]]), np.array([[[1, 2, 1, 2], [3, 4, 3, 4]]], "float32")
    )


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize(
    ("spec", "shape", "names"),
    [
        ("concat([dense(2), dense(3, bias=False)])", (4,), {"0.weights", "0.bias", "1.weights"}),
        ("concat([tanh])", (2, 3), set()),
        ("concat([sequential([dense(2), tanh]), linear])", (4,), {"0.0.weights", "0.0.bias"}),
        (
            "concat([concat([dense(1)]), residual([dense(3)])])",
            (3,),
            {"0.0.weights", "0.0.bias", "1.0.weights", "1.0.bias"},
        ),
        ("concat([dropout(0.5), gaussian_noise(0.1), dense(2, bias=False)])", (5, 3), {"2.weights"}),
    ],
)
def test_backward_agrees_with_central_differences(spec, shape, names, batch):
    errors = check_layer(gn.create("layer", spec), np.random.default_rng(0).normal(size=(batch, *shape)))

    assert set(errors) == names | {"input"}
    assert max(errors.values()) <= 1e-6


def test_branches_draw_random_numbers_of_their_own():
    network = gn.Network(["concat([dropout(0.5), dropout(0.5)])"]).build((1000,))

    y, _ = passed_through(network, np.ones((1, 1000), "float32"), np.ones((1, 2000), "float32"))

    assert 300 < (y[0, :1000] != y[0, 1000:]).sum() < 700


def test_parameters_nest_by_place():
    network = gn.Network(["tanh", "concat([dense(1), linear, sequential([dense(2), tanh, dense(3)])])"]).build((2,))

    assert {name: array.shape for name, array in network.parameters.items()} == {
        "1.0.weights": (2, 1),
        "1.0.bias": (1,),
        "1.2.0.weights": (2, 2),
        "1.2.0.bias": (2,),
        "1.2.2.weights": (2, 3),
        "1.2.2.bias": (3,),
    }
    assert network.output_shape == (6,)


def test_what_trains_in_a_branch_can_be_told():
    network = gn.Network(["concat([dense(2, trainable=False), dense(2, lr_scale=0.5)], lr_scale=0.5)"]).build((2,))

    told = [(slice_.name, slice_.parameter.trainable, slice_.parameter.lr_scale) for slice_ in network.layout.slices]
    assert told == [
        ("0.0.weights", False, 0.5),
        ("0.0.bias", False, 0.5),
        ("0.1.weights", True, 0.25),
        ("0.1.bias", True, 0.25),
    ]


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
        network = gn.Network(["concat([linear, count, sequential([dense(2), count])])"])
        network.fit(np.ones((4, 2)), np.ones((4, 6)), loss="mse", optimizer="sgd", batch_size=2, progress=False)
        network.save(tmp_path / "model.safetensors")
        loaded = gn.load(tmp_path / "model.safetensors")

        assert network.state["0"]["1"]["passes"] == network.state["0"]["2"]["1"]["passes"] == 2
        assert loaded.state["0"]["2"]["1"]["passes"] == 2
        np.testing.assert_array_equal(loaded.predict(np.ones((1, 2))), network.predict(np.ones((1, 2))))


def test_a_model_file_brings_it_back(tmp_path):
    network = gn.Network(["concat([dense(3), sequential([dense(3, weight_init=he_normal), relu])])"]).build(
        (3,), seed=3
    )
    network.save(tmp_path / "model.safetensors")

    loaded = gn.load(tmp_path / "model.safetensors")

    x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    assert repr(loaded.layers) == "(concat([dense(3), sequential([dense(3, weight_init=he_normal), relu])]),)"
    np.testing.assert_array_equal(loaded.predict(x), network.predict(x))


def test_one_instance_in_two_branches_has_one_set_of_parameters():
    dense = gn.layers.dense(2)
    network = gn.Network([gn.layers.concat([dense, dense]), "tanh", "dense(1)"]).build((3,), seed=1)
    rng = np.random.default_rng(1)

    errors = gn.check_gradients(network, rng.normal(size=(5, 3)), rng.normal(size=(5, 1)), "mse")

    assert set(errors) == {"0.0.weights", "0.0.bias", "2.weights", "2.bias"}
    assert max(errors.values()) <= 1e-6


def test_embeddings_side_by_side_read_the_same_indices():
    network = gn.Network(["concat([embedding(300, 2), sequential([embedding(300, 3), tanh])])"]).build((2,))

    y = network.predict([[299, 0]])

    wide, narrow = network.parameters["0.1.0.weights"], network.parameters["0.0.weights"]
    np.testing.assert_array_equal(y[0, :, :2], narrow[[299, 0]])
    np.testing.assert_allclose(y[0, :, 2:], np.tanh(wide[[299, 0]]), rtol=1e-6)
    # Bytes would be read as 0..1 by anything but an embedding.
    np.testing.assert_array_equal(network.predict(np.array([[7, 0]], "uint8")), network.predict([[7, 0]]))


def test_float32_stays_float32_and_the_input_as_it_is():
    network = gn.Network(["concat([tanh, dense(2)])"]).build((2,))
    x, dy = np.array([[1, 2]], "float32"), np.ones((1, 4), "float32")

    y, dx = passed_through(network, x, dy)

    assert y.dtype == dx.dtype == np.float32
    np.testing.assert_array_equal(x, [[1, 2]])
    np.testing.assert_array_equal(dy, np.ones((1, 4)))


def test_no_input_gradient_is_computed_when_nobody_needs_it():
    network = gn.Network(["concat([dense(2), sequential([dense(2)])])"]).build((2,))
    with network.workspace(training=True) as ctx:
        y, caches = network.sequence.forward(network.parameter_views, np.ones((1, 2), "float32"), ctx)

        assert network.sequence.backward(network.parameter_views, caches, y + 1, network.gradient_views, ctx) is None
    assert network.gradients.all()


def test_outputs_that_cannot_be_joined_are_refused():
    with pytest.raises(gn.ShapeError) as caught:
        gn.Network(["concat([linear, reshape([3, 4])])"]).build((2, 6))
    assert str(caught.value) == (
        "layer 0 'concat([linear, reshape([3, 4])])': its layers give (2, 6), (3, 4), and can be joined where all "
        "lengths but the last are equal; change the layers, for example by padding='same' or flatten; it is the first"
    )


def test_the_branch_that_does_not_take_the_input_is_named():
    with pytest.raises(
        gn.ShapeError, match=r"branch 1 'lstm\(2\)': expected \(batch, time, features\), got \(batch, 3\)"
    ):
        gn.Network(["concat([dense(2), lstm(2)])"]).build((3,))


@pytest.mark.parametrize("layers", [[], "dense(3)"])
def test_layers_are_a_list_of_one_or_more(layers):
    with pytest.raises(gn.OptionError, match="concat: layers must"):
        gn.layers.concat(layers)
