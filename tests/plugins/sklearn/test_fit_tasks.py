"""The callbacks of scikit-learn 1.9 see each epoch of a fit, and can stop it."""

import numpy as np
import pytest
from sklearn.callback import ScoringMonitor
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import glassnet as gn

X = np.random.default_rng(0).normal(size=(60, 3))
Y = np.where(X[:, 0] > X[:, 1], "yes", "no")


class Recorder:
    """Notes each hook, and the accuracy of the estimator as it is at the end of each task."""

    def __init__(self, stops_after=None):
        self.hooks, self.accuracies, self.stops_after = [], [], stops_after

    def setup(self, estimator, context):
        self.hooks.append("setup")

    def on_fit_task_begin(self, estimator, context):
        self.hooks.append(f"begin {context.task_name} {context.task_id}")

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, fitted_estimator=None):
        self.hooks.append(f"end {context.task_name} {context.task_id}")
        self.accuracies.append(accuracy_score(y, fitted_estimator.predict(X)))
        return context.task_name == "epoch" and context.task_id == self.stops_after

    def teardown(self, estimator, context):
        self.hooks.append("teardown")


def classifier(**options):
    return gn.Classifier("dense(8) tanh", **{"optimizer": "adam(lr=0.02)", "random_state": 0, **options})


def test_each_epoch_is_a_task_within_the_fit():
    recorder = Recorder()
    model = classifier(epochs=2).set_callbacks(recorder).fit(X, Y)
    epochs = ["begin epoch 0", "end epoch 0", "begin epoch 1", "end epoch 1"]
    assert recorder.hooks == ["setup", "begin fit 0", *epochs, "end fit 0", "teardown"]
    assert recorder.accuracies[1:] == [model.score(X, Y)] * 2
    first = classifier(epochs=1).fit(X, Y)
    assert recorder.accuracies[0] == first.score(X, Y)


def test_a_callback_ends_the_training():
    model = classifier(epochs=50).set_callbacks(Recorder(stops_after=3)).fit(X, Y)
    assert model.n_iter_ == 4


def test_callbacks_are_torn_down_after_an_error():
    recorder = Recorder()
    with pytest.raises(gn.UnknownComponentError):
        classifier(optimizer="adem").set_callbacks(recorder).fit(X, Y)
    assert recorder.hooks[-1] == "teardown"


def test_the_scoring_monitor_logs_the_score_of_each_epoch():
    monitor = ScoringMonitor(scoring="r2")
    model = gn.Regressor(epochs=3, random_state=0).set_callbacks(monitor).fit(X, X[:, 0], sample_weight=np.ones(60))
    scores = {task["task_id_path"]: task["r2"] for task in monitor.get_logs().data}
    assert list(scores) == [(0,), (0, 0), (0, 1), (0, 2)]
    assert scores[0,] == scores[0, 2] == pytest.approx(model.score(X, X[:, 0]))


def test_partial_fit_is_a_task_of_one_epoch():
    recorder = Recorder()
    classifier().set_callbacks(recorder).partial_fit(X, Y)
    assert recorder.hooks == ["setup", "begin fit 0", "begin epoch 0", "end epoch 0", "end fit 0", "teardown"]


def test_a_search_tells_the_callbacks_of_each_of_its_fits():
    recorder = Recorder()
    model = make_pipeline(StandardScaler(), classifier(epochs=2).set_callbacks(recorder))
    GridSearchCV(model, {"classifier__layers": [""]}, cv=2).fit(X, Y)
    assert recorder.hooks.count("end epoch 1") == 3  # two folds, and all samples
