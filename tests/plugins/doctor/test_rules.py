"""Each rule finds its fault in a small training made for it, and nothing in the same training without the fault.

The faults, the data and the seeds are others than those of the laboratory, with which the doctor is scored.
"""

import numpy as np
import pytest

import glassnet as gn

RNG = np.random.default_rng(77)
X = RNG.normal(size=(240, 3)).astype("float32")
LABELS = (X[:, 0] * X[:, 1] > 0).astype(np.int64)
VALUES = (X[:, :1] ** 2 + X[:, 1:2]).astype("float32") - 1
OTHER_X = RNG.normal(size=(120, 3)).astype("float32")
OTHER = gn.Split(OTHER_X, (OTHER_X[:, 0] * OTHER_X[:, 1] > 0).astype(np.int64))
CLASSIFIER = "dense(24) elu dense(24) elu dense(2) softmax"
REGRESSOR = "dense(24) elu dense(1)"
AS_CLASSES = {"loss": "cross_entropy", "optimizer": "nadam(lr=0.01)", "epochs": 40, "batch_size": 16}
AS_VALUES = {**AS_CLASSES, "loss": "mse"}


def trained(layers=CLASSIFIER, x=X, y=LABELS, **options):
    net = layers if isinstance(layers, gn.Network) else gn.Network(layers)
    options = {**(AS_VALUES if np.asarray(y).dtype.kind == "f" else AS_CLASSES), **options}
    with pytest.warns() if options.pop("warns", False) else _nothing():
        net.fit(x, y, progress=False, seed=5, **options)
    return net


def _nothing():
    from contextlib import nullcontext

    return nullcontext()


def rules(net, x=X, y=LABELS, **options):
    return [each.rule for each in gn.diagnose(net, x, y, **options)]


@pytest.mark.parametrize(("layers", "y"), [(CLASSIFIER, LABELS), (REGRESSOR, VALUES)])
def test_a_healthy_training_has_no_finding(layers, y):
    net = gn.Network(layers)
    assert rules(net, y=y) == []  # not even built
    validation = OTHER if y is LABELS else None
    assert rules(trained(net, y=y), y=y, validation=validation) == []


# --- structure ---------------------------------------------------------------------------------------


def test_equal_weights_are_found_in_a_hidden_layer():
    net = gn.Network("dense(6, weight_init='constant(0.3)') tanh dense(2, weight_init='constant(0.3)') softmax")
    (finding,) = gn.diagnose(net, X, LABELS)
    assert finding.rule == "all_weights_equal"
    assert finding.evidence["units"] == 6
    assert finding.evidence["spread_of_weights"] == pytest.approx(0, abs=1e-7)


def test_a_last_layer_of_zeros_is_fine():
    assert rules(gn.Network("dense(6) tanh dense(2, weight_init=zeros) softmax")) == []


def test_units_that_are_negative_for_every_sample_are_dead():
    net = gn.Network("dense(10) relu dense(2) softmax").build(3, seed=1)
    net.parameters["0.bias"][:] = -(np.abs(X) @ np.abs(net.parameters["0.weights"])).max() - 1
    (finding,) = gn.diagnose(net, X, LABELS)
    assert (finding.rule, finding.where) == ("dead_relu", "layer 1 'relu'")
    assert finding.evidence["dead_units"] == 10


def test_half_of_the_units_dead_is_no_finding():
    net = gn.Network("dense(10) relu dense(2) softmax").build(3, seed=1)
    net.parameters["0.bias"][:5] = -1000
    assert rules(net) == []


def test_the_ratio_of_vanishing_gradients_is_that_of_the_slopes():
    """Each sigmoid at 0 has slope 1/4, and each weight is 1: six layers with one unit give 4^-6 with five between."""
    layers = " ".join(["dense(1, weight_init=ones) sigmoid"] * 7 + ["dense(1, weight_init=ones)"])
    net = gn.Network(layers).build(1)
    for index in range(2, 14, 2):
        net.parameters[f"{index}.bias"][:] = -0.5  # sigmoid(0) is 1/2, so that each input is 0 again
    finding = next(each for each in gn.diagnose(net, np.zeros((20, 1)), np.ones((20, 1))) if "vanish" in each.rule)
    assert finding.evidence["ratio"] == pytest.approx(4.0**-7, rel=1e-3)
    assert finding.evidence["factor_a_layer"] == pytest.approx(1 / 4, rel=1e-3)


