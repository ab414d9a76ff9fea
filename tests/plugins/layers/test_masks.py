"""The mask of padded steps travels from the layer that knows the padding to the layers that skip it.

Each expected value comes from the same layers without a mask, run on the real steps of one sample alone.
"""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn

INDICES = np.array([[3, 1, 4, 2], [2, 4, 0, 0], [0, 1, 0, 3], [4, 0, 0, 0]])
READERS = ["lstm(3{})", "gru(3{})", "lstm(3, return_sequences=True{})", "self_attention(2{})"]
readers = pytest.mark.parametrize("reader", READERS)
# Layers between: zeros by chance (dropout, relu), no zeros where there were some (dense, noise, norms), containers.
BETWEEN = [
    "dropout(0.5)",
    "relu",
    "dense(2) relu",
    "layer_norm",
    "batch_norm",
    "gaussian_noise(0.5)",
    "tanh dropout(0.5) dense(2)",
    "residual([dense(2), dropout(0.5)])",
    "residual([self_attention(2), relu])",
    "concat([dropout(0.5), sequential([dense(2), relu])])",
    "sequential([dropout(0.5), sequential([relu])])",
    "lstm(2, return_sequences=True) relu",
    "gru(2, return_sequences=True, mask=True) dropout(0.5)",
    "reshape([4, 1, 2]) reshape([4, 2])",
    "prelu",
]
EMBEDDING = "embedding(5, 2, padding=0, weight_init=normal)"


def run(layers, x, training=True, vector=None):
    """The outputs of a network with random parameters, its gradients, and its vector."""
    net = gn.Network(layers).build(x.shape[1:], dtype="float64")
    net.flat_parameters[:] = (
        np.random.default_rng(7).normal(0, 0.6, net.flat_parameters.size) if vector is None else vector
    )
    with net.workspace(training=training, step=3, seed=5) as ctx:
        y, _ = net.sequence.forward(net.parameter_views, x, ctx)
        return y.copy(), net.flat_parameters


def expected(between, reader, x):
    """The reader's output for the real steps of each sample, one sample at a time, without any mask."""
    reader = reader.format("")
    features = run(f"{EMBEDDING} {between}", x)[0]
    first = gn.Network(f"{EMBEDDING} {between}").build(x.shape[1:])
    whole = gn.Network(f"{EMBEDDING} {between} {reader}").build(x.shape[1:])
    vector = np.random.default_rng(7).normal(0, 0.6, whole.flat_parameters.size)[first.flat_parameters.size :]
    rows = [run(reader, features[row : row + 1, x[row] != 0], vector=vector)[0][0] for row in range(len(x))]
    if rows[0].ndim == 1:
        return np.array(rows)
    y = np.zeros((*x.shape, rows[0].shape[1]))
    for row, real in enumerate(rows):
        y[row, x[row] != 0] = real
    return y


@readers
@pytest.mark.parametrize("between", BETWEEN)
def test_real_steps_are_read_and_padded_steps_skipped(between, reader):
    y, _ = run(f"{EMBEDDING} {between} {reader.format(', mask=True')}", INDICES)

    np.testing.assert_allclose(y, expected(between, reader, INDICES), rtol=1e-12, atol=1e-13)


def test_the_example_of_dropout_reads_every_real_step():
    """Of features dropped by chance, a step of zeros is still a step: the lengths alone say which are padding."""
    x = np.random.default_rng(0).integers(1, 5, (4, 5))
    x[1, 3:] = x[2, 4:] = 0
    features, _ = run(f"{EMBEDDING} dropout(0.5)", x)
    assert ((features == 0).all(axis=2) & (x != 0)).any()

    y, _ = run(f"{EMBEDDING} dropout(0.5) lstm(3, mask=True)", x)

    np.testing.assert_allclose(y, expected("dropout(0.5)", "lstm(3{})", x), rtol=1e-12)


@readers
def test_gradients_with_a_mask_agree_with_central_differences(reader):
    layers = f"{EMBEDDING} dense(4) dropout(0.5) residual([tanh, dense(4)]) layer_norm {reader.format(', mask=True')}"
    net = gn.Network(layers).build((4,), seed=2)
    target = np.random.default_rng(2).normal(size=(4, *net.output_shape))

    errors = gn.check_gradients(net, INDICES, target, "mse")

    assert len(errors) == len(net.parameters)
    assert max(errors.values()) <= 1e-6


# --- where a mask comes from ------------------------------------------------------------------------------------


def features(padding=0.0):
    x = np.random.default_rng(4).normal(size=(4, 4, 2))
    x[INDICES == 0] = padding
    return x


def compute_mask(layers, x, training=False):
    """The mask that arrives behind the layers; one that asks for masks stands last, and is left out."""
    net = gn.Network(layers).build(np.shape(x)[1:])
    with net.workspace(training=training) as ctx:
        net.sequence.forward(net.parameter_views, np.asarray(x), ctx)
        return ctx.mask


@pytest.mark.parametrize("between", ["", "dropout(0.5)", "dense(2)", "gaussian_noise(0.3) layer_norm"])
def test_zero_rows_of_the_networks_input_are_padding(between):
    x = features()
    dropped = run(between, x)[0] if between else x
    y, vector = run(f"{between} lstm(3, mask=True)", x)

    own = vector[-gn.Network("lstm(3)").build((4, 2)).flat_parameters.size :]
    if between:
        first = gn.Network(between).build((4, 2)).flat_parameters.size
        dropped = run(between, x, vector=vector[:first])[0]
    for row, real in enumerate(INDICES != 0):
        alone, _ = run("lstm(3)", dropped[row : row + 1, real], vector=own)
        np.testing.assert_allclose(y[row], alone[0], rtol=1e-12)


