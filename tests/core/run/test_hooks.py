"""Callbacks and their hooks: what is refused before a run starts, and what an exception in one does to others."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import CallbackError
from glassnet.run.hooks import Hooks

X = np.linspace(0, 1, 4)[:, None]


def fit(*callbacks, epochs=1):
    net = gn.Network("dense(1)")
    return net.fit(X, X, loss="mse", optimizer="sgd", epochs=epochs, callbacks=callbacks)


def callback(**methods):
    """Return a callback with these methods."""
    return type("Sample", (gn.Callback,), methods)()


def nothing(self, run):
    """Do nothing."""


def fail(message):
    def method(self, run):
        raise RuntimeError(message)

    return method


# --- refused before anything is trained ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("on_epoch_ends", "on_epoch_end"),
        ("run_start", "on_run_start"),
        ("shold_stop", "should_stop"),
        ("on_plot", None),
    ],
)
def test_a_method_that_is_called_almost_like_a_hook_is_refused(name, meant):
    with pytest.raises(CallbackError, match=f"callback sample has no hook to implement as '{name}'") as caught:
        fit(callback(**{name: nothing}))
    assert (f"did you mean '{meant}'?" in str(caught.value)) == (meant is not None)
    assert "on_run_start, restore_state, on_resume, on_epoch_start" in str(caught.value)


def test_other_methods_and_properties_are_the_callbacks_own_business():
    def explode(self):
        raise AssertionError("evaluated")

    fit(callback(plot=nothing, _on_epoch_ends=nothing, on_show=property(explode), replace_all=staticmethod(nothing)))


def test_a_hook_may_be_a_static_or_a_class_method():
    called = []
    fit(callback(on_epoch_end=staticmethod(lambda run: called.append(run.epoch))), epochs=2)
    fit(callback(on_epoch_end=classmethod(lambda cls, run: called.append(cls.__name__))))
    assert called == [1, 2, "Sample"]


def test_a_hook_may_leave_out_its_argument():
    called = []
    fit(callback(on_epoch_end=lambda self: called.append("end")))
    assert called == ["end"]


@pytest.mark.parametrize("value", [42, property(lambda self: None), print])
def test_a_hooks_name_for_anything_but_a_method_is_refused(value):
    with pytest.raises(CallbackError, match="callback sample: on_epoch_end must be a method"):
        fit(callback(on_epoch_end=value))


def test_a_hook_with_an_argument_that_nobody_gives_is_refused():
    with pytest.raises(CallbackError, match=r"callback sample: .*'epoch'.* can not be found in the hookspec"):
        fit(callback(on_epoch_end=lambda self, run, epoch: None))


def test_a_callback_that_is_listed_twice_is_refused():
    one = callback()
    with pytest.raises(CallbackError, match="callback sample is listed twice; make a second instance"):
        fit(one, one)
    fit(callback(), callback())


# --- calling ---------------------------------------------------------------------------------------------------------


def test_a_hook_that_nobody_implements_costs_nothing():
    hooks = Hooks([callback(on_epoch_end=nothing)])
    assert hooks.calls.on_batch_end is None
    assert hooks.calls.on_epoch_end is not None
    assert hooks.call("on_batch_end", run=None) is None


def test_a_marker_changes_the_order():
    called = []
    early = gn.run_hookimpl(tryfirst=True)(lambda self, run: called.append("early"))
    fit(callback(on_epoch_end=lambda self, run: called.append("first")), callback(on_epoch_end=early))
    assert called == ["early", "first"]


def test_the_first_result_of_a_step_wins():
    called = []

    def step(loss):
        return lambda self, run: called.append(loss) or loss

    history = fit(callback(train_step=step(None)), callback(train_step=step(0.25)), callback(train_step=step(0.5)))
    assert called == [None, 0.25]
    assert history["loss"] == [0.25]


def test_training_stops_when_any_callback_says_so():
    history = fit(callback(should_stop=lambda self, run: False), callback(should_stop=lambda self, run: True), epochs=5)
    assert len(history["loss"]) == 1


# --- exceptions ------------------------------------------------------------------------------------------------------


def test_an_exception_says_whose_it_is_and_ends_the_run():
    called = []
    with pytest.raises(RuntimeError, match="mine") as caught:
        fit(callback(on_epoch_end=fail("mine")), callback(on_epoch_end=lambda self, run: called.append("later")))
    assert caught.value.__notes__ == ["raised by the callback sample in on_epoch_end"]
    assert called == []


@pytest.mark.parametrize("position", [0, 1])
def test_every_callback_may_close_even_where_another_fails_in_it(position):
    closed = []
    callbacks = [callback(on_run_end=lambda self, run: closed.append("closed"))]
    callbacks.insert(position, callback(on_run_end=fail("while closing")))
    with pytest.raises(RuntimeError, match="while closing") as caught:
        fit(*callbacks)
    assert closed == ["closed"]
    assert caught.value.__notes__ == ["raised by the callback sample in on_run_end"]


def test_the_first_failure_in_closing_names_the_others():
    with pytest.raises(RuntimeError, match="one") as caught:
        fit(callback(on_run_end=fail("one")), callback(on_run_end=fail("two")))
    assert caught.value.__notes__ == [
        "raised by the callback sample in on_run_end",
        "then RuntimeError: two, raised by the callback sample in on_run_end",
    ]


def test_a_failure_while_an_exception_is_handled_does_not_hide_it():
    def interrupt(self, run):
        raise KeyboardInterrupt("the user's")

    handled = []
    with pytest.raises(KeyboardInterrupt, match="the user's") as caught:
        fit(
            callback(on_batch_end=interrupt),
            callback(on_exception=fail("while handling")),
            callback(on_exception=lambda self, run, exception: handled.append(exception)),
        )
    assert handled == [caught.value]
    whose = "raised by the callback sample in on_exception"
    assert caught.value.__notes__ == [f"then RuntimeError: while handling, {whose}"]


def test_what_a_callback_remembers_belongs_to_the_run():
    class Counter(gn.Callback):
        def on_run_start(self, run):
            run.state_of(self).count = 0

        def on_epoch_end(self, run):
            run.state_of(self).count += 1
            counts.append(run.state_of(self).count)

    counts = []
    shared = Counter()
    for _ in range(2):
        fit(shared, epochs=2)
    assert counts == [1, 2, 1, 2]


# --- put something around what others do -----------------------------------------------------------------------------


def test_any_component_can_put_something_around_every_implementation():
    calls = []

    def note(self, run):
        calls.append("itself")

    other = callback(on_batch_end=note, on_epoch_end=note)

    class Around(gn.Callback):
        @gn.run_hookimpl(wrapper=True)
        def hook_call(self, component, hook):
            if component is other:
                calls.append(hook)
            return (yield)

    fit(other, Around())
    assert calls == ["on_batch_end", "itself", "on_epoch_end", "itself"]


# --- the parts of a step ---------------------------------------------------------------------------------------------


def test_each_part_of_a_step_is_a_hook_that_can_be_wrapped():
    calls = []

    def wrapped(part):
        def wrapper(self, run):
            calls.append(part)
            return (yield)

        return gn.run_hookimpl(wrapper=True)(wrapper)

    parts = ["train_step", "forward_step", "loss_step", "backward_step", "optimizer_step", "metrics_step"]
    fit(callback(**{part: wrapped(part) for part in parts}))
    assert calls == parts


def test_an_optimizer_step_may_be_replaced():
    net = gn.Network("dense(1)").build((1,))
    before = net.flat_parameters.copy()
    still = callback(optimizer_step=lambda self, run: True)
    net.fit(X, X, loss="mse", optimizer="sgd", epochs=3, callbacks=[still])
    np.testing.assert_array_equal(net.flat_parameters, before)


def test_a_loss_step_may_be_replaced():
    """The derivative of the sum of the outputs by the bias is the number of samples."""

    def loss_step(self, run):
        outputs = run.evaluation.outputs
        return float(outputs.sum()), np.ones_like(outputs)

    net = gn.Network("dense(1, weight_init=zeros)").build((1,))
    history = net.fit(X, X, loss="mse", optimizer="sgd(lr=0.5)", callbacks=[callback(loss_step=loss_step)])
    assert history["loss"] == [0.0]
    assert net.parameters["0.bias"] == -0.5 * 4


def test_a_step_that_evaluates_twice_counts_a_batch_once():
    def twice(self, run):
        first = run.compute_gradients()
        run.compute_gradients()
        run.update()
        return first

    counted = []

    class Samples(gn.Metric):
        """The number of samples."""

        formula = "samples"

        def reset(self):
            self._samples = 0

        def update(self, y_true, y_pred):
            self._samples += len(y_true)

        def compute(self):
            return self._samples

    step = callback(train_step=twice, on_epoch_end=lambda self, run: counted.append(run.logs["samples"]))
    gn.Network("dense(1)").fit(X, X, loss="mse", optimizer="sgd", metrics=[Samples()], callbacks=[step], epochs=2)
    assert counted == [4, 4]


# --- figures of a callback's own -------------------------------------------------------------------------------------


def test_the_history_has_a_reported_figures_last_value_of_each_epoch():
    def on_batch_end(self, run):
        run.report("steps", run.step)

    def on_epoch_end(self, run):
        run.report("ends", 10 * run.epoch)
        assert run.logs["steps"] == run.step

    history = fit(callback(on_batch_end=on_batch_end, on_epoch_end=on_epoch_end), epochs=3)
    assert list(history["steps"]) == [1, 2, 3]
    assert list(history["ends"]) == [10, 20, 30]


@pytest.mark.parametrize(("name", "value"), [("loss", 1.0), ("val_loss", 1.0), ("mine", "text"), ("mine", None)])
def test_a_figure_with_a_taken_name_or_that_is_not_a_number_is_refused(name, value):
    with pytest.raises(gn.OptionError, match=f"run.report: .*{name}"):
        fit(callback(on_batch_end=lambda self, run: run.report(name, value)))


def test_a_reported_figure_is_saved_and_resumed(tmp_path):
    class Reports(gn.Callback):
        """Reports the step of the first batch of each epoch, and breaks off within the second epoch."""

        breaks_off: bool = gn.option(help="whether to break off")

        def on_batch_end(self, run):
            if run.batch_in_epoch == 1:
                run.report("first", run.step)
            elif run.epoch == 1 and self.breaks_off:
                run.save_state()
                raise KeyboardInterrupt

    def run(breaks_off, **options):
        net = gn.Network("dense(1)")
        settings = {"loss": "mse", "optimizer": "sgd", "epochs": 3, "batch_size": 2, "callbacks": [Reports(breaks_off)]}
        return net.fit(X, X, folder=tmp_path, **settings, **options)

    with pytest.raises(KeyboardInterrupt):
        run(True)
    assert run(False, resume_from=tmp_path)["first"] == [1, 3, 5]
    assert (tmp_path / "history.csv").read_text().splitlines()[0] == "epoch,loss,first"