def test_exploding_gradients_are_those_of_large_weights():
    net = gn.Network("dense(20) tanh dense(20) elu dense(20) elu dense(20) elu dense(2) softmax").build(3, seed=2)
    for index in (2, 4, 6):
        net.parameters[f"{index}.weights"] *= 60
    assert "exploding_gradients" in rules(net)


def test_saturated_units_are_counted():
    net = gn.Network("dense(8) sigmoid dense(2) softmax").build(3, seed=3)
    net.parameters["0.bias"][:] = 50
    finding = gn.diagnose(net, X, LABELS)[0]
    assert (finding.rule, finding.evidence["saturated"]) == ("saturated_units", 1.0)


@pytest.mark.parametrize("between", ["", "dropout(0.2)", "linear", "batch_norm"])
def test_layers_without_an_activation_between_are_linear(between):
    found = gn.diagnose(gn.Network(f"dense(8) {between} dense(8) tanh dense(2) softmax"), X, LABELS)
    assert [each.rule for each in found] == ["linear_layers_in_a_row"]


def test_convolution_flatten_and_dense_are_linear():
    images = RNG.normal(size=(60, 6, 6, 1)).astype("float32")
    assert rules(gn.Network("conv2d(2, 3) flatten dense(2) softmax"), images, LABELS[:60]) == ["linear_layers_in_a_row"]
    assert rules(gn.Network("conv2d(2, 3) max_pool2d flatten dense(2) softmax"), images, LABELS[:60]) == []


def test_softmax_inside_and_in_front_of_the_end():
    assert rules(gn.Network("dense(8) softmax dense(2) softmax")) == ["softmax_inside"]
    assert rules(gn.Network("dense(8) tanh dense(2) tanh softmax")) == ["softmax_inside"]


def test_a_missing_bias_is_fine_in_front_of_batch_norm():
    assert rules(gn.Network("dense(8, bias=False) tanh dense(2) softmax")) == ["missing_bias"]
    assert rules(gn.Network("dense(8, bias=False) batch_norm tanh dense(2) softmax")) == []


def test_dropout_counts_before_batch_norm_alone():
    assert rules(gn.Network("dense(8) dropout(0.2) tanh dense(8) batch_norm tanh dense(2) softmax")) == [
        "dropout_before_batch_norm"
    ]
    assert rules(gn.Network("dense(8) batch_norm tanh dropout(0.2) dense(2) softmax")) == []


def test_first_weights_are_compared_with_one_by_root_of_inputs():
    net = gn.Network("dense(16, weight_init='constant(0)') elu dense(16) elu dense(2) softmax").build(3, seed=1)
    net.parameters["0.weights"] = RNG.choice([-1, 1], (3, 16)) * 20 / np.sqrt(3)
    finding = next(each for each in gn.diagnose(net, X, LABELS) if each.rule == "poor_initialization")
    assert finding.evidence["times_as_large"] == pytest.approx(20, rel=1e-4)


def test_a_loss_that_expects_probabilities_is_not_for_values():
    assert rules(gn.Network("dense(8) tanh dense(2)"), loss="cross_entropy") == ["wrong_loss"]
    assert rules(gn.Network("dense(8) tanh dense(1) sigmoid"), y=VALUES, loss="mse") == ["wrong_loss"]


# --- data --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [lambda x: x * 700, lambda x: x + 900, lambda x: x * 1e-5])
def test_inputs_of_another_size_are_found(change):
    assert "inputs_not_scaled" in rules(gn.Network(CLASSIFIER), change(X))


def test_batch_norm_in_front_scales_the_inputs():
    assert "inputs_not_scaled" not in rules(gn.Network("batch_norm dense(8) tanh dense(2) softmax"), X * 700)


