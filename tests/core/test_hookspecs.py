"""Every hook in the index is called, when it says it is: a hook that is added has to be added here."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import glassnet as gn
from glassnet.registry import hookspecs
from glassnet.registry.hookspecs import PluginHooks, RunHooks
from glassnet.training.hooks import HOOKS

EPOCH = [
    "on_epoch_start",
    *(["on_batch_start", "train_step", "on_after_backward", "on_batch_end"] * 2),
    "on_validation_end",
    "on_epoch_end",
]


def recorder(called, name=""):
    """Return a callback that implements every hook there is, and appends what is called."""

    def implementation(hook):
        def record(self, run):
            assert isinstance(run, gn.Run)
            called.append(name + hook)

        return record

    return type("Recorder", (gn.Callback,), {hook: implementation(hook) for hook in HOOKS})()


def fit(*callbacks, loss="mse", **options):
    x = np.linspace(0, 1, 6)[:, None]
    net = gn.Network("dense(2) tanh dense(1)")
    net.fit(x, x, loss=loss, optimizer="sgd", batch_size=3, validation=(x, x), callbacks=callbacks, **options)


def test_a_run_calls_every_hook_in_order():
    called = []
    fit(recorder(called), epochs=2)
    assert called == ["on_run_start", *EPOCH, "should_stop", *EPOCH, "on_run_end"]


def test_a_run_that_is_broken_off_calls_the_rest():
    class Breaking(gn.Callback):
        def on_batch_end(self, run):
            raise KeyboardInterrupt

    called = []
    with pytest.raises(KeyboardInterrupt):
        fit(recorder(called), Breaking(), epochs=2)
    assert called == ["on_run_start", *EPOCH[:5], "on_exception", "on_run_end"]


def test_these_are_all_the_hooks_of_a_run():
    assert {*HOOKS} == {"on_run_start", *EPOCH, "should_stop", "on_exception", "on_run_end"}


def test_callbacks_are_called_in_the_order_of_the_list():
    called = []
    fit(recorder(called, "first "), recorder(called, "second "), epochs=1)
    expected = [f"{which} {hook}" for hook in ["on_run_start", *EPOCH, "on_run_end"] for which in ("first", "second")]
    assert called == expected


def test_a_component_is_asked_for_through_the_hook_of_the_registry(registry):
    component = registry.resolve("activation", "relu")
    implementations = registry.plugins.hook.glassnet_component.get_hookimpls()
    assert [each.function() for each in implementations] == [component]


def test_the_index_holds_every_specification_and_each_says_what_it_is_for():
    classes = {
        each for each in vars(hookspecs).values() if getattr(each, "__module__", "") == "glassnet.registry.hookspecs"
    }
    assert classes == {PluginHooks, RunHooks}
    for each in classes:
        for name, function in vars(each).items():
            if not name.startswith("_"):
                marks = {"glassnet_spec", "glassnet_run_spec"} & set(vars(function))
                assert len(marks) == 1, name
                assert len(inspect.getdoc(function).split()) > 5, name
