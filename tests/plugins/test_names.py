"""Names that users of other frameworks type: they are found, or the right one is suggested."""

import numpy as np
import pytest

import glassnet as gn


@pytest.mark.parametrize(
    ("kind", "name", "meant"),
    [
        ("metric", "acc", "accuracy"),
        ("metric", "mse", "mean_squared_error"),
        ("metric", "mae", "mean_absolute_error"),
        ("metric", "rmse", "root_mean_squared_error"),
        ("loss", "mse", "mean_squared_error"),
        ("loss", "mae", "mean_absolute_error"),
        ("loss", "bce", "binary_crossentropy"),
        ("loss", "cce", "categorical_crossentropy"),
        ("loss", "sparse_categorical_crossentropy", "categorical_crossentropy"),
        ("loss", "cross_entropy", "categorical_crossentropy"),
        ("loss", "crossentropy", "categorical_crossentropy"),
        ("loss", "kld", "kl_divergence"),
    ],
)
def test_a_short_name_is_found(kind, name, meant):
    assert repr(gn.create(kind, name)) == meant


@pytest.mark.parametrize(
    ("kind", "name", "suggested"),
    [
        ("metric", "MSE", "mse"),
        ("metric", "AUC", "auc"),
        ("metric", "MeanSquaredError", "mean_squared_error"),
        ("metric", "f1_score", "f1"),
        ("metric", "r2_score", "r2"),
        ("metric", "roc_auc_score", "auc"),
        ("metric", "accuracy_score", "accuracy"),
        ("metric", "binary_accuracy", "accuracy"),
        ("metric", "categorical_accuracy", "accuracy"),
        ("metric", "sparse_categorical_accuracy", "accuracy"),
        ("loss", "CategoricalCrossentropy", "categorical_crossentropy"),
        ("loss", "BCE", "bce"),
        ("loss", "mse_loss", "mse"),
        ("loss", "CrossEntropyLoss", "crossentropy"),
        ("loss", "hinge_loss", "hinge"),
        ("loss", "huber_loss", "huber"),
        ("loss", "kl_div", "kl_divergence"),
    ],
)
def test_a_name_from_elsewhere_is_answered_with_ours(kind, name, suggested):
    with pytest.raises(gn.UnknownComponentError, match=f"unknown {kind} '{name}', did you mean '{suggested}'"):
        gn.create(kind, name)


@pytest.mark.parametrize(
    ("kind", "name", "written"), [("metric", "roc_auc", "auc"), ("loss", "bce_with_logits", r"bce\(from_logits=True\)")]
)
def test_a_name_with_another_spelling_here_is_written_out(kind, name, written):
    with pytest.raises(gn.UnknownComponentError, match=f"unknown {kind} '{name}'; write {written} "):
        gn.create(kind, name)


@pytest.mark.parametrize("metrics", ["accuracy", "acc", ["accuracy"], gn.metrics.accuracy(), "accuracy f1"])
def test_metrics_are_given_as_text_too(metrics):
    net = gn.Network("dense(1) sigmoid")
    x, y = np.eye(4), np.array([0, 1, 0, 1])
    history = net.fit(x, y, loss="bce", optimizer="sgd", metrics=metrics)
    assert set(history) == {"loss", "accuracy"} | ({"f1"} if metrics == "accuracy f1" else set())
    assert "accuracy" in net.evaluate(x, y, metrics=metrics)