def test_one_huge_number_is_an_outlier_and_named():
    x = X.copy()
    x[17, 2] = 9000
    finding = gn.diagnose(gn.Network(CLASSIFIER), x, LABELS)[0]
    assert finding.rule == "outliers_in_inputs"
    assert (finding.where, finding.evidence["sample"]) == ("column 2 of the inputs", 17)


def test_constant_inputs_and_constant_targets():
    assert rules(gn.Network(CLASSIFIER), np.ones_like(X)) == ["constant_inputs"]
    assert rules(gn.Network(CLASSIFIER), y=np.zeros_like(LABELS)) == ["labels_constant"]


def test_shuffled_labels_are_unlike_their_neighbours():
    shuffled = np.random.default_rng(4).permutation(LABELS)
    assert rules(trained(y=shuffled, epochs=5), y=shuffled, validation=OTHER) == ["labels_shuffled"]


@pytest.mark.parametrize("shift", [-2, 3])
def test_labels_some_rows_away_are_found_with_their_shift(shift):
    finding = gn.diagnose(gn.Network(CLASSIFIER), X, np.roll(LABELS, -shift))[0]
    assert (finding.rule, finding.evidence["shift"]) == ("labels_shifted", shift)


def test_classes_with_other_numbers_in_validation():
    found = rules(trained(), validation=gn.Split(OTHER.x, 1 - OTHER.y))
    assert "labels_shifted" in found


def test_four_of_two_hundred_and_forty_is_imbalance():
    rare = np.zeros_like(LABELS)
    rare[[5, 60, 61, 200]] = 1
    finding = gn.diagnose(trained(y=rare, epochs=5), X, rare)[0]
    assert finding.rule == "class_imbalance"
    assert finding.evidence["share_of_largest_class"] == pytest.approx(236 / 240)
    assert finding.evidence["samples_of_others"] == 4


def test_a_rare_class_that_is_found_is_no_finding():
    rare = (X[:, 0] > 1.6).astype(np.int64)
    assert rare.mean() < 0.1
    assert rules(trained(y=rare, epochs=80), y=rare) == []


def test_duplicates_are_counted():
    x = OTHER.x.copy()
    x[:30] = X[100:130]
    finding = gn.diagnose(gn.Network(CLASSIFIER), X, LABELS, validation=(x, OTHER.y))[0]
    assert (finding.rule, finding.evidence["share_in_training"]) == ("duplicates_in_test", 0.25)


def test_data_that_repeat_themselves_have_no_duplicates():
    few = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 10, "float32")
    assert rules(gn.Network(CLASSIFIER), few, LABELS[:40], validation=(few[:20], LABELS[:20])) == []


def test_a_column_that_is_the_target_leaks_it():
    x = np.concatenate([X, (3 * VALUES + 1)], axis=1)
    finding = gn.diagnose(gn.Network(REGRESSOR), x, VALUES)[0]
    assert (finding.rule, finding.evidence["column"]) == ("leaking_column", 3)
    assert finding.where == "column 3 of the inputs"
    rows = [{**dict(zip("abcd", row, strict=True)), "cost": 7.0 * row[3]} for row in x.tolist()]
    named = gn.Network("dense(8) relu dense(1)")
    named.fit(rows, target="cost", epochs=5, progress=False)
    (finding,) = [each for each in named.diagnose(rows) if each.rule == "leaking_column"]
    assert finding.where == "column 'd'"
    assert finding.remedy.endswith("--ignore NAME, or drop it from the frame")


def test_a_test_set_that_is_scaled_by_itself_has_means_of_zero():
    scaled = [(each - each.mean(axis=0)) / each.std(axis=0) for each in (X.astype("f8"), OTHER.x.astype("f8"))]
    train, other = (each.astype("float32") for each in scaled)
    net = gn.Network(CLASSIFIER)
    assert rules(net, train, validation=(other, OTHER.y)) == ["validation_scaled_differently"]
    properly = ((OTHER.x - X.mean(axis=0)) / X.std(axis=0)).astype("float32")
    assert rules(net, train, validation=(properly, OTHER.y)) == []


