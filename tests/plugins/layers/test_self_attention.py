from __future__ import annotations

import math

import numpy as np
import pytest

import glassnet as gn
from glassnet_autodiff.gradient_check import check_layer

LOG3 = math.log(3)


def built(spec, shape, dtype="float64", seed=0):
    network = gn.Network([spec] if isinstance(spec, str) else spec).build(shape, dtype=dtype)
    network.flat_parameters[:] = np.random.default_rng(seed).normal(0, 0.5, network.flat_parameters.size)
    return network


def samples(batch, time, features=4, seed=0):
    return np.random.default_rng(seed).normal(size=(batch, time, features))


def gradients(network, x, dy):
    with network.workspace(training=True) as ctx:
        ctx.needs_input_grad = True
        network.gradients[:] = np.nan
        y, caches = network.sequence.forward(network.parameter_views, x, ctx)
        y = y.copy()
        dx = network.sequence.backward(network.parameter_views, caches, dy, network.gradient_views, ctx).copy()
    return y, dx, network.layout.named(network.gradients.copy())


def one_feature(spec):
    """Query x, key x / log 3, value 2 x, output 10 times the mean plus 1."""
    network = gn.Network([spec]).build((2, 1), dtype="float64")
    network.parameters["0.weights"][:] = [[1, 1 / LOG3, 2]]
    network.parameters["0.output_weights"][:] = 10
    network.parameters["0.output_bias"][:] = 1
    return network


def test_two_steps_worked_out_by_hand():
    y = one_feature("self_attention").predict([[[0.0], [LOG3]]])

    # The first query is 0 and matches both keys equally; the second one, log 3, matches keys 0 and 1 by exp(0) = 1
    # and exp(log 3) = 3: weights 1/4 and 3/4. The values are 0 and 2 log 3.
    np.testing.assert_allclose(y, [[[1 + 10 * LOG3], [1 + 10 * 0.75 * 2 * LOG3]]], rtol=1e-14)


def test_a_causal_step_sees_itself_and_what_was_before():
    y = one_feature("self_attention(causal=True)").predict([[[0.0], [LOG3]]])

    np.testing.assert_allclose(y, [[[1], [1 + 10 * 0.75 * 2 * LOG3]]], rtol=1e-14)


def test_scores_are_divided_by_the_root_of_the_features_of_a_head():
    network = gn.Network(["self_attention(2)"]).build((2, 8), dtype="float64")
    # Queries and keys are 1 in every feature of step 1 and 0 in step 0: a score of 4 / sqrt(4) in each head.
    network.parameters["0.weights"][:] = np.hstack([np.eye(8)] * 3)
    network.parameters["0.output_weights"][:] = np.eye(8)
    x = np.zeros((1, 2, 8))
    x[0, 1] = 1

    weight = math.exp(2) / (1 + math.exp(2))
    np.testing.assert_allclose(network.predict(x)[0], [[0.5] * 8, [weight] * 8], rtol=1e-14)


def test_each_head_attends_by_its_own_features():
    network = gn.Network(["self_attention(2)"]).build((2, 2), dtype="float64")
    network.parameters["0.weights"][:] = np.hstack([np.eye(2)] * 3)
    network.parameters["0.output_weights"][:] = np.eye(2)

    y = network.predict([[[1.0, 0.0], [0.0, 1.0]]])

    # A head of one feature: where the feature is 1, keys 1 and 0 get e : 1; where it is 0, both get one half.
    e = math.e / (1 + math.e)
    np.testing.assert_allclose(y, [[[e, 0.5], [0.5, e]]], rtol=1e-14)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(
    ("batch", "time", "features", "heads"), [(1, 1, 1, 1), (1, 5, 4, 2), (3, 1, 4, 4), (2, 4, 6, 3), (4, 3, 2, 1)]
)
def test_backward_agrees_with_central_differences(batch, time, features, heads, causal, bias):
    layer = gn.layers.self_attention(heads, causal=causal, bias=bias)

    errors = check_layer(layer, samples(batch, time, features), seed=1)

    assert len(errors) == (5 if bias else 3)
    assert max(errors.values()) <= 1e-6


def test_a_causal_output_depends_on_no_later_input():
    network, x = built("self_attention(2, causal=True)", (6, 4)), samples(2, 6)
    before = network.predict(x)
    x[:, 3:] += 1
    after = network.predict(x)

    np.testing.assert_array_equal(after[:, :3], before[:, :3])
    assert (after[:, 3:] != before[:, 3:]).all()


def test_without_causal_the_order_of_steps_does_not_matter():
    network, x = built("self_attention(2)", (6, 4)), samples(2, 6)

    np.testing.assert_allclose(network.predict(x[:, ::-1]), network.predict(x)[:, ::-1], rtol=1e-12, atol=1e-14)


def test_large_inputs_give_finite_outputs_and_gradients():
    network = built("self_attention(2, causal=True)", (5, 4), "float32")
    for size in (0, 1e4, -1e4):
        y, dx, named = gradients(network, samples(2, 5).astype("float32") * size, np.ones((2, 5, 4), "float32"))

        assert all(np.isfinite(each).all() for each in (y, dx, *named.values()))


