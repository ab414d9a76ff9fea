"""The nearest of several names, and messages without the plugin that finds it."""

import os
import subprocess
import sys
import textwrap

import pytest

from glassnet_names.nearest import did_you_mean


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


def test_without_the_plugin_messages_name_what_there_is():
    program = """
        import glassnet as gn

        for wrong in (lambda: gn.create("los", "mse"), lambda: gn.layers):
            try:
                wrong()
            except (gn.UnknownComponentError, gn.UnknownAttributeError) as error:
                print(error)
    """
    environment = {**os.environ, "GLASSNET_DISABLE": "names"}
    command = [sys.executable, "-c", textwrap.dedent(program)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=True)
    kind, attribute = ended.stdout.splitlines()
    assert kind.startswith("unknown kind 'los' (the kinds: layer, activation, loss")
    assert attribute == "module 'glassnet' has no attribute 'layers'"