def test_masking_marks_steps_of_one_value_and_leaves_them_as_they_are():
    x = np.array([[[9.0, 9], [9, 1], [0, 0]]])

    np.testing.assert_array_equal(gn.Network("masking(9)").build((3, 2)).predict(x), x)
    np.testing.assert_array_equal(compute_mask("masking(9) relu", x), [[False, True, True]])


def test_masking_takes_the_place_of_zero_rows():
    x = features(-1.0)
    x[0, 1] = 0
    y, vector = run("masking(-1) dropout(0.5) gru(3, mask=True)", x)
    dropped, _ = run("masking(-1) dropout(0.5)", x)

    for row, real in enumerate(INDICES != 0):
        np.testing.assert_allclose(y[row], run("gru(3)", dropped[row : row + 1, real], vector=vector)[0][0], rtol=1e-12)


def test_masking_looks_at_all_features_of_a_step_of_several_axes():
    x = np.zeros((1, 2, 2, 2))
    x[0, 1, 1, 0] = 3

    np.testing.assert_array_equal(compute_mask("masking", x), [[False, True]])


def test_masking_refuses_samples_without_steps_of_features():
    with pytest.raises(gn.ShapeError, match=r"expected \(batch, time, features\), got \(batch, 4\)"):
        gn.layers.masking().output_shape((4,))


@pytest.mark.parametrize(
    "layers",
    [
        "embedding(5, 2) {}",
        "embedding(5, 2, padding=0) reshape([2, 4]) {}",
        "embedding(5, 2, padding=0) reshape([4, 2, 1]) conv2d(1, 3, padding='same') reshape([4, 2]) {}",
        "embedding(5, 2, padding=0) reshape([4, 2, 1]) max_pool2d(3, 1, padding='same') reshape([4, 2]) {}",
        "embedding(5, 2, padding=0) flatten reshape([4, 2]) {}",
        "embedding(5, 2, padding=0) lstm(8) reshape([4, 2]) {}",
    ],
)
@readers
def test_a_mask_that_does_not_arrive_is_an_error(layers, reader):
    net = gn.Network(layers.format(reader.format(", mask=True"))).build((4,))

    with pytest.raises(gn.OptionError, match="no mask of padded steps reaches it; give embedding its padding index"):
        net.predict(INDICES)


@pytest.mark.parametrize("shape", [(4, 2, 1), (8,)])
def test_images_and_rows_have_no_mask_of_their_own(shape):
    net = gn.Network("reshape([4, 2]) lstm(3, mask=True)").build(shape)

    with pytest.raises(gn.OptionError, match="no mask of padded steps reaches it"):
        net.predict(np.ones((2, *shape)))


# --- what becomes of it -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "layers",
    [
        "relu",
        "dropout(0.5)",
        "batch_norm",
        "self_attention(2)",
        "lstm(2, return_sequences=True)",
        "reshape([4, 2, 1])",
        "residual([dense(2)])",
        "residual([reshape([8]), reshape([4, 2])])",
        "concat([linear, sequential([reshape([8]), reshape([4, 2])])])",
        "concat([linear, sequential([masking, relu])])",
        "sequential([relu, dense(3)])",
    ],
)
def test_layers_that_keep_the_steps_pass_the_mask_on(layers):
    np.testing.assert_array_equal(compute_mask(f"{EMBEDDING} {layers}", INDICES), INDICES != 0)


@pytest.mark.parametrize(
    "layers",
    [
        "flatten",
        "lstm(4)",
        "gru(4)",
        "reshape([2, 4])",
        "reshape([4, 2, 1]) conv2d(1, 3, padding='same')",
        "reshape([4, 2, 1]) avg_pool2d(3, 1, padding='same')",
        "reshape([4, 2, 1]) max_pool2d(3, 1, padding='same')",
        "reshape([4, 2, 1]) global_avg_pool2d",
        "sequential([reshape([8]), reshape([4, 2])])",
        "concat([sequential([flatten, reshape([4, 2])])])",
    ],
)
def test_layers_that_do_not_keep_the_steps_drop_the_mask(layers):
    assert compute_mask(f"{EMBEDDING} {layers}", INDICES) is None


def test_a_step_is_real_in_a_concat_if_each_branch_says_so():
    layers = "concat([embedding(5, 2, padding=0), embedding(5, 2, padding=1), embedding(5, 1)])"

    np.testing.assert_array_equal(compute_mask(layers, [[0, 1, 2, 0]]), [[False, False, True, False]])


def test_indices_with_several_axes_have_a_mask_of_as_many():
    np.testing.assert_array_equal(
        compute_mask(f"{EMBEDDING} relu", [[[1, 0], [0, 2]]]), [[[True, False], [False, True]]]
    )


def test_a_model_file_with_an_embedding_and_a_mask_means_the_same(tmp_path):
    net = gn.Network("embedding(5, 2, padding=0) lstm(3, mask=True)").build((4,), seed=3)
    net.save(tmp_path / "model.safetensors")

    np.testing.assert_array_equal(gn.load(tmp_path / "model.safetensors").predict(INDICES), net.predict(INDICES))