def test_targets_around_a_million_are_not_scaled():
    assert "targets_not_scaled" in rules(gn.Network(REGRESSOR), y=VALUES + 1e6)


# --- training ----------------------------------------------------------------------------------------


def test_a_rate_that_is_too_high_and_one_that_is_too_low():
    high = gn.diagnose(trained(optimizer="rmsprop(lr=3)"), X, LABELS)[0]
    assert high.rule == "lr_too_high"
    assert high.evidence["lr"] == 3
    low = gn.diagnose(trained(optimizer="sgd(lr=1e-6)"), X, LABELS)[0]
    assert low.rule == "lr_too_low"
    assert low.remedy.startswith("raise the learning rate: lr=")


def test_a_training_that_diverged_has_a_rate_that_is_too_high():
    net = gn.Network(REGRESSOR)
    with pytest.raises(gn.NonFiniteError):
        trained(net, y=VALUES, optimizer="sgd(lr=1e9)")
    assert rules(net, y=VALUES)[0] == "lr_too_high"


def test_a_penalty_of_ten_dominates():
    net = trained(regularizer="l2(10)")
    assert rules(net) == ["penalty_dominates"]
    assert rules(trained(regularizer="l2(1e-5)")) == []


def test_batch_norm_of_three_samples():
    net = trained("dense(12) batch_norm tanh dense(2) softmax", batch_size=3, epochs=2)
    finding = next(each for each in gn.diagnose(net, X, LABELS) if each.rule == "batch_norm_small_batch")
    assert finding.evidence["values_of_a_channel"] == 3


def test_running_statistics_that_stay_behind():
    net = trained("dense(24) batch_norm(momentum=0.99999) tanh dense(2) softmax", x=X * 6 + 9)
    assert rules(net, X * 6 + 9)[0] == "batch_norm_statistics"


def test_a_frozen_layer_of_a_new_network_learns_nothing():
    net = trained("dense(24) tanh dense(24, trainable=False) tanh dense(2) softmax")
    assert rules(net) == ["layer_learns_nothing"]


def test_a_training_that_is_stopped_at_once():
    net = trained(callbacks=["early_stopping(monitor='loss', min_delta=3)"], epochs=100)
    assert "stopped_too_early" in rules(net)


def test_ten_steps_are_too_few():
    assert rules(trained(batch_size=240, epochs=10)) == ["too_few_steps"]
    assert rules(trained(batch_size=240, epochs=2)) == []  # only a try


def test_knowing_thirty_random_samples_by_heart_is_overfitting():
    x, y = RNG.normal(size=(40, 3)).astype("float32"), RNG.integers(0, 2, 40)
    assert rules(trained(x=x, y=y, epochs=300), x, y, validation=OTHER) == ["overfitting"]


def test_symptoms_are_left_out_where_a_cause_is_found():
    found = rules(trained(optimizer="sgd(lr=1e-6)"))
    assert found == ["lr_too_low"]


def test_images_with_dark_borders_are_of_one_size():
    """Rows at equal distances would be pixels of one column, which may be dark in all images."""
    images = np.zeros((1120, 28, 28, 1), "float32")
    images[:, 5:23, 5:23] = RNG.random((1120, 18, 18, 1))
    labels = RNG.integers(0, 2, 1120)
    net = gn.Network("flatten dense(4) tanh dense(2) softmax")
    validation = (images[1000:], labels[1000:])
    assert "validation_scaled_differently" not in rules(net, images[:1000], labels[:1000], validation=validation)


def test_a_model_of_letters_that_began_to_learn_has_no_finding():
    data = gn.datasets.characters(length=20).load()
    some, other = data.train[:150], data.test[:50]
    net = gn.Network("embedding(75, 8) gru(12, return_sequences=True) dense(75) softmax")
    net.fit(some, loss="cross_entropy", optimizer="adam(lr=0.01)", epochs=2, batch_size=16, progress=False)
    assert rules(net, some, None, validation=other) == []


