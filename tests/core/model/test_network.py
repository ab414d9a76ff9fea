"""Networks: building, predicting, evaluating, and the one vector that holds all parameters."""

import threading

import numpy as np
import pytest

import glassnet as gn

LAYERS = ["dense(5)", "tanh", "dense(3)", "softmax"]


@pytest.fixture
def net():
    return gn.Network(LAYERS).build((4,), seed=1)


@pytest.fixture
def x():
    return np.random.default_rng(0).normal(size=(7, 4)).astype(np.float32)


def test_parameters_are_live_views_of_one_vector(net):
    net.parameters["0.weights"][1, 2] = 42
    assert net.flat_parameters[1 * 5 + 2] == 42
    assert list(net.parameters) == ["0.weights", "0.bias", "2.weights", "2.bias"]
    assert net.flat_parameters.size == 4 * 5 + 5 + 5 * 3 + 3


def test_prediction_is_the_formula_written_out(net, x):
    p = {name: array.astype(np.float64) for name, array in net.parameters.items()}
    hidden = np.tanh(x @ p["0.weights"] + p["0.bias"])
    logits = hidden @ p["2.weights"] + p["2.bias"]
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(net.predict(x), expected, rtol=1e-5)


def test_names_specs_and_instances_make_the_same_network(x):
    by_text = gn.Network("dense(5) tanh dense(3) softmax").build((4,))
    by_instance = gn.Network([gn.layers.dense(5), gn.activations.tanh(), "dense(3)", gn.activations.softmax()])
    by_instance.build((4,))
    np.testing.assert_array_equal(by_text.predict(x), by_instance.predict(x))


def test_what_predict_returns_is_no_work_buffer(net, x):
    first = net.predict(x)
    kept = first.copy()
    net.predict(-x)
    np.testing.assert_array_equal(first, kept)


