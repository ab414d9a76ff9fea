"""What holds for lstm and gru alike: shapes, sequences, padding, precision, contexts."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_autodiff.gradient_check import check_layer

BLOCKS = {"lstm": 4, "gru": 3}
both = pytest.mark.parametrize("name", ["lstm", "gru"])


def built(spec, shape, dtype="float64", seed=0):
    """A network of one layer, with all parameters random: zero biases would hide themselves."""
    network = gn.Network([spec] if isinstance(spec, str) else spec).build(shape, dtype=dtype)
    network.flat_parameters[:] = np.random.default_rng(seed).normal(0, 0.5, network.flat_parameters.size)
    return network


def samples(batch, time, features=3, seed=0):
    return np.random.default_rng(seed).normal(size=(batch, time, features))


def gradients(network, x, dy):
    """The output, the gradient of the input and those of the parameters by name."""
    with network.workspace(training=True) as ctx:
        ctx.needs_input_grad = True
        network.gradients[:] = np.nan
        y, caches = network.sequence.forward(network.parameter_views, x, ctx)
        y = y.copy()
        dx = network.sequence.backward(network.parameter_views, caches, dy, network.gradient_views, ctx).copy()
    return y, dx, network.layout.named(network.gradients.copy())


# --- without padding ---------------------------------------------------------------------------------------------


@both
def test_shapes_of_output_and_parameters(name):
    layer = gn.create("layer", f"{name}(8)")
    described = layer.parameters((5, 3))

    assert layer.output_shape((5, 3)) == (8,)
    assert gn.create("layer", f"{name}(8, return_sequences=True)").output_shape((5, 3)) == (5, 8)
    assert described["weights"].shape == (3, BLOCKS[name] * 8)
    assert described["recurrent_weights"].shape == (8, BLOCKS[name] * 8)
    assert described["bias"].shape == (BLOCKS[name] * 8,)
    assert described["bias"].is_bias
    assert not described["recurrent_weights"].is_bias


@both
@pytest.mark.parametrize("return_sequences", [False, True])
@pytest.mark.parametrize(
    ("batch", "time", "features", "units"), [(1, 1, 1, 1), (1, 4, 3, 2), (3, 1, 2, 4), (4, 6, 3, 5), (2, 5, 1, 3)]
)
def test_backward_agrees_with_central_differences(name, batch, time, features, units, return_sequences):
    layer = gn.create("layer", f"{name}({units}, return_sequences={return_sequences})")

    errors = check_layer(layer, samples(batch, time, features), seed=1)

    assert {"weights", "recurrent_weights", "bias", "input"} <= set(errors)
    assert max(errors.values()) <= 1e-6


@both
def test_the_last_output_is_the_last_of_the_sequence(name):
    x = samples(4, 6)
    last = built(f"{name}(5)", (6, 3)).predict(x)
    each = built(f"{name}(5, return_sequences=True)", (6, 3)).predict(x)

    assert each.shape == (4, 6, 5)
    np.testing.assert_array_equal(last, each[:, -1])


@both
def test_an_output_depends_on_no_later_input(name):
    network, x = built(f"{name}(5, return_sequences=True)", (6, 3)), samples(2, 6)
    before = network.predict(x)
    x[:, 3:] += 1
    after = network.predict(x)

    np.testing.assert_array_equal(after[:, :3], before[:, :3])
    assert (after[:, 3:] != before[:, 3:]).all()


@both
def test_samples_of_a_batch_do_not_touch_each_other(name):
    network, x = built(f"{name}(5)", (6, 3)), samples(4, 6)

    one_by_one = np.concatenate([network.predict(x[i : i + 1]) for i in range(4)])

    # The products of one column and of four may round differently.
    np.testing.assert_allclose(network.predict(x), one_by_one, rtol=1e-12, atol=1e-14)


@both
def test_a_repeated_pass_starts_from_nothing(name):
    network, x = built(f"{name}(5, return_sequences=True)", (6, 3)), samples(4, 6)
    first = network.predict(x)

    np.testing.assert_array_equal(network.predict(x), first)


@both
def test_batches_and_lengths_may_change_from_pass_to_pass(name):
    layer = gn.create("layer", f"{name}(4, return_sequences=True)")
    network = built([layer], (5, 3))
    with network.workspace(training=True) as ctx:
        ctx.needs_input_grad = True
        for batch, time in [(4, 5), (1, 7), (6, 2), (4, 5)]:
            x = samples(batch, time, seed=batch)
            y, caches = network.sequence.forward(network.parameter_views, x, ctx)
            dx = network.sequence.backward(
                network.parameter_views, caches, np.ones_like(y), network.gradient_views, ctx
            )
            fresh = gradients(built([layer], (time, 3)), x, np.ones((batch, time, 4)))

            np.testing.assert_array_equal(dx, fresh[1])
            for parameter, gradient in fresh[2].items():
                np.testing.assert_array_equal(network.layout.named(network.gradients)[parameter], gradient)


@both
def test_one_instance_used_three_times_has_the_sum_of_its_gradients(name):
    layer = gn.create("layer", f"{name}(3, return_sequences=True)")
    network = gn.Network([layer, "tanh", layer, layer]).build((4, 3), seed=1)
    rng = np.random.default_rng(1)

    errors = gn.check_gradients(network, rng.normal(size=(2, 4, 3)), rng.normal(size=(2, 4, 3)), "mse")

    assert len(errors) == len(layer.parameters((4, 3)))
    assert max(errors.values()) <= 1e-6


@both
@pytest.mark.parametrize("computed_by", ["accelerators"], indirect=True)
def test_no_input_gradient_is_computed_when_nobody_needs_it(name):
    network, x = built(f"{name}(4)", (5, 3)), samples(2, 5)
    _, _, wanted = gradients(network, x, np.ones((2, 4)))
    with network.workspace(training=True) as ctx:
        y, caches = network.sequence.forward(network.parameter_views, x, ctx)

        assert (
            network.sequence.backward(network.parameter_views, caches, np.ones_like(y), network.gradient_views, ctx)
            is None
        )
    np.testing.assert_array_equal(network.layout.named(network.gradients)["0.weights"], wanted["0.weights"])


@both
@pytest.mark.parametrize("return_sequences", [False, True])
def test_float32_stays_float32(name, return_sequences):
    spec = f"{name}(4, mask=True, return_sequences={return_sequences})"
    network = built(spec, (5, 3), dtype="float32")
    x = samples(2, 5).astype("float32")
    dy = np.ones((2, 5, 4) if return_sequences else (2, 4), "float32")

    y, dx, _ = gradients(network, x, dy)
    precise = gradients(built(spec, (5, 3)), x.astype("float64"), dy.astype("float64"))

    assert y.dtype == dx.dtype == np.float32
    np.testing.assert_allclose(y, precise[0], atol=1e-6)
    np.testing.assert_allclose(dx, precise[1], atol=1e-6)


@both
def test_inputs_and_parameters_stay_as_they_are(name):
    network, x = built(f"{name}(4, mask=True, return_sequences=True)", (5, 3)), samples(2, 5)
    x[0, 3:] = 0
    dy = np.ones((2, 5, 4))
    before = network.flat_parameters.copy(), x.copy()

    gradients(network, x, dy)

    np.testing.assert_array_equal(network.flat_parameters, before[0])
    np.testing.assert_array_equal(x, before[1])
    assert (dy == 1).all()


@both
def test_inputs_of_any_size_give_finite_outputs_and_gradients(name):
    network = built(f"{name}(4)", (5, 3), dtype="float32")
    for size in (0, 1e4, -1e4):
        y, dx, named = gradients(network, np.full((2, 5, 3), size, "float32"), np.ones((2, 4), "float32"))

        assert all(np.isfinite(each).all() for each in (y, dx, *named.values()))


@both
def test_first_weights_are_glorots_and_can_be_chosen(name):
    network = gn.Network([f"{name}(100)"]).build((5, 50))
    chosen = gn.Network([f"{name}(4, weight_init=ones, recurrent_init=constant(0.5))"]).build((5, 3))

    columns = BLOCKS[name] * 100
    # The variance of 15,000 values and more is known to 1 % (one standard deviation, uniform distribution).
    assert network.parameters["0.weights"].var() == pytest.approx(2 / (50 + columns), rel=0.04)
    assert network.parameters["0.recurrent_weights"].var() == pytest.approx(2 / (100 + columns), rel=0.04)
    assert (chosen.parameters["0.weights"] == 1).all()
    assert (chosen.parameters["0.recurrent_weights"] == 0.5).all()


@both
def test_the_activation_behind_does_not_choose_first_weights(name):
    network = gn.Network([f"{name}(100)", "relu"]).build((5, 50))

    # He's would be 2 / 50.
    assert network.parameters["0.weights"].var() == pytest.approx(2 / (50 + BLOCKS[name] * 100), rel=0.04)


@both
def test_the_regularizer_is_given_to_all_parameters(name):
    described = gn.create("layer", f"{name}(4, regularizer=l2(0.5))").parameters((5, 3))

    assert {repr(parameter.regularizer) for parameter in described.values()} == {"l2(strength=0.5)"}


@both
@pytest.mark.parametrize("shape", [(), (3,), (28, 28, 1)])
def test_what_is_no_sequence_is_refused_with_a_way_out(name, shape):
    got = ", ".join(["batch", *map(str, shape)])
    with pytest.raises(gn.ShapeError) as caught:
        gn.create("layer", f"{name}(4)").output_shape(shape)
    assert f"expected (batch, time, features), got ({got}); embedding makes such rows" in str(caught.value)


@both
def test_a_model_file_brings_the_layer_back(name, tmp_path):
    network = built([f"{name}(4, return_sequences=True, mask=True)", f"{name}(2)"], (5, 3), "float32")
    x = samples(3, 5).astype("float32")
    network.save(tmp_path / "model.safetensors")

    loaded = gn.load(tmp_path / "model.safetensors")

    assert repr(loaded.layers) == repr(network.layers)
    np.testing.assert_array_equal(loaded.predict(x), network.predict(x))


# --- padding -----------------------------------------------------------------------------------------------------

PLACES = {"behind": [0, 1, 2], "in front": [3, 4, 5], "between": [0, 2, 5], "none": [0, 1, 2, 3, 4, 5]}


def padded(x, real, time=6):
    """The steps of `x` at the places `real` of `time` steps, all others zero."""
    longer = np.zeros((len(x), time, x.shape[2]))
    longer[:, real] = x
    return longer


@both
@pytest.mark.parametrize("place", PLACES)
def test_a_padded_sequence_ends_like_the_sequence_without_padding(name, place):
    real, network = PLACES[place], built(f"{name}(5, mask=True)", (6, 3))
    x = samples(2, len(real))

    np.testing.assert_allclose(network.predict(padded(x, real)), built(f"{name}(5)", (len(real), 3)).predict(x))


@both
@pytest.mark.parametrize("place", PLACES)
def test_padding_gets_no_gradient_and_changes_none(name, place):
    real, x = PLACES[place], samples(2, len(PLACES[place]))
    dy = samples(2, 1, 5, seed=1)[:, 0]

    y, dx, named = gradients(built(f"{name}(5, mask=True)", (6, 3)), padded(x, real), dy)
    shorter = gradients(built(f"{name}(5)", (len(real), 3)), x, dy)

    np.testing.assert_allclose(y, shorter[0])
    np.testing.assert_allclose(dx, padded(shorter[1], real), rtol=1e-9, atol=1e-12)
    for parameter, gradient in shorter[2].items():
        np.testing.assert_allclose(named[parameter], gradient, rtol=1e-9, atol=1e-12)


@both
@pytest.mark.parametrize("place", PLACES)
def test_padding_in_a_sequence_of_outputs_is_zeros_and_takes_no_gradient(name, place):
    real, x = PLACES[place], samples(2, len(PLACES[place]))
    dy = samples(2, 6, 5, seed=1)

    y, dx, named = gradients(built(f"{name}(5, mask=True, return_sequences=True)", (6, 3)), padded(x, real), dy)
    shorter = gradients(built(f"{name}(5, return_sequences=True)", (len(real), 3)), x, dy[:, real])

    np.testing.assert_allclose(y, padded(shorter[0], real))
    np.testing.assert_allclose(dx, padded(shorter[1], real), rtol=1e-9, atol=1e-12)
    for parameter, gradient in shorter[2].items():
        np.testing.assert_allclose(named[parameter], gradient, rtol=1e-9, atol=1e-12)


@both
def test_samples_with_different_padding_share_a_batch(name):
    network, x = built(f"{name}(5, mask=True)", (6, 3)), samples(4, 6)
    x[1, 4:] = x[2, :3] = x[3] = 0

    one_by_one = np.concatenate([network.predict(x[i : i + 1]) for i in range(4)])

    np.testing.assert_allclose(network.predict(x), one_by_one, rtol=1e-12, atol=1e-14)


@both
@pytest.mark.parametrize("return_sequences", [False, True])
def test_nothing_but_padding_gives_zeros_and_no_gradient(name, return_sequences):
    network = built(f"{name}(5, mask=True, return_sequences={return_sequences})", (6, 3))

    y, dx, named = gradients(network, np.zeros((1, 6, 3)), np.ones((1, 6, 5) if return_sequences else (1, 5)))

    assert not y.any()
    assert not dx.any()
    assert not any(gradient.any() for gradient in named.values())


@both
def test_without_mask_zeros_are_steps_like_any_other(name):
    x = padded(samples(2, 3), [0, 1, 2])
    unmasked = built(f"{name}(5)", (6, 3)).predict(x)

    assert (unmasked != built(f"{name}(5, mask=True)", (6, 3)).predict(x)).all()


@both
def test_a_step_with_one_feature_that_is_not_zero_counts(name):
    x = padded(samples(2, 3), [0, 1, 2])
    x[:, 5, 1] = 1e-3

    # Step 5 is read, steps 3 and 4 are not.
    np.testing.assert_allclose(
        built(f"{name}(5, mask=True)", (6, 3)).predict(x), built(f"{name}(5)", (4, 3)).predict(x[:, [0, 1, 2, 5]])
    )


@both
def test_a_second_layer_knows_the_padding_again(name):
    x, real = samples(2, 3), [0, 2, 5]
    specs = [f"{name}(5, mask=True, return_sequences=True)", f"{name}(4, mask=True)"]

    np.testing.assert_allclose(built(specs, (6, 3)).predict(padded(x, real)), built(specs, (3, 3)).predict(x))


@both
def test_gradients_behind_padding_agree_with_central_differences(name):
    network = gn.Network(
        ["embedding(6, 3, padding=0, weight_init=normal)", f"{name}(4, mask=True, return_sequences=True)"]
    ).build((5,), seed=2)
    indices = np.array([[3, 1, 5, 0, 0], [0, 2, 0, 4, 1], [0, 0, 0, 0, 0], [1, 2, 3, 4, 5]])

    errors = gn.check_gradients(network, indices, np.random.default_rng(2).normal(size=(4, 5, 4)), "mse")

    assert max(errors.values()) <= 1e-6