# --- what is hard to tell ----------------------------------------------------------------------------


def test_shuffled_labels_are_found_after_they_were_learnt_by_heart():
    shuffled = np.random.default_rng(8).permutation(LABELS)
    net = trained("dense(96) elu dense(96) elu dense(2) softmax", y=shuffled, epochs=150)
    assert net.evaluate(X, shuffled, metrics=["accuracy"])["accuracy"] > 0.7
    assert rules(net, y=shuffled) == ["labels_shuffled"]  # no validation data are needed


def test_shuffled_targets_of_several_columns_are_found():
    targets = np.stack([X[:, 0] > 0, X[:, 1] > X[:, 2], X[:, 2] > 0.3], axis=1).astype("float32")
    layers = "dense(24) elu dense(3) sigmoid"
    assert rules(trained(layers, y=targets, loss="bce"), y=targets) == []
    shuffled = np.random.default_rng(9).permutation(targets)
    assert rules(trained(layers, y=shuffled, loss="bce"), y=shuffled) == ["labels_shuffled"]


def test_noise_that_hides_most_of_the_pattern_is_not_shuffling():
    rng = np.random.default_rng(10)
    x = rng.normal(size=(300, 40)).astype("float32")
    y = (x[:, 0] + x[:, 1] + rng.normal(0, 1.5, 300) > 0).astype(np.int64)
    assert "labels_shuffled" not in rules(trained("dense(8) elu dense(2) softmax", x, y, epochs=60), x, y)


def test_three_of_a_class_are_too_few_even_if_they_are_known_by_heart():
    y = np.zeros(240, np.int64)
    y[[5, 70, 200]] = 1
    finding = gn.diagnose(trained(y=y, epochs=150), X, y)[0]
    assert (finding.rule, finding.evidence["samples_of_others"]) == ("class_imbalance", 3)
    assert finding.evidence["found_of_others"] == 1


def test_overfitting_is_told_from_the_history_alone():
    rng = np.random.default_rng(11)
    x = rng.normal(size=(90, 20)).astype("float32")
    y = (x[:, 0] + rng.normal(0, 2, 90) > 0).astype(np.int64)
    net = trained("dense(96) elu dense(2) softmax", x[:40], y[:40], epochs=120, validation=(x[40:], y[40:]))
    assert "overfitting" in rules(net, x[:40], y[:40])


def test_small_vectors_of_an_embedding_are_usual():
    tokens = np.random.default_rng(12).integers(0, 9, (80, 6))
    assert rules(gn.Network("embedding(9, 4) flatten dense(8) elu dense(2) softmax"), tokens, LABELS[:80]) == []


def test_weights_that_are_a_little_too_large_explode_in_a_deep_network():
    deep = " ".join(["dense(32, weight_init='normal(std=0.7)') relu"] * 8)  # 2.8 times the He deviation each
    found = rules(gn.Network(f"{deep} dense(1)").build(3, seed=1), y=VALUES)
    assert found[0] in ("poor_initialization", "exploding_gradients")


def test_one_column_of_twelve_that_varies_is_not_enough():
    x = np.full((240, 12), 0.4, np.float32)
    x[:, 3] = X[:, 2]
    y = (X[:, 2] + np.random.default_rng(13).normal(size=240) > 0).astype(np.int64)
    finding = gn.diagnose(trained(x=x, y=y), x, y)[0]
    assert (finding.rule, finding.evidence["columns_that_vary"]) == ("constant_inputs", 1)


# --- trainings that go well --------------------------------------------------------------------------


def test_few_steps_are_enough_for_right_answers():
    """The loss is far from 0, but a linear rule of two columns is answered right."""
    y, other = ((x[:, 0] + x[:, 1] > 0).astype(np.int64) for x in (X, OTHER_X))
    net = trained(y=y, epochs=13, batch_size=64, optimizer="adam(lr=0.001)")
    assert net.evaluate(OTHER_X, other, metrics=["accuracy"])["accuracy"] > 0.85
    assert net.evaluate(X, y)["loss"] > 0.4 * np.log(2)  # less than 60 % of the loss of guessing is gone
    assert rules(net, y=y, validation=(OTHER_X, other)) == []


