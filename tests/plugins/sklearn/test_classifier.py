"""The classifier: what its network is, what its numbers mean, and how samples count."""

import numpy as np
import pytest
from scipy.special import expit, softmax
from sklearn.datasets import load_iris, make_classification
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score, log_loss

import glassnet as gn

X, LABELS = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)
NAMES = np.array(["setosa", "versicolor", "virginica"])[LABELS]
TRUTH = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)


def fitted(y=NAMES, x=X, layers="dense(8) tanh", **options):
    usual = {"optimizer": "adam(lr=0.02)", "regularizer": None, "epochs": 60, "random_state": 0}
    return gn.Classifier(layers, **{**usual, **options}).fit(x, y)


def specs(network):
    return [repr(layer) for layer in network.layers]


def test_the_output_layer_and_the_loss_follow_from_the_classes():
    assert specs(fitted().network_)[-2:] == ["dense(3)", "softmax"]
    assert specs(fitted(LABELS == 1).network_)[-2:] == ["dense(1)", "sigmoid"]
    assert specs(fitted(np.eye(3, dtype=int)[LABELS]).network_)[-2:] == ["dense(3)", "sigmoid"]


def test_no_hidden_layers_are_a_logistic_regression():
    classifier = fitted(layers="")
    assert specs(classifier.network_) == ["dense(3)", "softmax"]
    w, b = classifier.network_.parameters["0.weights"], classifier.network_.parameters["0.bias"]
    np.testing.assert_allclose(classifier.decision_function(X), X @ w + b, rtol=1e-12)
    np.testing.assert_allclose(classifier.predict_proba(X), softmax(X @ w + b, axis=1), rtol=1e-9)


def test_names_of_classes_come_back_in_their_order():
    classifier = fitted()
    assert classifier.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert (classifier.predict(X) == classifier.classes_[classifier.predict_proba(X).argmax(axis=1)]).all()
    assert classifier.score(X, NAMES) == accuracy_score(NAMES, classifier.predict(X)) > 0.95


def test_two_classes_have_one_score_above_0_for_the_second():
    y = np.where(LABELS == 0, "b", "a")
    classifier = fitted(y)
    scores, p = classifier.decision_function(X), classifier.predict_proba(X)
    assert scores.shape == (150,)
    np.testing.assert_allclose(p, np.stack([expit(-scores), expit(scores)], axis=1), rtol=1e-9)
    assert ((scores > 0) == (classifier.predict(X) == "b")).all()
    assert classifier.score(X, y) == 1


def test_scores_still_rank_samples_where_probabilities_are_rounded_to_1():
    classifier = fitted(LABELS == 0, X.astype(np.float32), layers="")
    far = np.array([[-30, 30, -30, -30], [-60, 60, -60, -60]], np.float32)
    with pytest.warns(gn.GlassnetWarning, match="the network was trained on numbers from"):
        assert classifier.predict_proba(far)[:, 1].tolist() == [1, 1]
    assert classifier.decision_function(far)[0] < classifier.decision_function(far)[1]


def test_several_labels_a_sample_are_learnt_from_their_truth_table():
    y = np.array([[0, 0], [0, 1], [0, 1], [1, 0]])  # and, exclusive or
    classifier = fitted(y, TRUTH, epochs=500, n_iter_no_change=None)
    assert classifier.predict(TRUTH).tolist() == y.tolist()
    assert classifier.classes_.tolist() == [0, 1]
    np.testing.assert_allclose(classifier.predict_proba(TRUTH), expit(classifier.decision_function(TRUTH)), rtol=1e-9)


def test_a_loss_of_margins_gives_decisions_and_no_probabilities():
    classifier = fitted(loss="hinge")
    assert specs(classifier.network_)[-1] == "dense(3)"
    assert classifier.score(X, NAMES) > 0.9
    assert not hasattr(classifier, "predict_proba")
    with pytest.raises(AttributeError, match="predict_proba"):
        classifier.predict_proba(X)


