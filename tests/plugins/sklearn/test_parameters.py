"""Parameters: those of `fit`, and options of components under names such as optimizer__lr."""

import inspect
import pickle

import numpy as np
import pytest
from sklearn.base import clone

import glassnet as gn

X = np.random.default_rng(0).normal(size=(40, 3))
Y = X[:, 0] > 0


def test_each_option_of_fit_is_a_parameter():
    apart = {"self", "x", "y", "target", "seed", "sample_weight", "of_plugins"}
    options = set(inspect.signature(gn.Network.fit).parameters) - apart
    assert options <= set(gn.Classifier().get_params())
    assert options - {"class_weight"} <= set(gn.Regressor().get_params())


def test_options_of_components_are_nested_parameters():
    classifier = gn.Classifier(optimizer="ema(adam(lr=0.1))", regularizer="l2(0.01)")
    params = classifier.get_params()
    assert params["optimizer__optimizer__lr"] == 0.1
    assert params["regularizer__strength"] == 0.01
    assert "optimizer__lr" not in classifier.get_params(deep=False)


def test_a_spec_stays_a_spec_when_an_option_is_set():
    classifier = gn.Classifier(optimizer="ema(adam(lr=0.1))")
    classifier.set_params(optimizer__optimizer__lr=0.5, optimizer__decay=0.9)
    assert classifier.optimizer == "ema(optimizer=adam(lr=0.5), decay=0.9)"
    assert repr(classifier) == "Classifier(optimizer='ema(optimizer=adam(lr=0.5), decay=0.9)')"


def test_an_instance_stays_an_instance_and_is_not_changed():
    adam = gn.optimizers.adam(lr=0.1)
    classifier = gn.Classifier(optimizer=adam).set_params(optimizer__lr=0.2)
    assert (adam.lr, classifier.optimizer.lr) == (0.1, 0.2)


def test_a_component_and_its_option_can_be_set_at_once():
    assert gn.Regressor().set_params(optimizer__lr=0.3, optimizer="sgd").optimizer == "sgd(lr=0.3)"
    assert gn.Regressor().set_params(loss="huber", loss__delta=2.0).loss == "huber(delta=2.0)"


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"optimizer__rl": 1}, gn.OptionError, "adam has no option 'rl'"),
        ({"optimizer__lr": -1}, gn.OptionError, "lr must be > 0"),
        ({"optimizer__lr__x": 1}, gn.OptionError, "holds no component called 'lr'"),
        ({"loss__delta": 1}, gn.OptionError, "loss is None, so loss__delta cannot be set"),
        ({"regularizer__strength": 1}, gn.OptionError, "regularizer is 'auto', so regularizer__strength cannot be set"),
        ({"optimiser": "adam"}, ValueError, "Invalid parameter 'optimiser'"),
    ],
)
def test_a_wrong_parameter_is_named(params, error, message):
    with pytest.raises(error, match=message):
        gn.Classifier().set_params(**params)


def test_a_component_that_does_not_exist_is_reported_by_fit():
    classifier = gn.Classifier(optimizer="adem", schedule=3)
    assert classifier.get_params()["optimizer"] == "adem"
    with pytest.raises(gn.UnknownComponentError, match="did you mean 'adam'"):
        classifier.fit(X, Y)


def test_layers_are_names_specs_or_instances():
    for layers in ("dense(4) relu", ["dense(4)", "relu"], [gn.layers.dense(4), gn.activations.relu()]):
        classifier = gn.Classifier(layers, epochs=1, random_state=0).fit(X, Y)
        assert [repr(layer) for layer in classifier.network_.layers] == ["dense(4)", "relu", "dense(1)", "sigmoid"]


def test_components_reach_the_training():
    classifier = gn.Classifier(metrics="accuracy f1", callbacks=["clip_norm(1.0)"], schedule="cosine", regularizer="l2")
    classifier.set_params(epochs=2, progress=None).fit(X, Y)
    assert list(classifier.history_) == ["loss", "accuracy", "f1"]


def test_a_run_folder_is_written(tmp_path):
    gn.Classifier(epochs=2, validation=0.5, folder=tmp_path / "run", random_state=0).fit(X, Y)
    assert gn.load(tmp_path / "run" / "model.safetensors").output_shape == (1,)


def test_the_network_can_be_saved_and_predicts_the_same(tmp_path):
    classifier = gn.Classifier(epochs=2, random_state=0).fit(X, Y)
    classifier.network_.save(tmp_path / "model.safetensors")
    p = gn.load(tmp_path / "model.safetensors").predict(X)[:, 0]
    np.testing.assert_allclose(p, classifier.predict_proba(X)[:, 1], rtol=1e-12)


def test_a_clone_has_the_parameters_and_a_pickle_the_network_too():
    classifier = gn.Classifier(optimizer=gn.optimizers.adam(lr=0.1), epochs=2, random_state=0).partial_fit(X, Y)
    assert not hasattr(clone(classifier), "network_")
    assert clone(classifier).optimizer.lr == 0.1
    copy = pickle.loads(pickle.dumps(classifier))
    first, second = copy.partial_fit(X, Y).predict_proba(X), classifier.partial_fit(X, Y).predict_proba(X)
    assert (first == second).all()


def test_options_are_found_by_the_validation_of_glassnet():
    with pytest.raises(gn.OptionError, match="epochs must be >= 1"):
        gn.Classifier(epochs=0).fit(X, Y)
    with pytest.raises(gn.OptionError, match="batch_size"):
        gn.Classifier(batch_size="all").fit(X, Y)