def test_a_few_sure_mistakes_are_not_overfitting():
    rng = np.random.default_rng(14)
    y = (X[:, 0] > 0).astype(np.int64)
    y[rng.random(240) < 0.06] ^= 1
    other = (OTHER_X[:, 0] > 0).astype(np.int64)
    net = trained("dense(128) relu dense(128) relu dense(2) softmax", y=y, epochs=200, optimizer="adam(lr=0.01)")
    told = net.evaluate(OTHER_X, other, metrics=["accuracy"])
    assert told["accuracy"] > 0.85
    assert told["loss"] > 0.75 * np.log(2)
    assert rules(net, y=y, validation=(OTHER_X, other)) == []


# --- remedies ----------------------------------------------------------------------------------------


def test_the_remedy_of_few_steps_has_more_epochs_than_the_run():
    (finding,) = gn.diagnose(trained(batch_size=240, epochs=40, optimizer="adam(lr=0.001)"), X, LABELS)
    assert finding.rule == "too_few_steps"
    assert finding.remedy == "use smaller batches, such as batch_size=32"
    (finding,) = gn.diagnose(
        trained(x=X[:32], y=LABELS[:32], batch_size=32, epochs=40, optimizer="adam(lr=0.001)"), X[:32], LABELS[:32]
    )
    assert finding.remedy == "train for more epochs, such as epochs=300"


@pytest.mark.parametrize(("momentum", "proposed"), [(0.99999, "0.9"), (0.9, "0.45")])
def test_a_proposed_momentum_is_smaller_than_that_of_the_run(momentum, proposed):
    net = trained(f"dense(24) batch_norm(momentum={momentum}) tanh dense(2) softmax")
    net.state["1"]["running_mean"][:] = 50  # far from every batch
    finding = next(each for each in gn.diagnose(net, X, LABELS) if each.rule == "batch_norm_statistics")
    assert finding.remedy.startswith(f"use momentum={proposed}, ")


def test_a_remedy_leaves_out_what_the_run_has():
    x, y = RNG.normal(size=(40, 3)).astype("float32"), RNG.integers(0, 2, 40)
    net = trained(
        "dense(96) elu dropout(0.01) dense(96) elu dense(2) softmax",
        x=x,
        y=y,
        epochs=200,
        regularizer="l2(1e-6)",
        callbacks=["early_stopping(monitor='loss', patience=200)"],
    )
    (finding,) = gn.diagnose(net, x, y, validation=OTHER)
    assert finding.rule == "overfitting"
    assert finding.remedy == "give more data or a smaller network"


def test_a_smaller_penalty_is_proposed_with_its_own_name():
    finding = gn.diagnose(trained(regularizer="l1(5)"), X, LABELS)[0]
    assert finding.rule == "penalty_dominates"
    assert "regularizer='l1(strength=0.0001)'" in finding.remedy


@pytest.mark.parametrize(("sign", "is_found"), [(1, False), (-1, True)])
def test_units_that_died_count_only_in_a_network_that_does_badly(sign, is_found):
    """One unit of 32 is left, and passes the first column on: the targets, or their opposite."""
    net = gn.Network("dense(32) relu dense(1)").build(3, seed=1)
    net.fit(X, X[:, :1], loss="mse", optimizer="sgd(lr=1e-9)", epochs=2, progress=False, seed=1)
    net.parameters["0.bias"][:] = -1000
    net.parameters["0.bias"][0] = 10
    net.parameters["0.weights"][:, 0] = (1, 0, 0)
    net.parameters["2.weights"][0] = sign
    net.parameters["2.bias"][:] = -10 * sign
    np.testing.assert_allclose(net.predict(X), sign * X[:, :1], atol=1e-5)
    assert ("dead_relu" in rules(net, X, X[:, :1], validation=(OTHER_X, OTHER_X[:, :1]))) == is_found