@pytest.mark.parametrize(
    ("loss", "last"),
    [
        ("focal", "softmax"),
        ("kl_divergence", "softmax"),
        ("mse", "softmax"),
        ("mae", "softmax"),
        ("huber", "softmax"),
        ("binary_crossentropy", "sigmoid"),
        ("focal(independent=True)", "sigmoid"),
        ("categorical_crossentropy(label_smoothing=0.1)", "softmax"),
        ("categorical_crossentropy(from_logits=True)", "dense(3)"),
        ("binary_crossentropy(from_logits=True)", "dense(3)"),
        ("hinge(independent=True)", "dense(3)"),
    ],
)
def test_any_loss_can_be_used(loss, last):
    classifier = fitted(loss=loss)
    assert specs(classifier.network_)[-1] == last
    assert classifier.score(X, NAMES) > 0.85
    if "hinge" not in loss:
        np.testing.assert_allclose(classifier.predict_proba(X).sum(axis=1), 1, rtol=1e-9)


@pytest.mark.parametrize("loss", ["hinge", "mse", "categorical_crossentropy", "focal(alpha=None)"])
def test_any_loss_can_be_used_for_two_classes(loss):
    y = NAMES == "setosa"
    classifier = fitted(y, loss=loss)
    assert classifier.decision_function(X).shape == (150,)
    assert classifier.score(X, y) == 1


def test_losses_in_the_curve_are_those_of_scikit_learn():
    classifier = fitted(epochs=1, batch_size=150, optimizer="sgd(lr=1e-9)")
    assert classifier.loss_curve_ == pytest.approx([log_loss(NAMES, classifier.predict_proba(X))], rel=1e-6)
    assert (classifier.n_iter_, classifier.loss_) == (1, classifier.loss_curve_[0])


# --- how samples and classes count ---------------------------------------------------------------------------


def test_balanced_classes_count_as_if_each_sample_had_that_weight():
    y = np.where(np.arange(150) < 120, "many", "few")
    weights = {"many": 150 / (2 * 120), "few": 150 / (2 * 30)}
    of_samples = np.array([weights[name] for name in y])
    options = {"epochs": 5, "batch_size": 150, "n_iter_no_change": None}
    balanced = fitted(y, class_weight="balanced", **options).decision_function(X)
    np.testing.assert_allclose(fitted(y, class_weight=weights, **options).decision_function(X), balanced, rtol=1e-9)
    weighted = gn.Classifier("dense(8) tanh", optimizer="adam(lr=0.02)", regularizer=None, random_state=0, **options)
    np.testing.assert_allclose(weighted.fit(X, y, sample_weight=of_samples).decision_function(X), balanced, rtol=1e-9)


def test_balanced_weights_count_a_sample_of_weight_2_twice():
    weights = np.where(LABELS == 0, 2, 1)
    options = {"class_weight": "balanced", "epochs": 5, "batch_size": 1000, "n_iter_no_change": None}
    classifier = gn.Classifier(random_state=0, **options).fit(X, NAMES, sample_weight=weights)
    repeated = gn.Classifier(random_state=0, **options).fit(np.repeat(X, weights, axis=0), np.repeat(NAMES, weights))
    np.testing.assert_allclose(classifier.decision_function(X), repeated.decision_function(X), rtol=1e-6)


def test_a_rare_class_is_found_more_often_with_balanced_weights():
    x, y = make_classification(600, weights=[0.95], flip_y=0.02, class_sep=0.5, random_state=0)
    plain, balanced = (fitted(y, x, class_weight=weight).predict(x)[y == 1].mean() for weight in (None, "balanced"))
    assert balanced > plain + 0.1


def test_a_class_without_weight_counts_1():
    options = {"epochs": 3, "class_weight": {"setosa": 3.0}}
    full = {**options, "class_weight": {"setosa": 3.0, "versicolor": 1.0, "virginica": 1.0}}
    assert (fitted(**options).decision_function(X) == fitted(**full).decision_function(X)).all()


# --- validation and early stopping ---------------------------------------------------------------------------


def test_validation_scores_are_the_accuracies_on_the_given_samples():
    held = np.arange(150) % 5 == 0
    classifier = fitted(NAMES[~held], X[~held], validation=(X[held], NAMES[held]), epochs=7, n_iter_no_change=None)
    assert len(classifier.validation_scores_) == len(classifier.validation_loss_curve_) == 7
    assert classifier.validation_scores_[-1] == classifier.score(X[held], NAMES[held])
    assert classifier.validation_loss_curve_[-1] == pytest.approx(
        log_loss(NAMES[held], classifier.predict_proba(X[held])), rel=1e-6
    )
    assert classifier.best_validation_score_ == max(classifier.validation_scores_)


