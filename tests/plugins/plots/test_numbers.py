"""The numbers behind each plot, found another way."""

import numpy as np
import pytest
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.metrics import confusion_matrix

import glassnet as gn
from glassnet_plots.kinds.embeddings import principal_components

DIGITS = gn.datasets.digits().load()


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


# --- over the training ----------------------------------------------------------------------------------------------


def test_curves_are_the_history(moons):
    net = moons[0]
    numbers = gn.plot("curves", net).numbers
    assert set(numbers) == {"loss", "val_loss"}
    assert numbers["loss"] == net.history["loss"]


def test_update_ratios_of_sgd_are_gradients_by_weights():
    x = np.random.default_rng(0).normal(size=(12, 3)).astype(np.float32)
    y = x[:, :1]
    net = gn.Network("dense(1, bias=False)")
    net.build((3,), seed=4)
    before = net.parameters["0.weights"].astype(np.float64)
    net.fit(x, y, loss="mse", optimizer="sgd(lr=0.1)", epochs=1, batch_size=12, callbacks=["record"])
    gradient = 2 / 12 * x.T @ (x @ before - y)
    numbers = gn.plot("update_ratios", net).numbers
    assert numbers["steps"].tolist() == [1]
    expected = np.linalg.norm(0.1 * gradient) / np.linalg.norm(before)
    np.testing.assert_allclose(numbers["ratios"], [[expected]], rtol=1e-4)


def test_update_ratios_without_a_recording_are_of_the_doctors_steps():
    x = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    both = []
    for callbacks in ([], ["record"]):
        net = gn.Network("dense(4) tanh dense(1)")
        net.fit(x, x[:, :1], loss="mse", optimizer="adam", epochs=5, batch_size=8, callbacks=callbacks)
        both.append(gn.plot("update_ratios", net).numbers)
    sampled, recorded = both
    assert sampled["steps"].tolist() == [1, 2, 4, 8, 16]
    assert sampled["parameters"] == recorded["parameters"] == ["0.weights", "2.weights"]
    np.testing.assert_allclose(recorded["ratios"][sampled["steps"] - 1], sampled["ratios"], rtol=1e-4)


def test_biases_are_shown_if_asked_for(moons):
    names = gn.plot("update_ratios", moons[0], biases=True).numbers["parameters"]
    assert names == ["0.weights", "0.bias", "2.weights", "2.bias", "4.weights", "4.bias"]


def test_activations_are_those_of_the_network_at_the_time(moons):
    net, x, _, kept = moons
    numbers = gn.plot("activations", net).numbers
    then = net.copy()
    then.flat_parameters[:] = kept[30]
    outputs = then.activations(x)
    expected = [outputs[place].std() for place in numbers["places"]]
    np.testing.assert_allclose(numbers["output_std"][30], expected, rtol=1e-5)
    dead = np.mean(outputs["3"].max(axis=0) <= 0)  # the relu units that are 0 for each sample
    assert numbers["idle"][30][numbers["places"].index("3")] == dead


def test_gradients_are_those_of_the_loss_by_the_outputs(moons):
    net, x, y, kept = moons
    numbers = gn.plot("gradients", net).numbers
    then = net.copy()
    then.flat_parameters[:] = kept[30]
    by_logits = (softmax(then.activations(x)["4"]) - np.eye(2)[y]) / len(x)
    by_relu = by_logits @ then.parameters["4.weights"].T
    for place, expected in (("4", by_logits), ("3", by_relu)):
        found = numbers["gradient_rms"][30][numbers["places"].index(place)]
        assert found == pytest.approx(np.sqrt(np.mean(expected**2)), rel=1e-4)


# --- the loss landscape ---------------------------------------------------------------------------------------------


def test_the_center_of_a_landscape_is_the_loss_of_evaluate(moons):
    net, x, y, _ = moons
    numbers = gn.plot("loss_landscape(points=5)", net, x, y).numbers
    place = numbers["across"].tolist().index(0.0)
    assert numbers["loss"][place, place] == pytest.approx(net.evaluate(x, y)["loss"], rel=1e-6)
    assert numbers["samples"] == 120


