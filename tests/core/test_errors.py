"""Errors: what a caller can catch, and that they survive a trip to another process."""

from __future__ import annotations

import inspect
import pickle

import pytest

from glassnet import errors
from glassnet.errors import GlassnetError, PluginLoadError, UnknownComponentError, did_you_mean

ERRORS = [error for _, error in inspect.getmembers(errors, inspect.isclass) if issubclass(error, GlassnetError)]


@pytest.mark.parametrize("error", [error for error in ERRORS if error is not GlassnetError])
def test_every_error_is_a_glassnet_error_and_a_builtin_one(error):
    builtin = [base for base in error.__mro__ if base.__module__ == "builtins"]
    assert builtin[0] not in (Exception, BaseException, object)


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_can_be_sent_to_another_process(error):
    arguments = ("activation 'a'", "dist", "1.0", "m:A", 'it\'s "broken"') if error is PluginLoadError else ("it's",)
    raised = error(*arguments)
    again = pickle.loads(pickle.dumps(raised))
    assert (type(again), str(again)) == (error, str(raised))
    assert str(raised) == "it's" or error is PluginLoadError


def test_the_message_of_a_broken_plugin_says_all_that_it_takes_to_act():
    error = PluginLoadError("activation 'a'", "glassnet-a", "1.0", "glassnet_a:A", "ValueError: x")
    assert str(error) == (
        "activation 'a' from glassnet-a 1.0 (glassnet_a:A) cannot be used: ValueError: x; "
        "upgrade, reinstall or uninstall glassnet-a, or set GLASSNET_DISABLE=glassnet-a"
    )
    assert (error.distribution, error.version, error.target, error.cause) == (
        "glassnet-a", "1.0", "glassnet_a:A", "ValueError: x"
    )  # fmt: skip


def test_a_key_error_does_not_put_its_message_in_quotes():
    assert str(UnknownComponentError("unknown layer 'x'")) == "unknown layer 'x'"


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("acc", "accuracy"),
        ("Acc", "accuracy"),
        ("rmse", "root_mean_squared_error"),
        ("prec", "precision"),
        ("mean_sqared_error", "root_mean_squared_error"),
    ],
)
def test_a_short_form_means_the_name_that_it_is_short_for(wrong, meant):
    metrics = ["accuracy", "auc", "f1", "mae", "precision", "recall", "root_mean_squared_error", "top_k"]
    assert did_you_mean(wrong, metrics) == f", did you mean {meant!r}?"


def test_the_signs_of_an_option_are_not_what_makes_it_near():
    assert did_you_mean("--lx", ["--help", "--layers"]) == ""
    assert did_you_mean("--epohcs", ["--help", "--epochs"]) == ", did you mean '--epochs'?"


@pytest.mark.parametrize(
    ("wrong", "hint"), [("admm", ", did you mean 'adam'?"), ("ADAM", ", did you mean 'adam'?"), ("xyz", ""), ("", "")]
)
def test_the_nearest_name_is_proposed_when_it_is_near(wrong, hint):
    assert did_you_mean(wrong, ["adam", "sgd"]) == hint