def test_scores_of_several_labels_count_samples_that_are_right_in_all():
    y = np.array([[0, 0], [0, 1], [0, 1], [1, 0]])
    classifier = fitted(y, TRUTH, validation=(TRUTH, y), epochs=9)
    assert classifier.validation_scores_[-1] == accuracy_score(y, classifier.predict(TRUTH))


def test_early_stopping_ends_before_the_last_epoch_at_the_lowest_loss():
    x, y = make_classification(300, flip_y=0.3, random_state=0)
    classifier = fitted(y, x, layers="dense(64) relu", early_stopping=True, epochs=400, n_iter_no_change=5, tol=0)
    losses = classifier.validation_loss_curve_
    assert len(losses) == classifier.n_iter_ == np.argmin(losses) + 1 + 5 < 400


def test_a_fraction_for_validation_keeps_the_shares_of_the_classes():
    seen = []

    class Watch(gn.Callback):
        def on_run_start(self, run):
            seen.append(np.bincount(np.concatenate([y for _, y, _ in run.validation.parts()])))

    fitted(validation=0.2, callbacks=[Watch()], epochs=1)
    assert seen[0].tolist() == [10, 10, 10]


def test_without_validation_there_are_no_scores():
    classifier = fitted(epochs=2)
    assert classifier.validation_scores_ is classifier.validation_loss_curve_ is None


# --- going on ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", ["adam(lr=0.02)", "muon", "sgd(lr=0.1)", "ema(adam)", "momentum(lr=0.01)"])
def test_calls_of_partial_fit_are_the_epochs_of_one_fit(optimizer):
    options = {"optimizer": optimizer, "batch_size": 32, "random_state": 0}
    whole = gn.Classifier("dense(8) tanh", epochs=4, n_iter_no_change=None, regularizer=None, **options).fit(X, NAMES)
    parts = gn.Classifier("dense(8) tanh", **options)
    for _ in range(4):
        parts.partial_fit(X, NAMES)
    assert (parts.network_.flat_parameters == whole.network_.flat_parameters).all()
    assert parts.loss_curve_ == whole.loss_curve_
    assert parts.n_iter_ == 4


def test_partial_fit_knows_classes_that_the_first_samples_lack():
    classifier = gn.Classifier(random_state=0).partial_fit(
        X[:60], NAMES[:60], classes=["virginica", "setosa", "versicolor"]
    )
    assert classifier.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert classifier.partial_fit(X[60:], NAMES[60:]).predict_proba(X).shape == (150, 3)


def test_warm_start_goes_on_from_the_network_of_the_last_fit():
    classifier = fitted(warm_start=True, epochs=3)
    before, network = classifier.loss_, classifier.network_
    classifier.fit(X, NAMES)
    assert classifier.network_ is network
    assert classifier.loss_curve_[0] < before
    classifier.set_params(warm_start=False).fit(X, NAMES)
    assert classifier.network_ is not network


def test_an_equal_random_state_gives_equal_bytes_and_another_does_not():
    first, second, other = fitted(), fitted(), fitted(random_state=1)
    assert (first.predict_proba(X) == second.predict_proba(X)).all()
    assert (first.predict_proba(X) != other.predict_proba(X)).any()


# --- mistakes ------------------------------------------------------------------------------------------------


def test_one_class_alone_is_an_error():
    with pytest.raises(ValueError, match="at least two classes, got one class"):
        fitted(np.full(150, "a"))


def test_a_class_that_fit_did_not_see_is_named():
    with pytest.raises(ValueError, match="y has the class 'lily'; the known classes"):
        fitted(validation=(X[:1], ["lily"]))
    with pytest.raises(ValueError, match="class_weight has 'lily'"):
        fitted(class_weight={"lily": 2})
    with pytest.raises(ValueError, match="class_weight='even' does not exist"):
        fitted(class_weight="even")


def test_a_loss_of_one_class_is_refused_for_several_labels():
    with pytest.raises(gn.OptionError, match="several labels a sample; use binary_crossentropy"):
        fitted(np.eye(3, dtype=int)[LABELS], loss="categorical_crossentropy")
    with pytest.raises(ValueError, match="class_weight is for one class a sample"):
        fitted(np.eye(3, dtype=int)[LABELS], class_weight="balanced")


