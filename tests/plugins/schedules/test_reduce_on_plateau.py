"""reduce_on_plateau in a run: it drops, it does not fall below its floor, and it needs validation."""

from types import SimpleNamespace

import numpy as np
import pytest

import glassnet as gn

X = np.ones((4, 1))


class Lrs(gn.Callback):
    """Collects the step size of each epoch, for the test to read."""

    def on_epoch_start(self, run):
        seen.append(run.lr)


seen: list = []


@pytest.fixture(autouse=True)
def _nothing_seen():
    seen.clear()


def fit(schedule, epochs=7):
    # A step size of nearly nothing: the validation loss stands still, so every epoch after the first is a plateau.
    gn.Network(["dense(1)"]).fit(
        X, X, loss="mse", optimizer="sgd(lr=1e-12)", schedule=schedule, epochs=epochs, validation=(X, X),
        callbacks=[Lrs()],
    )  # fmt: skip
    return np.array(seen) / 1e-12


def test_it_drops_after_one_epoch_more_than_patience_forgives():
    # The first epoch improves on nothing; the second and third are forgiven; the fourth drops; then again.
    np.testing.assert_allclose(fit("reduce_on_plateau(factor=0.5, patience=2)"), [1, 1, 1, 1, 0.5, 0.5, 0.5])


def test_it_does_not_fall_below_the_lowest():
    sizes = fit("reduce_on_plateau(factor=0.1, patience=0, min_factor=0.05)")
    np.testing.assert_allclose(sizes, [1, 1, 0.1, 0.05, 0.05, 0.05, 0.05])


def test_without_validation_data_it_says_what_to_do():
    with pytest.raises(gn.OptionError, match=r"needs validation data; give validation=0\.1"):
        gn.Network(["dense(1)"]).fit(X, X, loss="mse", optimizer="sgd", schedule="reduce_on_plateau")


def test_an_unknown_figure_is_named_with_those_that_are_recorded():
    with pytest.raises(gn.OptionError, match=r"no figure 'val_acc' .recorded: val_loss"):
        fit("reduce_on_plateau(monitor='val_acc')")


def drops(schedule, figures):
    """Return the run's factor after each epoch, for validation figures that are given."""
    memory = SimpleNamespace()
    run = SimpleNamespace(validation=object(), state_of=lambda _: memory, lr_scale=1.0, logs={})
    run.metrics = {}
    schedule.on_run_start(run)
    factors = []
    for figure in figures:
        run.logs = {"val_loss": figure, "val_accuracy": figure}
        schedule.on_validation_end(run)
        factors.append(run.lr_scale)
    return factors


def test_higher_is_better_where_mode_says_so():
    schedule = gn.schedules.reduce_on_plateau("val_accuracy", factor=0.5, patience=0, mode="max")
    assert drops(schedule, [0.5, 0.6, 0.7, 0.6, 0.8]) == [1, 1, 1, 0.5, 0.5]


def test_a_change_of_min_delta_is_no_improvement_and_the_best_stays():
    schedule = gn.schedules.reduce_on_plateau(factor=0.5, patience=0, min_delta=0.25)
    # 0.75 is exactly min_delta below 1.0; 0.5 is more than that below 1.0, and the best from then on.
    assert drops(schedule, [1.0, 0.75, 0.5, 0.375]) == [1, 0.5, 0.5, 0.25]


def test_an_improvement_starts_the_count_anew():
    schedule = gn.schedules.reduce_on_plateau(factor=0.5, patience=1)
    assert drops(schedule, [5, 5, 4, 4, 3, 3, 3]) == [1, 1, 1, 1, 1, 1, 0.5]


def test_a_loss_that_is_no_number_is_no_improvement():
    schedule = gn.schedules.reduce_on_plateau(factor=0.5, patience=0)
    assert drops(schedule, [1.0, float("nan"), 0.5]) == [1, 0.5, 0.5]


def test_which_way_is_better_is_asked_of_the_metric():
    """A rising accuracy is not a plateau, and neither is a falling error; the other way round they are."""

    def scales(monitor, metric, figures):
        schedule = gn.create("schedule", f"reduce_on_plateau({monitor!r}, factor=0.5, patience=0)")
        memory = SimpleNamespace()
        run = SimpleNamespace(validation=object(), state_of=lambda _: memory, lr_scale=1.0)
        run.metrics = {}
        run.metrics = {monitor.removeprefix("val_"): gn.create("metric", metric)}
        schedule.on_run_start(run)
        found = []
        for figure in figures:
            run.logs = {monitor: figure}
            schedule.on_validation_end(run)
            found.append(run.lr_scale)
        return found

    assert scales("val_accuracy", "accuracy", [0.5, 0.6, 0.7]) == [1, 1, 1]
    assert scales("val_accuracy", "accuracy", [0.7, 0.6, 0.5]) == [1, 0.5, 0.25]
    assert scales("val_mean_absolute_error", "mean_absolute_error", [3, 2, 1]) == [1, 1, 1]
    assert scales("val_mean_absolute_error", "mean_absolute_error", [1, 2, 3]) == [1, 0.5, 0.25]


def test_a_metric_that_does_not_say_which_way_is_better_is_refused():
    class Unsaid(gn.Metric):
        def reset(self):
            pass

        def update(self, y_true, y_pred):
            pass

        def compute(self):
            return 1.0

    options = {"loss": "mse", "optimizer": "sgd", "metrics": [Unsaid()], "validation": (X, X)}
    with pytest.raises(gn.OptionError, match="give mode='max' or mode='min'"):
        gn.Network(["dense(1)"]).fit(X, X, schedule="reduce_on_plateau('val_unsaid')", **options)
