"""Every hook in the index is called, when it says it is: a hook that is added has to be added here."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import glassnet as gn
from glassnet.registry.hookspecs import PluginHooks
from glassnet.run.hook_table import HOOKS
from glassnet.run.run_hooks import RunHooks

START = ["run_training", *["prepare_component"] * 5, "check_run", "on_run_start"]
STEP = [
    "on_batch_start",
    "train_step",
    "forward_step",
    "loss_step",
    "backward_step",
    "on_after_backward",
    "optimizer_step",
    "metrics_step",
    "on_batch_end",
]
EPOCH = [
    "on_epoch_start",
    "epoch_batches",
    *(STEP * 2),
    "complete_epoch",
    "on_train_epoch_end",
    "run_validation",
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

    # A component with hook_call is asked for all other hooks too.
    hooks = [hook for hook in HOOKS if hook != "hook_call"]
    return type("Recorder", (gn.Callback,), {hook: implementation(hook) for hook in hooks})()


def fit(*callbacks, loss="mse", **options):
    x = np.linspace(0, 1, 6)[:, None]
    net = gn.Network("dense(2) tanh dense(1)")
    settings = {"loss": loss, "optimizer": "sgd", "batch_size": 3, "validation": (x, x), "callbacks": callbacks}
    net.fit(x, x, **{**settings, **options})


def test_a_run_calls_every_hook_in_order():
    called = []
    fit(recorder(called), epochs=2)
    assert called == [*START, *EPOCH, "should_stop", *EPOCH, "on_train_end", "on_run_end"]


def test_a_run_that_is_broken_off_calls_the_rest():
    class Breaking(gn.Callback):
        def on_batch_end(self, run):
            raise KeyboardInterrupt

    called = []
    with pytest.raises(KeyboardInterrupt):
        fit(recorder(called), Breaking(), epochs=2)
    assert called == [*START, *EPOCH[: 2 + len(STEP)], "on_exception", "on_run_end"]


def test_a_loss_that_is_not_finite_has_a_hook_before_the_update():
    seen = []

    class Infinite(gn.Callback):
        def loss_step(self, run):
            return np.inf, np.zeros_like(run.evaluation.outputs)

        def on_nonfinite_loss(self, run, loss, is_returned):
            seen.append((run.step, loss, is_returned))

    with pytest.warns(gn.GlassnetWarning, match="the loss is inf in epoch 1"):
        fit(Infinite(), epochs=1, on_divergence="continue", validation=None)
    assert seen == [(0, np.inf, False), (1, np.inf, False)]


def test_a_run_that_is_saved_and_continued_calls_the_rest(tmp_path):
    called = []
    fit(recorder(called), epochs=1, folder=tmp_path)
    assert {"save_state", "numerics", "describe_run"} <= {*called}
    called.clear()
    fit(recorder(called), epochs=2, folder=tmp_path, resume_from=tmp_path)
    start = called.index("on_run_start")
    assert called[start + 1 : start + 3] == ["restore_state", "on_resume"]


def test_these_are_all_the_hooks_of_a_run():
    elsewhere = {"on_nonfinite_loss", "on_resume", "hook_call"}
    elsewhere |= {"save_state", "restore_state", "numerics", "describe_run"}
    assert {*HOOKS} == {*START, *EPOCH, "should_stop", "on_exception", "on_train_end", "on_run_end"} | elsewhere


def test_callbacks_are_called_in_the_order_of_the_list():
    called = []
    fit(recorder(called, "first "), recorder(called, "second "), epochs=1)
    expected = [
        f"{which} {hook}" for hook in [*START, *EPOCH, "on_train_end", "on_run_end"] for which in ("first", "second")
    ]
    assert called == expected


def test_a_component_is_asked_for_through_the_hook_of_the_registry(registry):
    component = registry.resolve("activation", "relu")
    implementations = registry.plugins.hook.glassnet_component.get_hookimpls()
    assert [each.function() for each in implementations] == [component]


def test_the_index_holds_every_specification_and_each_says_what_it_is_for():
    classes = (PluginHooks, RunHooks)
    for each in classes:
        for name, function in vars(each).items():
            if not name.startswith("_"):
                marks = {"glassnet_spec", "glassnet_run_spec"} & set(vars(function))
                assert len(marks) == 1, name
                assert len(inspect.getdoc(function).split()) > 5, name
