"""Early stopping: when it stops, and what it leaves in the network."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassnet as gn

X = np.linspace(-1, 1, 12)[:, None]
Y = np.sin(3 * X[:, 0])


class Outcome:
    """What a scripted run did: its network, its history, and the parameters at the end of each epoch."""

    def __init__(self) -> None:
        self.net = gn.Network(["dense(3)", "tanh", "dense(1)"])
        self.vectors: list[bytes] = []

    @property
    def epochs(self) -> int:
        return len(self.vectors)

    def holds_epoch(self, number: int) -> bool:
        """Tell whether the network has the parameters of the end of that epoch, counted from 1."""
        assert len(set(self.vectors)) == len(self.vectors), "training must change the parameters in every epoch"
        return self.net.flat_parameters.tobytes() == self.vectors[number - 1]


def scripted(values: list[float], stopping: Any, figure: str = "val_loss", more: Any = (), **options: Any) -> Outcome:
    """Train for as many epochs as there are values, with `figure` taking these values in place of its own."""
    outcome = Outcome()

    class Script(gn.Callback):
        def on_validation_end(self, run: gn.Run) -> None:
            assert figure in run.logs
            run.logs[figure] = values[run.epoch]

        def on_epoch_end(self, run: gn.Run) -> None:
            outcome.vectors.append(run.network.flat_parameters.tobytes())

    outcome.net.fit(
        X,
        Y,
        loss="mse",
        optimizer="sgd(lr=0.05)",
        epochs=len(values),
        batch_size=5,
        validation=(X, Y),
        callbacks=[Script(), stopping, *more],
        progress=False,
        **options,
    )
    return outcome


def test_it_stops_after_patience_epochs_and_restores_the_best() -> None:
    outcome = scripted([5, 4, 3, 3.5, 3.2, 3.1, 1, 0], "early_stopping(patience=3)")
    assert outcome.epochs == 6
    assert outcome.holds_epoch(3)


def test_an_improvement_starts_the_patience_anew() -> None:
    outcome = scripted([5, 6, 4, 5, 3, 4, 4, 9], "early_stopping(patience=2)")
    assert outcome.epochs == 7
    assert outcome.holds_epoch(5)


def test_patience_of_one_stops_at_the_first_epoch_that_is_no_better() -> None:
    outcome = scripted([5, 4, 4.5, 1], "early_stopping(patience=1)")
    assert outcome.epochs == 3
    assert outcome.holds_epoch(2)


def test_an_equal_value_is_no_improvement() -> None:
    outcome = scripted([2, 2, 2, 2, 2], "early_stopping(patience=2)")
    assert outcome.epochs == 3
    assert outcome.holds_epoch(1)


def test_a_change_must_exceed_min_delta() -> None:
    # From the best so far, 5, to 4.5 is exactly the half that does not count; 4.4 does, and 4.0 again not.
    outcome = scripted([5, 4.5, 4.4, 4.0, 3.95, 1], "early_stopping(patience=2, min_delta=0.5)")
    assert outcome.epochs == 5
    assert outcome.holds_epoch(3)


def test_the_best_is_restored_when_the_epochs_are_over_first() -> None:
    outcome = scripted([5, 3, 4, 3.5], "early_stopping(patience=10)")
    assert outcome.epochs == 4
    assert outcome.holds_epoch(2)


def test_the_last_stays_when_it_is_the_best() -> None:
    outcome = scripted([5, 4, 3], "early_stopping(patience=10)")
    assert outcome.holds_epoch(3)


def test_nan_is_no_improvement() -> None:
    outcome = scripted([5, math.nan, math.nan, 1], "early_stopping(patience=2)")
    assert outcome.epochs == 3
    assert outcome.holds_epoch(1)


def test_where_every_value_is_nan_the_last_parameters_stay() -> None:
    outcome = scripted([math.nan] * 5, "early_stopping(patience=2)")
    assert outcome.epochs == 2
    assert outcome.holds_epoch(2)


def test_mode_max_looks_for_the_highest() -> None:
    outcome = scripted([1, 3, 2, 2.5, 0], "early_stopping(patience=2, mode='max')")
    assert outcome.epochs == 4
    assert outcome.holds_epoch(2)


def test_mode_auto_knows_that_an_error_should_be_low() -> None:
    outcome = scripted(
        [3, 1, 2, 2.5, 0],
        "early_stopping(patience=2, monitor='val_mean_absolute_error')",
        "val_mean_absolute_error",
        metrics=["mae"],
    )
    assert outcome.epochs == 4
    assert outcome.holds_epoch(2)


@pytest.mark.parametrize("validated", [True, False])
def test_mode_auto_knows_that_accuracy_should_be_high(validated: bool) -> None:
    values = [0.5, 0.9, 0.8, 0.85, 1.0]
    name = "val_accuracy" if validated else "accuracy"

    class Script(gn.Callback):
        def on_validation_end(self, run: gn.Run) -> None:
            run.logs[name] = values[run.epoch]

    history = gn.Network(["dense(1)", "sigmoid"]).fit(
        X,
        (Y > 0).astype(float),
        loss="bce",
        optimizer="sgd",
        epochs=5,
        validation=0.25,
        metrics=["accuracy"],
        callbacks=[Script(), gn.callbacks.early_stopping(monitor=name, patience=2)],
        progress=False,
    )
    assert history[name] == values[:4]


def test_the_training_loss_can_be_watched_without_validation() -> None:
    seen: list[float] = []

    class Script(gn.Callback):
        def train_step(self, run: gn.Run) -> float:
            return [3.0, 2.0, 4.0, 5.0, 1.0][run.epoch]

        def on_epoch_end(self, run: gn.Run) -> None:
            seen.append(run.logs["loss"])

    stopping = gn.callbacks.early_stopping(monitor="loss", patience=2)
    gn.Network(["dense(1)"]).fit(
        X, Y, loss="mse", optimizer="sgd", epochs=5, callbacks=[Script(), stopping], progress=False
    )
    assert seen == [3.0, 2.0, 4.0, 5.0]


def test_a_run_broken_off_keeps_its_last_parameters() -> None:
    outcome = Outcome()
    at_interrupt: list[bytes] = []

    class CtrlC(gn.Callback):
        def on_batch_end(self, run: gn.Run) -> None:
            if run.step == 8:  # in the middle of the third epoch of three steps
                outcome.net = run.network
                at_interrupt.append(run.network.flat_parameters.tobytes())
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scripted([1, 2, 3, 4], "early_stopping", more=[CtrlC()])
    assert outcome.net.flat_parameters.tobytes() == at_interrupt[0]


# In the middle of the third epoch of three steps, after its last step, and while the patience runs.
@pytest.mark.parametrize("step", [8, 9, 14])
def test_a_run_that_is_continued_ends_like_one_that_was_never_broken_off(tmp_path: Path, step: int) -> None:
    class CtrlC(gn.Callback):
        def on_batch_end(self, run: gn.Run) -> None:
            if run.step == step:
                run.save_state()
                raise KeyboardInterrupt

    values = [5, 4, 3, 3.5, 3.2, 3.1, 1, 0]
    whole = scripted(values, "early_stopping(patience=3)")
    with pytest.raises(KeyboardInterrupt):
        scripted(values, "early_stopping(patience=3)", more=[CtrlC()], folder=tmp_path)
    continued = scripted(values, "early_stopping(patience=3)", resume_from=tmp_path)
    assert whole.vectors[-continued.epochs :] == continued.vectors
    assert continued.epochs < 6
    assert continued.net.flat_parameters.tobytes() == whole.net.flat_parameters.tobytes()


class Counter(gn.Layer):
    """Passes its input on, and counts the batches it was trained with."""

    def state(self, shape: gn.Shape) -> gn.Arrays:
        return {"batches": np.zeros(1)}

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        if ctx.training:
            ctx.state["batches"] += 1
        return x, None

    def backward(self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context) -> gn.Array:
        return dy


def test_the_layers_state_goes_back_with_the_parameters() -> None:
    values = [3.0, 2.0, 4.0, 5.0, 6.0]

    class Script(gn.Callback):
        def on_validation_end(self, run: gn.Run) -> None:
            run.logs["val_loss"] = values[run.epoch]

    net = gn.Network([Counter(), "dense(1)"])
    net.fit(
        X,
        Y,
        loss="mse",
        optimizer="sgd",
        epochs=5,
        batch_size=4,
        validation=(X, Y),
        callbacks=[Script(), "early_stopping(patience=2)"],
        progress=False,
    )
    # Three batches an epoch, four epochs trained, the second the best.
    assert net.state["0"]["batches"].tolist() == [6.0]


def test_a_real_fit_ends_with_its_lowest_validation_loss() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 4)), rng.normal(size=20)  # noise: what is learned does not carry over
    held_out = gn.Split(rng.normal(size=(20, 4)), rng.normal(size=20))
    net = gn.Network(["dense(16)", "tanh", "dense(1)"])
    history = net.fit(
        x,
        y,
        loss="mse",
        optimizer="adam(lr=0.01)",
        epochs=200,
        validation=held_out,
        callbacks=["early_stopping(patience=5)"],
        progress=False,
    )
    lowest = min(history["val_loss"])
    assert history["val_loss"].index(lowest) == len(history["val_loss"]) - 6 < 194
    assert net.evaluate(held_out)["loss"] == pytest.approx(lowest, rel=1e-6)


def test_one_instance_serves_several_runs() -> None:
    stopping = gn.callbacks.early_stopping(patience=2)
    before = vars(stopping).copy()
    for _ in range(2):
        outcome = scripted([2, 1, 3, 4, 5], stopping)
        assert outcome.epochs == 4
        assert outcome.holds_epoch(2)
    assert vars(stopping) == before


def test_a_figure_that_is_not_recorded_is_named_with_those_that_are() -> None:
    with pytest.raises(gn.OptionError) as caught:
        scripted([1, 1, 1], "early_stopping(monitor='val_los')")
    assert str(caught.value) == (
        "early_stopping: no figure 'val_los', did you mean 'val_loss'? (recorded: loss, val_loss); "
        "monitor one that is recorded"
    )


def test_validation_figures_need_validation_data() -> None:
    steps = []

    class Count(gn.Callback):
        def on_batch_end(self, run: gn.Run) -> None:
            steps.append(run.step)

    with pytest.raises(gn.OptionError, match=r"'val_loss' needs validation data; give validation=0\.1, or monitor="):
        gn.Network(["dense(1)"]).fit(
            X, Y, loss="mse", optimizer="sgd", callbacks=["early_stopping", Count()], progress=False
        )
    assert steps == []


def test_mode_auto_refuses_a_figure_whose_better_way_is_not_known() -> None:
    class Adds(gn.Callback):
        def on_validation_end(self, run: gn.Run) -> None:
            run.logs["val_roughness"] = 1.0

    stopping = gn.callbacks.early_stopping(monitor="val_roughness")
    with pytest.raises(gn.OptionError, match="'val_roughness' is better is not known; give mode='max' or mode='min'"):
        gn.Network(["dense(1)"]).fit(
            X, Y, loss="mse", optimizer="sgd", validation=(X, Y), callbacks=[Adds(), stopping], progress=False
        )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"patience": 0}, "patience must be >= 1"),
        ({"min_delta": -0.1}, "min_delta must be >= 0"),
        ({"mode": "maximum"}, "mode must be one of 'auto', 'min', 'max'"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(gn.OptionError, match=message):
        gn.callbacks.early_stopping(**options)
