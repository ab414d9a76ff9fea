"""Cross-entropies that are fused: the bytes of the losses, by labels and by rows."""

import math

import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators.choice import preparation
from glassnet_fusion.choice import everything_fused
from glassnet_fusion.fused_loss import both_of
from glassnet_fusion.programs import finish_compiling
from glassnet_fusion.report import fused_parts

LAST = {"categorical_crossentropy": "softmax", "binary_crossentropy": "sigmoid"}


def plain_and_faster(name):
    """Return the loss of logits as it is, and its replacement."""
    loss, activation = gn.create("loss", name), gn.create("activation", LAST[name])
    return loss.fuse(activation), everything_fused(loss).fuse(activation)


def targets(rng, shape, dtype, name):
    """Return targets of each form."""
    labels = rng.integers(0, shape[-1], shape[:-1])
    rows = rng.dirichlet(np.ones(shape[-1]), shape[:-1]).astype(dtype)
    if name == "binary_crossentropy":
        return rows, np.round(rows)
    return labels, np.eye(shape[-1], dtype=dtype)[labels], rows


def assert_same_bytes(got, wanted):
    assert type(got[0]) is float
    for one, other in zip(got, map(np.asarray, wanted), strict=True):
        one = np.asarray(one)
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        # There are many NaN, and one is as good as another.
        np.testing.assert_array_equal(np.isnan(one), np.isnan(other))
        assert one[~np.isnan(one)].tobytes() == other[~np.isnan(other)].tobytes()


@pytest.mark.parametrize("name", LAST)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "shape",
    [
        (1, 1),
        (4, 1),
        (1, 7),
        (64, 10),
        (5, 33),
        (3, 300),  # more classes than are compared one by one
        (9000, 2),  # more samples than NumPy converts at a time
        (6, 4, 5),  # several rows a sample
        (2, 70, 3, 3),
    ],
    ids=str,
)
def test_every_bit_is_that_of_the_loss(name, shape, dtype, compiled):
    plain, faster = plain_and_faster(name)
    rng = np.random.default_rng(0)
    for scale in (0.1, 3, 100):
        z = (rng.normal(size=shape) * scale).astype(dtype)
        for t in targets(rng, shape, dtype, name):
            wanted = plain.value_and_gradient(z, t)
            given = z.copy(), t.copy()
            assert_same_bytes(compiled(faster.value_and_gradient, z, t), wanted)
            assert shape != (64, 10) or both_of(plain).reason(z, t) == ""
            np.testing.assert_array_equal(z, given[0])
            np.testing.assert_array_equal(t, given[1])


@pytest.mark.parametrize("name", LAST)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_awkward_numbers(name, dtype, compiled):
    plain, faster = plain_and_faster(name)
    awkward = [-1000.0, 0.0, -0.0, np.inf, -np.inf, np.nan, 3e38, -3e38, 1e-45]
    z = np.array([[one, other, 1.0] for one in awkward for other in awkward], dtype)
    for t in targets(np.random.default_rng(0), z.shape, dtype, name):
        with np.errstate(all="ignore"):
            for row in range(len(z)):  # each by itself, as a NaN would hide all others in the mean
                one = z[row : row + 1].copy(), t[row : row + 1].copy()
                assert_same_bytes(compiled(faster.value_and_gradient, *one), plain.value_and_gradient(*one))


def test_categorical_by_hand(compiled):
    _, faster = plain_and_faster("categorical_crossentropy")
    # Probabilities 1/4 and 3/4, then 1/2 and 1/2.
    z = np.log([[1.0, 3.0], [5.0, 5.0]])
    for t in (np.array([1, 0]), np.array([[0.0, 1.0], [1.0, 0.0]])):
        value, gradient = compiled(faster.value_and_gradient, z, t)
        assert value == pytest.approx((math.log(4 / 3) + math.log(2)) / 2, rel=1e-15)
        np.testing.assert_allclose(gradient, [[1 / 8, -1 / 8], [-1 / 4, 1 / 4]], rtol=1e-14)


def test_binary_by_hand(compiled):
    _, faster = plain_and_faster("binary_crossentropy")
    # Probabilities 3/4 and 1/4.
    value, gradient = compiled(faster.value_and_gradient, np.log([[3.0], [1 / 3]]), np.array([[1.0], [1.0]]))
    assert value == pytest.approx((math.log(4 / 3) + math.log(4)) / 2, rel=1e-15)
    np.testing.assert_allclose(gradient, [[-1 / 8], [-3 / 8]], rtol=1e-14)