SIZES = np.where(X[:, 2] > 0, "large", "small")
COLUMNS = np.stack([NAMES, SIZES], axis=1)


def test_several_columns_of_classes_are_learned_by_one_network():
    classifier = fitted(COLUMNS)
    assert [classes.tolist() for classes in classifier.classes_] == [
        ["setosa", "versicolor", "virginica"],
        ["large", "small"],
    ]
    answers = classifier.predict(X)
    right = [accuracy_score(COLUMNS[:, place], answers[:, place]) for place in range(2)]
    assert min(right) > 0.95
    assert classifier.score(X, COLUMNS) == (answers == COLUMNS).all(axis=1).mean()
    chances = classifier.predict_proba(X)
    for place, (p, scores) in enumerate(zip(chances, classifier.decision_function(X), strict=True)):
        np.testing.assert_allclose(p, softmax(scores, axis=1), rtol=1e-9)
        assert (classifier.classes_[place][p.argmax(axis=1)] == answers[:, place]).all()
    assert [p.shape for p in chances] == [(150, 3), (150, 2)]


def test_columns_of_classes_are_as_two_networks_without_hidden_layers():
    # Without hidden layers the columns share nothing, and both have the same single minimum.
    options = {
        "layers": "",
        "optimizer": "sgd(lr=0.4)",
        "epochs": 400,
        "n_iter_no_change": None,
        "regularizer": "l2(0.1)",
    }
    other = np.roll(NAMES, 50)
    alone = [fitted(y, **options).predict_proba(X) for y in (NAMES, other)]
    # The loss is the mean over the columns, so each has half the gradient.
    halved = {**options, "optimizer": "sgd(lr=0.8)", "regularizer": "l2(0.05)"}
    both = fitted(np.stack([NAMES, other], axis=1), **halved).predict_proba(X)
    np.testing.assert_allclose(both, alone, atol=1e-4)


def test_columns_of_classes_are_validated_and_come_in_parts():
    assert fitted(COLUMNS, early_stopping=True, validation=0.3).best_validation_score_ > 0.8
    classifier = gn.Classifier("dense(8) tanh", optimizer="adam(lr=0.02)", random_state=0)
    for _ in range(40):
        classifier.partial_fit(X[:60], COLUMNS[:60], classes=[np.unique(NAMES), np.unique(SIZES)])
    assert classifier.predict_proba(X)[0].shape == (150, 3)
    with pytest.raises(ValueError, match="y has the class 'huge'; the known classes are"):
        classifier.partial_fit(X[:2], [["setosa", "huge"], ["setosa", "large"]])


def test_options_that_columns_of_classes_do_not_take_are_named():
    with pytest.raises(ValueError, match="class_weight='balanced' is for one column of classes, and y has 2"):
        fitted(COLUMNS, class_weight="balanced")
    with pytest.raises(gn.OptionError, match="does not choose a class by probabilities, and y has 2 columns"):
        fitted(COLUMNS, loss="mse")


def test_several_labels_come_in_parts_too():
    y = np.array([[0, 0], [0, 1], [0, 1], [1, 0]])
    classifier = gn.Classifier("dense(8) tanh", optimizer="adam(lr=0.02)", random_state=0)
    for _ in range(300):
        classifier.partial_fit(TRUTH, y, classes=[0, 1])
    assert classifier.predict(TRUTH).tolist() == y.tolist()


def test_a_failed_fit_leaves_no_network():
    classifier = gn.Classifier(optimizer="adem")
    with pytest.raises(gn.UnknownComponentError, match="did you mean 'adam'"):
        classifier.fit(X, NAMES)
    with pytest.raises(NotFittedError):
        classifier.predict(X)


def test_weights_that_leave_no_sample_are_an_error():
    with pytest.raises(ValueError, match="weights"):
        gn.Classifier().fit(X, NAMES, sample_weight=np.zeros(150))


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
def test_samples_on_another_scale_are_warned_of(method):
    x = np.random.default_rng(0).random((60, 6))
    fitted = gn.Classifier("dense(4) relu", epochs=1).fit(x, x[:, 0] > 0.5)
    with pytest.warns(gn.GlassnetWarning, match="the network was trained on numbers from"):
        getattr(fitted, method)(255 * x)
