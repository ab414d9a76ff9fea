"""`fit` takes the arguments of plugins, and refuses those that no plugin takes."""

import subprocess
import sys

import numpy as np
import pytest

import glassnet as gn
from glassnet.registry.plugins import plugins

X = np.zeros((4, 2))


def fit(**options):
    gn.Network("dense(1)").fit(X, X[:, :1], loss="mse", optimizer="sgd", progress=False, **options)


def test_a_misspelt_argument_of_a_plugin_is_refused():
    with pytest.raises(gn.OptionError, match=r"fit\(\) has no option 'distribute', did you mean 'distributed'"):
        fit(distribute=True)
    with pytest.raises(gn.OptionError, match=r"fit\(\) has no option 'of_plugins'"):
        fit(of_plugins={})


def test_a_plugin_is_given_the_arguments_that_it_names():
    class Plugin:
        """Takes an argument."""

        seen = None

        @gn.hookimpl
        def glassnet_fit_options(self):
            return ["colour"]

        @gn.hookimpl(tryfirst=True)
        def glassnet_prepare_rows(self, network, x, y, given):
            self.seen = given.get("colour")

    plugin = Plugin()
    plugins.register(plugin)
    try:
        fit(colour="red")
    finally:
        plugins.unregister(plugin)
    assert plugin.seen == "red"
    with pytest.raises(gn.OptionError, match="fit\\(\\) has no option 'colour'"):
        fit(colour="red")


def test_without_the_plugin_its_argument_is_refused_in_one_sentence():
    program = (
        "import glassnet as gn, numpy as np; x = np.zeros((4, 2))\n"
        "gn.Network('dense(1)').fit(x, x[:, :1], loss='mse', optimizer='sgd', distributed=True)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"GLASSNET_DISABLE": "distributed"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "fit() has no option 'distributed'; the plugin that shares a training is switched off" in done.stderr