@pytest.mark.parametrize("name", LAST)
def test_the_gradient_is_that_of_finite_differences(name, compiled):
    _, faster = plain_and_faster(name)
    rng = np.random.default_rng(0)
    z, h = rng.normal(size=(4, 3)), 1e-6
    for t in targets(rng, z.shape, "float64", name):
        _, gradient = compiled(faster.value_and_gradient, z, t)
        for place in np.ndindex(z.shape):
            step = np.zeros_like(z)
            step[place] = h
            up, down = (faster.value_and_gradient(z + sign * step, t)[0] for sign in (1, -1))
            assert gradient[place] == pytest.approx((up - down) / (2 * h), abs=1e-8)


@pytest.mark.parametrize("name", LAST)
def test_what_kernels_do_not_take_is_left_to_the_loss(name, compiled):
    plain, faster = plain_and_faster(name)
    rng = np.random.default_rng(0)
    z = rng.normal(size=(40, 30)).astype("float32")
    for t in targets(rng, z.shape, "float32", name):
        read_only = t.copy()
        read_only.setflags(write=False)
        in_other_precision = t.astype("int32" if t.dtype.kind == "i" else "float64")
        for pair in ((z, read_only), (z[::2], t[::2]), (np.asfortranarray(z), t), (z, in_other_precision)):
            assert_same_bytes(compiled(faster.value_and_gradient, *pair), plain.value_and_gradient(*pair))


def test_targets_are_broadcast_as_by_the_loss():
    z, t = np.random.default_rng(0).normal(size=(4, 1)), np.array([0.0, 1.0, 1.0, 0.0])
    plain, faster = plain_and_faster("binary_crossentropy")
    assert_same_bytes(faster.value_and_gradient(z, t), plain.value_and_gradient(z, t))  # (4, 1) and (4,) are (4, 4)
    plain, faster = plain_and_faster("categorical_crossentropy")
    one_for_all = np.array([0])
    assert_same_bytes(faster.value_and_gradient(z, one_for_all), plain.value_and_gradient(z, one_for_all))


@pytest.mark.parametrize("label", [3, -4])
def test_a_label_that_is_no_class_does_not_write_elsewhere(label):
    for loss in plain_and_faster("categorical_crossentropy"):
        loss.value_and_gradient(np.zeros((2, 3)), np.array([0, 1]))
        finish_compiling()
        with pytest.raises(IndexError):
            loss.value_and_gradient(np.zeros((2, 3)), np.array([0, label]))


@pytest.mark.parametrize("name", LAST)
def test_what_comes_from_another_activation_is_left_to_the_loss(name):
    loss = gn.create("loss", name)
    replacement = everything_fused(loss)
    assert replacement.fuse(gn.activations.relu()) is None
    assert replacement.prediction_type == loss.prediction_type
    p = np.array([[0.25, 0.75]])
    assert_same_bytes(replacement.value_and_gradient(p, p), loss.value_and_gradient(p, p))


@pytest.mark.parametrize("name", LAST)
def test_an_accelerated_loss_is_compiled_when_it_takes_logits(name, compiled):
    loss, activation = gn.create("loss", name), gn.create("activation", LAST[name])
    accelerated = preparation()(loss)  # as runs compute with it
    assert type(accelerated) is not type(loss)
    faster = everything_fused(accelerated).fuse(activation)
    z, t = np.random.default_rng(0).normal(size=(64, 10)), np.eye(10)[np.arange(64) % 10]
    assert_same_bytes(compiled(faster.value_and_gradient, z, t), loss.fuse(activation).value_and_gradient(z, t))
    assert fused_parts(faster) == {f"{name} value and gradient": ""}


def test_the_focal_loss_of_several_outputs_is_one_loop(compiled, same_bytes):
    """It takes nine functions of NumPy on rows."""
    formula = gn.create("loss", "focal(independent=True, from_logits=True)")
    loss = everything_fused(formula)
    rng = np.random.default_rng(0)
    z, t = rng.normal(size=(64, 10)).astype(np.float32), rng.integers(0, 2, (64, 10)).astype(np.float32)
    value, gradient = compiled(loss.value_and_gradient, z, t)
    assert fused_parts(loss) == {"focal value and gradient": ""}
    wanted, expected = formula.value_and_gradient(z, t)
    assert value == wanted
    same_bytes(gradient, expected)