def test_a_landscape_has_the_penalties_of_the_training():
    x = np.random.default_rng(1).normal(size=(30, 2)).astype(np.float32)
    net = gn.Network("dense(1)")
    net.fit(x, x[:, :1], loss="mse", optimizer="sgd", regularizer="l2(0.5)")
    numbers = gn.plot("loss_landscape(points=3)", net, x, x[:, :1]).numbers
    assert numbers["loss"][1, 1] == pytest.approx(net.evaluate(x, x[:, :1])["loss"], rel=1e-6)


def test_a_landscape_of_one_linear_layer_is_its_formula():
    x = np.random.default_rng(1).normal(size=(30, 2)).astype(np.float64)
    y = x @ [[2.0], [-1.0]]
    net = gn.Network("dense(1, bias=False)").build((2,), seed=3, dtype="float64")
    weights = net.parameters["0.weights"].copy()
    numbers = gn.plot("loss_landscape(points=3, reach=0.5, seed=7)", net, x, y, loss="mse").numbers
    rng = np.random.default_rng(7)
    across, up = (drawn * np.linalg.norm(weights) / np.linalg.norm(drawn) for drawn in rng.normal(size=(2, 2, 1)))
    for row, b in enumerate((-0.5, 0, 0.5)):
        for column, a in enumerate((-0.5, 0, 0.5)):
            expected = np.mean((x @ (weights + a * across + b * up) - y) ** 2)
            assert numbers["loss"][row, column] == pytest.approx(expected, rel=1e-10)


def test_directions_have_the_length_of_each_filter_and_leave_biases():
    from glassnet_plots.directions import filter_normalized

    net = gn.Network("conv2d(3, 2) batch_norm flatten dense(4)").build((4, 4, 2), seed=1)
    directions = filter_normalized(net, np.random.default_rng(0), 1.0)
    for slice_ in net.layout.slices:
        drawn, weights = slice_.view(directions.across), net.parameters[slice_.name]
        if weights.ndim == 1:
            assert not drawn.any()
            continue
        for unit in range(weights.shape[-1]):
            assert np.linalg.norm(drawn[..., unit]) == pytest.approx(np.linalg.norm(weights[..., unit]), rel=1e-6)


def test_the_trajectory_is_that_of_scikit_learn(moons):
    net, x, y, kept = moons
    numbers = gn.plot("loss_landscape(points=4, along=trajectory)", net, x, y).numbers
    moved = np.array(kept, np.float64) - kept[-1]
    components = TruncatedSVD(2, algorithm="arpack").fit(moved)
    expected = np.abs(moved @ components.components_.T)
    np.testing.assert_allclose(np.abs(numbers["trajectory"]), expected, atol=1e-6)
    assert (numbers["trajectory"][-1] == 0).all()
    share = components.singular_values_[0] ** 2 / np.sum(moved**2)
    assert f"({share:.0%} of its way)" in numbers["labels"][0]


def test_a_landscape_leaves_the_network_as_it_was(moons):
    net, x, y, kept = moons
    gn.plot("loss_landscape(points=3)", net, x, y)
    np.testing.assert_array_equal(net.flat_parameters, kept[-1])


# --- embeddings -----------------------------------------------------------------------------------------------------