def test_predict_in_several_threads_gives_what_one_thread_gives(net):
    inputs = [np.random.default_rng(seed).normal(size=(300, 4)).astype(np.float32) for seed in range(8)]
    alone = [net.predict(x) for x in inputs]
    together = [[] for _ in inputs]
    start = threading.Barrier(len(inputs))

    def work(index):
        start.wait()
        for _ in range(20):
            together[index].append(net.predict(inputs[index]))

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(inputs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for expected, results in zip(alone, together, strict=True):
        assert len(results) == 20
        for result in results:
            np.testing.assert_array_equal(result, expected)


def test_bytes_are_read_as_pixels_between_0_and_1():
    net = gn.Network(["linear"]).build((1, 3))
    pixels = np.array([[[0, 51, 255]]], np.uint8)
    np.testing.assert_allclose(net.predict(pixels), [[[0, 0.2, 1]]], rtol=1e-6)


def test_equal_seeds_build_equal_networks_and_others_do_not():
    one, same, other = (gn.Network(LAYERS).build((4,), seed=seed).flat_parameters for seed in (3, 3, 4))
    assert one.tobytes() == same.tobytes()
    assert one.tobytes() != other.tobytes()


def test_each_parameter_has_random_numbers_of_its_own():
    net = gn.Network(["dense(4)", "dense(4)"]).build((4,))
    assert not np.array_equal(net.parameters["0.weights"], net.parameters["1.weights"])


@pytest.mark.parametrize(
    ("layers", "initializers"),
    [
        (["dense(2)", "relu"], {"0.weights": "he", "0.bias": "zeros"}),
        (["dense(2)", "tanh"], {"0.weights": "glorot", "0.bias": "zeros"}),
        (["dense(2)", "dropout(0.5)", "relu"], {"0.weights": "he", "0.bias": "zeros"}),
        (["dense(2)", "dense(2)", "relu"], {"0.weights": "glorot", "1.weights": "he"}),
        (["dense(2)"], {"0.weights": "glorot"}),
        (["dense(2, weight_init=ones)", "relu"], {"0.weights": "ones"}),
    ],
)
def test_dense_takes_the_initializer_that_suits_the_activation_behind_it(layers, initializers):
    net = gn.Network(layers).build((2,))
    taken = {slice_.name: repr(slice_.initializer) for slice_ in net.layout.slices}
    for name, start in initializers.items():
        assert taken[name].startswith(start)


def test_summary_shows_layers_shapes_counts_and_initializers(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    gn.Network("flatten dense(8) relu dense(2) softmax").build((3, 3, 1)).summary()
    printed = capsys.readouterr().out
    for expected in ("3 x 3 x 1", "dense(8)", "80", "he_normal", "glorot_uniform", "98 parameters"):
        assert expected in printed


def test_summary_for_a_shape_ends_with_the_layer_that_does_not_fit(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    net = gn.Network("conv2d(2, 3) max_pool2d conv2d(4, 9) flatten dense(2)")
    net.summary((18, 18, 1))
    printed = capsys.readouterr().out
    *rows, total, reason = printed.splitlines()
    assert [row.split()[1] for row in rows[2:]] == ["conv2d(2,", "max_pool2d", "conv2d(4,"]
    assert rows[-1].endswith("does not fit")
    assert "8 x 8 x 2" in rows[-2]
    assert total.startswith("20 parameters")
    assert reason.startswith("layer 2 'conv2d(4, 9)': ")
    assert not net.is_built
    net.summary((40, 40, 1))
    assert "does not fit" not in capsys.readouterr().out


def test_a_network_that_is_not_built_says_what_to_do(x):
    with pytest.raises(gn.NotBuiltError, match=r"call build\(input_shape\) or fit\(\) first"):
        gn.Network(LAYERS).predict(x)


def test_wrong_width_names_what_was_expected_and_got(net):
    with pytest.raises(gn.ShapeError, match=r"expected \(batch, 4\), got \(2, 5\)"):
        net.predict(np.zeros((2, 5)))


def test_layers_that_do_not_fit_name_both(x):
    with pytest.raises(gn.ShapeError, match=r"layer 0 'dense\(5\)': .*it is the first"):
        gn.Network(LAYERS).build((4, 4, 1))
    with pytest.raises(gn.ShapeError, match=r"layer 1 'dense\(5\)': .*the layer before it is 'relu'"):
        gn.Network(["relu", "dense(5)"]).build((4, 4, 1))


def test_softmax_of_a_softmax_is_refused():
    with pytest.raises(gn.ShapeError, match=r"layer 2 'softmax' follows 'softmax'.*leave one of them out"):
        gn.Network(["dense(2)", "softmax", "softmax"])


def test_copy_in_float64_predicts_the_same_and_is_independent(net, x):
    twin = net.copy("float64")
    assert twin.flat_parameters.dtype == np.float64
    np.testing.assert_allclose(twin.predict(x), net.predict(x), rtol=1e-5)
    before = net.flat_parameters.copy()
    twin.flat_parameters[:] = 0
    np.testing.assert_array_equal(net.flat_parameters, before)


def test_evaluate_weighs_each_sample_alike():
    """600 samples are taken as 256 + 256 + 88; a mean of the three batches' means would be another number."""
    net = gn.Network(["linear"]).build((1,), dtype="float64")
    x = np.arange(600.0)[:, None]
    expected = np.mean((x - 3) ** 2)
    assert net.evaluate(x, np.full_like(x, 3), loss="mse")["loss"] == pytest.approx(expected, rel=1e-12)


def test_evaluate_before_training_needs_a_loss(net, x):
    with pytest.raises(gn.NotBuiltError, match=r"pass loss="):
        net.evaluate(x, np.zeros(7, int))


def test_a_loss_for_logits_behind_a_softmax_warns(x):
    class Logits(gn.Loss):
        prediction_type = "logits"

        def forward(self, y_pred, y_true):
            return 0.0

    net = gn.Network(LAYERS).build((4,))
    with pytest.warns(gn.GlassnetWarning, match="expects logits, and 'softmax' turns them into distribution"):
        net.evaluate(x, np.zeros((7, 3)), loss=Logits())


def test_probabilities_expected_of_a_linear_output_warn(x):
    net = gn.Network(["dense(3)"]).build((4,))
    with pytest.warns(gn.GlassnetWarning, match="gives values of any size"):
        net.evaluate(x * 0, np.zeros(7, int), loss="cce")


def test_a_work_buffer_is_one_piece_of_memory_for_all_shapes():
    with gn.Network("dense(1)").build((2,)).workspace(training=True) as ctx:
        large = ctx.buffer("a", (4, 6))
        large[...] = 1
        small = ctx.buffer("a", (2, 3))
        assert np.shares_memory(large, small)
        assert ctx.buffer("a", (2, 3)) is small
        assert not np.shares_memory(ctx.buffer("b", (4, 6)), large)
        assert ctx.buffer("a", (4, 6), np.float64).dtype == np.float64
        assert ctx.buffer("a", [5, 6]).shape == (5, 6)