def test_float32_stays_float32():
    spec, x, dy = "self_attention(2, mask=True)", samples(2, 5), samples(2, 5, seed=1)

    y, dx, _ = gradients(built(spec, (5, 4), "float32"), x.astype("float32"), dy.astype("float32"))
    precise = gradients(built(spec, (5, 4)), x, dy)

    assert y.dtype == dx.dtype == np.float32
    np.testing.assert_allclose(y, precise[0], atol=1e-5)
    np.testing.assert_allclose(dx, precise[1], atol=1e-5)


def test_inputs_and_parameters_stay_as_they_are():
    network, x, dy = built("self_attention(2, causal=True, mask=True)", (5, 4)), samples(2, 5), np.ones((2, 5, 4))
    x[0, 3:] = 0
    before = network.flat_parameters.copy(), x.copy()

    gradients(network, x, dy)

    np.testing.assert_array_equal(network.flat_parameters, before[0])
    np.testing.assert_array_equal(x, before[1])
    assert (dy == 1).all()


def test_one_instance_used_twice_has_the_sum_of_its_gradients():
    layer = gn.layers.self_attention(2)
    network = gn.Network([layer, "tanh", layer]).build((3, 4), seed=1)

    errors = gn.check_gradients(network, samples(2, 3), samples(2, 3, seed=1), "mse")

    assert len(errors) == 4
    assert max(errors.values()) <= 1e-6


# --- padding -----------------------------------------------------------------------------------------------------

PLACES = {"behind": [0, 1, 2], "in front": [3, 4, 5], "between": [0, 2, 5], "none": [0, 1, 2, 3, 4, 5]}


def padded(x, real, time=6):
    longer = np.zeros((len(x), time, x.shape[2]))
    longer[:, real] = x
    return longer


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("place", PLACES)
def test_padding_is_not_looked_at_and_gets_no_gradient(place, causal):
    real, x = PLACES[place], samples(2, len(PLACES[place]))
    dy = samples(2, 6, seed=1)

    y, dx, named = gradients(built(f"self_attention(2, causal={causal}, mask=True)", (6, 4)), padded(x, real), dy)
    shorter = gradients(built(f"self_attention(2, causal={causal})", (len(real), 4)), x, dy[:, real])

    np.testing.assert_allclose(y, padded(shorter[0], real), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(dx, padded(shorter[1], real), rtol=1e-9, atol=1e-12)
    for parameter, gradient in shorter[2].items():
        np.testing.assert_allclose(named[parameter], gradient, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("causal", [False, True])
def test_nothing_but_padding_gives_zeros_and_no_gradient(causal):
    network = built(f"self_attention(2, causal={causal}, mask=True)", (6, 4))

    y, dx, named = gradients(network, np.zeros((1, 6, 4)), np.ones((1, 6, 4)))

    assert not y.any()
    assert not dx.any()
    assert not any(gradient.any() for gradient in named.values())


def test_without_mask_zeros_are_looked_at():
    x = padded(samples(2, 3), [0, 1, 2])

    unmasked, masked = (built(f"self_attention(2{mask})", (6, 4)).predict(x) for mask in ("", ", mask=True"))
    assert (unmasked[:, :3] != masked[:, :3]).all()


def test_a_second_layer_knows_the_padding_again():
    x, real = samples(2, 3), [0, 2, 5]
    specs = ["self_attention(2, mask=True)", "self_attention(1, mask=True)"]

    np.testing.assert_allclose(
        built(specs, (6, 4)).predict(padded(x, real))[:, real], built(specs, (3, 4)).predict(x), rtol=1e-9
    )


def test_gradients_behind_padding_agree_with_central_differences():
    network = gn.Network(
        ["embedding(6, 4, padding=0, weight_init=normal)", "self_attention(2, causal=True, mask=True)"]
    ).build((5,), seed=2)
    indices = np.array([[3, 1, 5, 0, 0], [0, 2, 0, 4, 1], [0, 0, 0, 0, 0], [1, 2, 3, 4, 5]])

    errors = gn.check_gradients(network, indices, np.random.default_rng(2).normal(size=(4, 5, 4)), "mse")

    assert max(errors.values()) <= 1e-6


# --- what is declared ---------------------------------------------------------------------------------------------


def test_shapes_and_names_of_parameters():
    described = gn.layers.self_attention(2).parameters((5, 4))

    assert {name: parameter.shape for name, parameter in described.items()} == {
        "weights": (4, 12),
        "output_weights": (4, 4),
        "bias": (12,),
        "output_bias": (4,),
    }
    assert described["bias"].is_bias
    assert described["output_bias"].is_bias
    assert set(gn.layers.self_attention(2, bias=False).parameters((5, 4))) == {"weights", "output_weights"}


def test_a_number_of_heads_that_does_not_divide_the_features_is_refused():
    with pytest.raises(gn.ShapeError, match="expected a number of features that 3 heads can share equally, got 4"):
        gn.layers.self_attention(3).output_shape((5, 4))


def test_what_is_no_sequence_is_refused():
    with pytest.raises(gn.ShapeError, match=r"expected \(batch, time, features\), got \(batch, 4\)"):
        gn.layers.self_attention().output_shape((4,))


@pytest.mark.parametrize("heads", [0, -1, 1.5])
def test_heads_must_be_a_positive_whole_number(heads):
    with pytest.raises(gn.OptionError, match="self_attention: heads must be"):
        gn.layers.self_attention(heads)
