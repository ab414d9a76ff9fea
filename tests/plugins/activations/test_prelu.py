from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_autodiff.gradient_check import check_layer


def network(shape=(3,), spec="prelu"):
    return gn.Network([spec]).build(shape, dtype="float64")


def gradients(net, x, dy):
    """Return the gradients of the input and of the slopes."""
    with net.workspace(training=True) as ctx:
        ctx.needs_input_grad = True
        _, caches = net.sequence.forward(net.parameter_views, x, ctx)
        net.gradients[:] = np.nan
        dx = net.sequence.backward(net.parameter_views, caches, dy, net.gradient_views, ctx)
        return dx.copy(), net.gradients.copy()


def test_there_is_a_slope_for_each_feature_and_it_starts_at_a_quarter():
    assert {name: slopes.tolist() for name, slopes in network().parameters.items()} == {"0.slopes": [0.25] * 3}
    assert network(spec="prelu(slope=-0.5)").flat_parameters.tolist() == [-0.5] * 3


def test_the_features_are_the_last_axis():
    assert network((5, 7, 2)).parameters["0.slopes"].shape == (2,)


def test_values_worked_out_by_hand():
    net = network()
    net.flat_parameters[:] = [0.5, 0.0, -2.0]

    y = net.predict(np.array([[-4.0, -4.0, -4.0], [4.0, 4.0, 4.0], [0.0, 0.0, 0.0]]))

    np.testing.assert_array_equal(y, [[-2.0, 0.0, 8.0], [4.0, 4.0, 4.0], [0.0, 0.0, 0.0]])


def test_gradients_worked_out_by_hand():
    net = network((2,))
    net.flat_parameters[:] = [0.5, 3.0]
    x, dy = np.array([[-4.0, 1.0], [-1.0, -2.0], [0.0, 5.0]]), np.array([[10.0, 10.0], [1.0, 2.0], [8.0, 7.0]])

    dx, dslopes = gradients(net, x, dy)

    np.testing.assert_array_equal(dx, [[5.0, 10.0], [0.5, 6.0], [4.0, 7.0]])
    # 10 · (-4) + 1 · (-1), and 2 · (-2): positive inputs do not count.
    np.testing.assert_array_equal(dslopes, [-41.0, -4.0])


@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (2, 4, 3), (2, 3, 2, 4)])
@pytest.mark.parametrize("seed", [0, 1])
def test_backward_agrees_with_central_differences(shape, seed):
    x = np.random.default_rng(seed).normal(size=shape)

    errors = check_layer(gn.activations.prelu(), x, seed=seed)

    assert set(errors) == {"slopes", "input"}
    assert max(errors.values()) <= 1e-6


def test_one_instance_for_two_widths_is_refused():
    prelu = gn.activations.prelu()
    with pytest.raises(gn.ShapeError, match=r"layer 3 is layer 1, and 'slopes'.*\(5,\) and \(4,\).*a second instance"):
        gn.Network(["dense(5)", prelu, "dense(4)", prelu, "dense(3)"]).build((6,))


def test_two_instances_have_two_sets_of_slopes_and_correct_gradients():
    net = gn.Network(["dense(5)", "prelu", "dense(4)", "prelu", "dense(3)"]).build((6,), seed=2)
    rng = np.random.default_rng(2)
    net.flat_parameters[:] = rng.normal(size=net.flat_parameters.size)

    errors = gn.check_gradients(net, rng.normal(size=(7, 6)), rng.normal(size=(7, 3)), "mse")

    assert net.parameters["1.slopes"].shape == (5,)
    assert net.parameters["3.slopes"].shape == (4,)
    assert len(errors) == 8
    assert max(errors.values()) <= 1e-6


def test_training_finds_the_slope_of_the_data():
    x = np.linspace(-1, 1, 40)[:, None]
    net = network((1,))

    net.fit(x, np.where(x > 0, x, 0.7 * x), loss="mse", optimizer="adam(lr=0.05)", epochs=200, batch_size=40)

    np.testing.assert_allclose(net.parameters["0.slopes"], [0.7], atol=1e-3)


def test_penalties_on_weights_leave_the_slopes_alone():
    net = network((2,))

    net.fit(np.ones((4, 2)), np.ones((4, 2)), loss="mse", optimizer="sgd(lr=0.1)", regularizer="l2(0.5)", epochs=3)

    # No input is negative, so nothing but a penalty could have moved them.
    assert net.flat_parameters.tolist() == [0.25, 0.25]


def test_a_saved_network_keeps_its_slopes(tmp_path):
    net = gn.Network(["dense(2)", "prelu(slope=0.1)"]).build((3,), seed=0)
    net.parameters["1.slopes"][:] = [0.3, 0.4]
    net.save(tmp_path / "net.safetensors")

    loaded = gn.load(tmp_path / "net.safetensors")

    np.testing.assert_array_equal(loaded.parameters["1.slopes"], np.array([0.3, 0.4], "float32"))
    assert repr(loaded.layers[1]) == "prelu(slope=0.1)"


def test_float32_stays_float32_and_values_up_to_1e4_stay_finite():
    net = gn.Network(["prelu"]).build((3,))
    x = np.array([[1e4, -1e4, 0.0]], "float32")

    y = net.predict(x)

    np.testing.assert_array_equal(y, [[1e4, -2500, 0]])
    assert y.dtype == np.float32
    dx, dslopes = gradients(net, x, np.full_like(x, 1e4))
    assert dx.dtype == dslopes.dtype == np.float32
    np.testing.assert_array_equal(dslopes, [0, -1e8, 0])


def test_he_is_what_suits_the_weights_in_front_of_it():
    net = gn.Network(["dense(400)", "prelu"]).build((100,), seed=0)

    # He's variance is 2 / fan_in; of 40,000 draws it is right to a few percent.
    assert float(net.parameters["0.weights"].var()) == pytest.approx(0.02, rel=0.05)


def test_slopes_that_are_not_trained_stay():
    net = gn.Network(["dense(3)", "prelu(trainable=False)", "prelu", "dense(1)"])
    x = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    net.fit(x, x[:, :1], loss="mse", optimizer="sgd(lr=0.1)", epochs=3, progress=False)
    assert net.parameters["1.slopes"].tolist() == [0.25] * 3
    assert 0.25 not in net.parameters["2.slopes"]