def test_principal_components_are_those_of_scikit_learn():
    rows = np.random.default_rng(5).normal(size=(50, 7)) * [5, 1, 3, 1, 1, 2, 1]
    points, shares = principal_components(rows)
    theirs = PCA(2).fit(rows)
    np.testing.assert_allclose(np.abs(points), np.abs(theirs.transform(rows)), rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(shares, theirs.explained_variance_ratio_)


def test_components_of_a_single_output_lie_on_a_line():
    points, shares = principal_components(np.array([[1.0], [2.0], [4.0]]))
    np.testing.assert_allclose(points[:, 0], np.array([1, 2, 4]) - 7 / 3)
    assert not points[:, 1].any()
    assert shares.tolist() == [1, 0]


def test_embeddings_are_of_the_last_hidden_layer(moons):
    net, x, y, _ = moons
    numbers = gn.plot("embeddings", net, x, y, classes=("odd", "even")).numbers
    assert (numbers["layer"], numbers["spec"]) == ("3", "relu")
    expected = PCA(2).fit_transform(net.activations(x)["3"].astype(np.float64))
    np.testing.assert_allclose(np.abs(numbers["points"]), np.abs(expected), atol=1e-6)
    assert numbers["classes"] == ["odd", "even"]
    np.testing.assert_array_equal(numbers["labels"], y)


def test_embeddings_of_a_regression_have_the_target_as_color():
    x = np.random.default_rng(1).normal(size=(30, 2)).astype(np.float32)
    net = gn.Network("dense(4) tanh dense(1)").build((2,))
    numbers = gn.plot("embeddings", net, x, x[:, :1]).numbers
    assert numbers["labels"] is None
    np.testing.assert_array_equal(numbers["targets"], x[:, 0].astype(np.float64))


@pytest.mark.slow
def test_tsne_keeps_two_groups_apart():
    rng = np.random.default_rng(2)
    y = np.arange(20) % 2
    x = (rng.normal(size=(20, 3)) + 40 * y[:, None]).astype(np.float32)
    net = gn.Network("dense(3) dense(2) softmax").build((3,))
    points = gn.plot("embeddings", net, x, y, method="tsne").numbers["points"]
    distances = np.linalg.norm(points[:, None] - points, axis=-1)
    np.fill_diagonal(distances, np.inf)
    np.testing.assert_array_equal(y[distances.argmin(axis=1)], y)


# --- answers --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reader():
    """A network that was trained for a moment on digits, and recorded."""
    net = gn.Network("flatten dense(10) softmax")
    net.fit(DIGITS.train, loss="cce", optimizer="adam(lr=0.01)", epochs=1, batch_size=64, callbacks=["record"])
    return net


def test_confusion_is_that_of_scikit_learn(reader):
    numbers = gn.plot("confusion", reader, DIGITS.train, validation=DIGITS.test).numbers
    predicted = reader.predict(DIGITS.test.x).argmax(axis=1)
    np.testing.assert_array_equal(numbers["matrices"][-1], confusion_matrix(DIGITS.test.y, predicted))
    rows = np.linspace(0, len(DIGITS.train) - 1, 256).round().astype(int)
    before = reader.copy()
    before.build((8, 8, 1), seed=0)
    first = before.predict(DIGITS.train.x[rows]).argmax(axis=1)
    np.testing.assert_array_equal(numbers["matrices"][0], confusion_matrix(DIGITS.train.y[rows], first))
    assert numbers["titles"][:2] == ["Step 0, training sample", "Step 1, training sample"]


def test_confusion_of_one_output_has_two_classes():
    x = np.random.default_rng(1).normal(size=(30, 2)).astype(np.float32)
    y = (x[:, 0] > 0).astype(np.float32)
    net = gn.Network("dense(1) sigmoid")
    net.fit(x, y, loss="bce", optimizer="sgd(lr=1)", epochs=3, callbacks=["record"])
    numbers = gn.plot("confusion", net, x, y).numbers
    expected = confusion_matrix(y, net.predict(x)[:, 0] > 0.5)
    np.testing.assert_array_equal(numbers["matrices"][-1], expected)
    np.testing.assert_array_equal(numbers["matrices"][-2], expected)  # of the recording: all samples, the last moment


def test_misclassified_are_the_wrong_answers_by_their_loss(reader):
    numbers = gn.plot("misclassified", reader, DIGITS.test).numbers
    chances = reader.predict(DIGITS.test.x)
    wrong = np.flatnonzero(chances.argmax(axis=1) != DIGITS.test.y)
    losses = -np.log(chances[wrong, DIGITS.test.y[wrong]])
    assert (numbers["wrong"], numbers["total"]) == (len(wrong), len(DIGITS.test))
    np.testing.assert_array_equal(numbers["samples"], wrong[np.argsort(-losses)][:25])
    np.testing.assert_array_equal(numbers["images"][0], DIGITS.test.x[numbers["samples"][0]])


def test_the_decision_boundary_is_what_the_network_answers(moons):
    net, x, y, kept = moons
    numbers = gn.plot("decision_boundary(points=8)", net, x, y).numbers
    assert numbers["titles"][0] == "step 0"
    assert numbers["titles"][-1] == "step 60"
    assert len(numbers["titles"]) == 30
    corner = np.array([[numbers["across"][-1], numbers["up"][0]]])
    np.testing.assert_allclose(numbers["probabilities"][-1][0, -1], net.predict(corner)[0], rtol=1e-5)
    start = net.copy()
    start.flat_parameters[:] = kept[0]
    np.testing.assert_allclose(numbers["probabilities"][0][0, -1], start.predict(corner)[0], rtol=1e-5)
    assert numbers["wrong"][-1] == np.sum(net.predict(x).argmax(axis=1) != y)


# --- the first layer, attention, the range test ---------------------------------------------------------------------


def test_first_weights_of_a_dense_layer_are_images_of_its_inputs(reader):
    numbers = gn.plot("first_weights(units=3)", reader).numbers
    assert numbers["parameter"] == "1.weights"
    weights = reader.parameters["1.weights"]
    largest = sorted(np.argsort(-np.linalg.norm(weights, axis=0))[:3])
    assert numbers["units"].tolist() == largest
    for image, unit in zip(numbers["weights"][-1], largest, strict=True):
        np.testing.assert_array_equal(image, weights[:, unit].reshape(8, 8))


def test_first_weights_of_a_convolution_are_its_filters():
    net = gn.Network("conv2d(4, 3) flatten dense(2)").build((6, 6, 2))
    numbers = gn.plot("first_weights", net).numbers
    np.testing.assert_array_equal(numbers["weights"][0][5], net.parameters["0.weights"][:, :, 1, 2])


def test_first_weights_of_other_inputs_are_a_matrix(moons):
    numbers = gn.plot("first_weights", moons[0]).numbers
    np.testing.assert_array_equal(numbers["weights"][-1][0], moons[0].parameters["0.weights"])


def test_attention_is_the_softmax_of_queries_and_keys():
    net = gn.Network("self_attention(2, bias=False)").build((5, 4), seed=3)
    x = np.random.default_rng(0).normal(size=(2, 5, 4)).astype(np.float32)
    numbers = gn.plot("attention(sample=1)", net, x, x).numbers
    weights = net.parameters["0.weights"]
    for head in range(2):
        q, k = (x[1] @ weights[:, 4 * block + 2 * head : 4 * block + 2 * head + 2] for block in (0, 1))
        np.testing.assert_allclose(numbers["weights"][0][head], softmax(q @ k.T / np.sqrt(2)), rtol=1e-5)


def test_attention_within_other_layers_is_found():
    net = gn.Network("residual([self_attention]) flatten dense(2)").build((5, 4))
    x = np.ones((1, 5, 4), np.float32)
    numbers = gn.plot("attention", net, x, np.zeros((1, 2))).numbers
    assert numbers["layers"] == ["0.0"]
    np.testing.assert_allclose(numbers["weights"][0], np.full((1, 5, 5), 0.2), rtol=1e-6)  # all steps are alike


def test_a_range_test_grows_the_step_size_and_leaves_the_network(moons):
    net, x, y, kept = moons
    numbers = gn.plot("lr_range_test(lowest=0.001, highest=10, steps=60)", net, x, y).numbers
    lrs = np.array(numbers["lr"])
    np.testing.assert_allclose(lrs[1:] / lrs[:-1], 10 ** (4 / 59), rtol=1e-9)  # 60 steps from 0.001 to 10
    assert len(numbers["loss"]) == len(lrs)
    assert 0.001 <= numbers["suggested"] <= 10
    np.testing.assert_array_equal(net.flat_parameters, kept[-1])
