"""Profile: by a clock that only the parts themselves move, each gets its own time, and all together the whole."""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators.numpy_only.softmax import SoftmaxByColumns
from glassnet_callbacks.profiling.replacement import Wrapper
from glassnet_callbacks.profiling.stopwatch import Account, Stopwatch
from glassnet_callbacks.profiling.watched import WatchedArray, watched, watched_by
from glassnet_layers.dense import Dense

# 5 samples in batches of 2: three steps an epoch
X = np.linspace(-1, 1, 10, dtype=np.float32).reshape(5, 2)
Y = np.sin(3 * X[:, :1])
STEPS = 3


class Clock:
    """A clock that stands still until it is moved, or moves on whenever it is read."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.tick = 0.0

    def __call__(self) -> float:
        self.now += self.tick
        return self.now


CLOCK = Clock()


@pytest.fixture(autouse=True)
def _numpy_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    # Which compiled accelerators are used depends on whether another test has imported what they need.
    monkeypatch.setattr(gn.Accelerator, "has_started", classmethod(lambda cls: False))
    # Behind a test that has fused a run, predictions are fused too.
    monkeypatch.delitem(sys.modules, "glassnet_fusion.program", raising=False)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setattr("glassnet_callbacks.profiling.stopwatch.perf_counter", CLOCK)
    CLOCK.tick = 0.0
    return CLOCK


def spend(seconds: float) -> None:
    CLOCK.now += seconds


class Slow(gn.Layer):
    """Takes its time to do nothing."""

    forward_seconds: float = gn.option(help="time of forward")
    backward_seconds: float = gn.option(help="time of backward")

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        spend(self.forward_seconds)
        return x, None

    def backward(self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context) -> gn.Array:
        spend(self.backward_seconds)
        return dy


class Twice(gn.Layer):
    """A holder as somebody else would write it: the same layer two times, and some work of its own."""

    layer: gn.Layer = gn.option(kind="layer", help="what is done twice")

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        spend(0.5)
        for _ in range(2):
            x, _ = self.layer.forward({}, x, ctx.child("once"))
        return x, None

    def backward(self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context) -> gn.Array:
        for _ in range(2):
            dy = self.layer.backward({}, None, dy, {}, ctx.child("once"))
        return dy


class SlowLoss(gn.Loss):
    def forward(self, y_pred: gn.Array, y_true: gn.Array) -> float:
        spend(7)
        return float(np.mean((y_pred - y_true) ** 2))

    def backward(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        spend(11)
        return 2 * (y_pred - y_true) / y_pred.size


class SlowOptimizer(gn.Optimizer):
    lr: float = gn.option(0.01, help="step size")

    def update(self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int) -> None:
        spend(13)
        p -= lr * g


class SlowMetric(gn.Metric):
    def reset(self) -> None:
        self.total = 0.0

    def update(self, y_true: gn.Array, y_pred: gn.Array) -> None:
        spend(17)
        self.total += len(y_true)

    def compute(self) -> float:
        return self.total


class SlowRegularizer(gn.Regularizer):
    def penalty(self, w: gn.Array) -> float:
        spend(19)
        return 0.0

    def gradient(self, w: gn.Array) -> gn.Array:
        return 0 * w


class SlowCallback(gn.Callback):
    def on_run_start(self, run: gn.Run) -> None:
        spend(100)

    def on_batch_end(self, run: gn.Run) -> None:
        spend(23)

    def on_run_end(self, run: gn.Run) -> None:
        spend(200)


class SlowSchedule(gn.Schedule):
    """Takes time to find a step size, and to look at the validation."""

    def lr(self, step: int, total_steps: int, base_lr: float) -> float:
        spend(29)
        return base_lr

    def on_validation_end(self, run: gn.Run) -> None:
        spend(31)


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    """A run with a folder writes a model file, which names its components."""
    components = (
        ("layer", Slow),
        ("layer", Twice),
        ("layer", AutodiffLayer),
        ("loss", SlowLoss),
        ("metric", SlowMetric),
    )
    with contextlib.ExitStack() as stack:
        for kind, component in (*components, ("regularizer", SlowRegularizer)):
            stack.enter_context(gn.registered(kind, component.title(), component))
        yield


def fit(folder: Path, layers: Any = ("dense(1)",), **options: Any) -> gn.Network:
    network = gn.Network(layers)
    settings = {"loss": "mse", "optimizer": "sgd", "batch_size": 2, "progress": False, "folder": folder}
    with contextlib.ExitStack() as stack:
        for layer in network.layers:  # those that a test has for itself
            if type(layer).__module__ == __name__:
                stack.enter_context(gn.registered("layer", layer.title(), type(layer)))
        network.fit(X, Y, **{**settings, "callbacks": ["profile"], **options})
    return network


def profile_in(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "profile.json").read_text())


def parts_in(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the parts of a profile by name, those within others too."""

    def flat(parts: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for part in parts:
            found |= {part["part"]: part, **flat(part["inner"])}
        return found

    return flat(profile_in(folder)["parts"])


# --- who gets which time -----------------------------------------------------------------------------------------


def test_each_part_gets_its_own_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = gn.Run.batches

    def batches(run: gn.Run) -> Any:
        for _ in original(run):
            spend(37)
            yield

    monkeypatch.setattr(gn.Run, "batches", batches)
    fit(
        tmp_path,
        ["dense(1)", Slow(2, 3), Slow(0.25, 5)],
        loss=SlowLoss(),
        optimizer=SlowOptimizer(),
        metrics=[SlowMetric()],
        regularizer=SlowRegularizer(),
        schedule=SlowSchedule(),
        callbacks=[SlowCallback(), "profile"],
        validation=(X, Y),
        epochs=2,
    )
    parts = parts_in(tmp_path)
    steps = 2 * STEPS
    assert {name: (part["forward"], part["backward"]) for name, part in parts.items() if part["forward"]} == {
        "1 slow(2.0, 3.0)": (2 * steps, 3 * steps),
        "2 slow(0.25, 5.0)": (0.25 * steps, 5 * steps),
        "loss slow_loss": (7 * steps, 11 * steps),
    }
    # On the validation data, which are one batch: both layers, loss and metric; and the penalty of the one matrix.
    validation = 2 * (2 + 0.25 + 7 + 17 + 19)
    assert {name: part["seconds"] for name, part in parts.items() if not part["forward"] and part["seconds"]} == {
        "rest of forward and backward": 19 * steps,
        "optimizer slow_optimizer": (13 + 29) * steps,  # and the schedule, asked for the step size
        "data": 37 * steps,
        "metrics": 17 * steps,
        "validation": validation,
        "callbacks": 100 + 23 * steps + 200 + 31 * 2,
        "slow_callback": 100 + 23 * steps + 200,
        "slow_schedule": 31 * 2,
    }
    assert "profile" not in parts
    whole = profile_in(tmp_path)
    assert whole["steps"] == steps
    assert whole["seconds"] == sum(part["seconds"] for part in whole["parts"])
    assert whole["seconds"] == steps * (2 + 3 + 0.25 + 5 + 7 + 11 + 19 + 13 + 37 + 17 + 23 + 29) + 300 + 62 + validation


@pytest.mark.parametrize("position", [0, 1])
def test_the_place_in_the_list_does_not_matter(tmp_path: Path, position: int) -> None:
    callbacks: list[Any] = [SlowCallback()]
    callbacks.insert(position, "profile")
    fit(tmp_path, callbacks=callbacks)
    assert parts_in(tmp_path)["slow_callback"]["seconds"] == 100 + 23 * STEPS + 200


def test_layers_within_layers_are_part_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layers = [Twice(Slow(2, 3)), "dense(1)", gn.layers.residual(["dense(1)", gn.layers.concat([Slow(1, 4)])])]
    fit(tmp_path, layers)
    (twice, _, residual, *_) = profile_in(tmp_path)["parts"]
    # Nothing is trained before the dense layer, so no gradient is asked of what is there.
    assert (twice["part"], twice["forward"], twice["backward"]) == ("0 twice", 4.5 * STEPS, 0)
    assert [(each["part"], each["forward"]) for each in twice["inner"]] == [("0.0 slow(2.0, 3.0)", 4 * STEPS)]
    (dense, concat) = residual["inner"]
    assert (dense["part"], concat["part"]) == ("2.0 dense(1)", "2.1 concat")
    assert [each["part"] for each in concat["inner"]] == ["2.1.0 slow(1.0, 4.0)"]
    assert (residual["forward"], residual["backward"]) == (1 * STEPS, 4 * STEPS)
    assert (concat["forward"], concat["backward"]) == (1 * STEPS, 4 * STEPS)
    shown = capsys.readouterr().err
    assert "\n2 residual " in shown
    assert "\n  2.1 concat " in shown
    assert "\n    2.1.0 slow(1.0, 4.0) " in shown


def test_a_fused_activation_is_applied_for_the_metrics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    softmax = SoftmaxByColumns
    original = softmax.forward
    monkeypatch.setattr(softmax, "forward", lambda self, x: (spend(2), original(self, x))[1])
    network = gn.Network("dense(3) softmax")
    labels = np.array([0, 1, 2, 0, 1])
    options: dict[str, Any] = {"loss": "cce", "optimizer": "sgd", "batch_size": 2, "progress": False}
    network.fit(X, labels, metrics=["accuracy"], callbacks=["profile"], folder=tmp_path, **options)
    assert parts_in(tmp_path)["metrics"]["seconds"] == 2 * STEPS


def test_a_layer_whose_backward_is_derived_is_one_part(tmp_path: Path) -> None:
    class ForwardAlone(gn.Layer):
        layer: gn.Layer = gn.option(kind="layer", help="held")

        def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
            spend(6)
            return 2 * x, None

    fit(tmp_path, ["dense(1)", ForwardAlone(Slow(1, 1))])
    part = parts_in(tmp_path)["1 forward_alone"]
    assert part["forward"] == 6 * STEPS
    assert part["inner"] == []


def test_an_optimizer_that_evaluates_again_leaves_the_layers_their_time(tmp_path: Path) -> None:
    evaluations = []

    class Again(SlowOptimizer):
        def step(self, p: Any, g: Any, state: Any, lr: Any, t: int, closure: Any) -> None:
            evaluations.append(closure())
            super().step(p, g, state, lr, t, closure)

    fit(tmp_path, ["dense(1)", Slow(2, 3)], optimizer=Again())
    parts = parts_in(tmp_path)
    assert len(evaluations) == STEPS
    assert parts["1 slow(2.0, 3.0)"]["forward"] == 2 * STEPS + 2 * STEPS
    assert parts["optimizer again"]["seconds"] == 13 * STEPS


# --- how a run may end -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("wrong")])
def test_a_run_that_is_broken_off_shows_what_there_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], error: BaseException
) -> None:
    calls = []

    class Failing(Slow):
        def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
            calls.append(x)
            if len(calls) == 2:
                spend(0.5)
                raise error
            return super().forward(params, x, ctx)

    with pytest.raises(type(error)) as caught:
        fit(tmp_path, ["dense(1)", Slow(2, 3), Failing(4, 5)])
    assert caught.value is error
    parts = parts_in(tmp_path)
    assert (parts["1 slow(2.0, 3.0)"]["forward"], parts["1 slow(2.0, 3.0)"]["backward"]) == (2 + 2, 3)
    assert (parts["2 failing(4.0, 5.0)"]["forward"], parts["2 failing(4.0, 5.0)"]["backward"]) == (4 + 0.5, 5)
    assert profile_in(tmp_path)["seconds"] == 2 + 2 + 3 + 4.5 + 5
    assert "2 steps in 16.50 s" in capsys.readouterr().err


def test_a_watched_step_that_is_broken_off_counts(tmp_path: Path, clock: Clock) -> None:
    class BreakOff(gn.Callback):
        def on_after_backward(self, run: gn.Run) -> None:
            raise KeyboardInterrupt

    clock.tick = 1.0
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path, callbacks=["profile(watch_every=1)", BreakOff()])
    profile = profile_in(tmp_path)
    assert profile["products"]["steps_watched"] == profile["steps"] == 1
    assert profile["products"]["share"] * profile["seconds"] == pytest.approx(2)


def test_a_run_without_a_step_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fit(tmp_path)
    capsys.readouterr()
    fit(tmp_path, resume_from=tmp_path)
    assert capsys.readouterr().err == "profile: no step was taken\n"


def test_a_continued_run_is_profiled_from_the_break_on(tmp_path: Path) -> None:
    class BreakOff(gn.Callback):
        def on_batch_end(self, run: gn.Run) -> None:
            if run.step == 2:
                run.save_state()
                raise KeyboardInterrupt

    options: dict[str, Any] = {"layers": ["dense(1)", Slow(2, 3)], "epochs": 2, "metrics": ["mae"]}
    whole = fit(tmp_path / "whole", **options, callbacks=[])
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path / "broken", **options, callbacks=["profile", BreakOff()])
    assert profile_in(tmp_path / "broken")["steps"] == 2
    continued = fit(tmp_path / "broken", **options, resume_from=tmp_path / "broken")
    assert profile_in(tmp_path / "broken")["steps"] == 2 * STEPS - 2
    assert parts_in(tmp_path / "broken")["1 slow(2.0, 3.0)"]["forward"] == 2 * 4
    assert continued.flat_parameters.tobytes() == whole.flat_parameters.tobytes()


# --- nothing else is changed -------------------------------------------------------------------------------------


def test_the_network_itself_is_not_touched(tmp_path: Path) -> None:
    seen = []

    class Look(gn.Callback):
        def on_batch_end(self, run: gn.Run) -> None:
            seen.append(run.network.sequence.layers)
            run.network.predict(X)

    network = gn.Network(["dense(1)", Slow(2, 3)])
    layers = network.sequence.layers
    network.fit(
        X, Y, loss="mse", optimizer="sgd", batch_size=2, callbacks=[Look(), "profile"], folder=tmp_path, progress=False
    )
    parts = parts_in(tmp_path)
    assert all(each is layers for each in seen)
    assert parts["1 slow(2.0, 3.0)"]["forward"] == 2 * STEPS
    assert parts["look"]["seconds"] == 2 * STEPS  # a prediction is the work of who asks for it


class AutodiffLayer(gn.Layer):
    """A layer without a backward of its own."""

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        return (2,)

    def parameters(self, shape: gn.Shape) -> gn.ParameterTree:
        return {"weights": gn.Parameter((shape[0], 2))}

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        return np.tanh(x @ params["weights"]), None


IMAGES = np.random.default_rng(3).random((10, 6, 6, 2), dtype=np.float32)
WORDS = np.random.default_rng(4).integers(0, 5, (10, 6))
CASES = {
    "images": (IMAGES, ["conv2d(4, 3)", "batch_norm", "relu", "max_pool2d(2)", "conv2d(2, 2)", "global_avg_pool2d"]),
    "sequence": (WORDS, ["embedding(5, 4)", "residual([lstm(4, return_sequences=True)])", "gru(3)"]),
    "attention": (WORDS, ["embedding(5, 4)", "self_attention(2)", "layer_norm", "flatten"]),
    "derived": (IMAGES[:, 0, 0], [AutodiffLayer(), "dense(4)", "relu", AutodiffLayer()]),
    "features": (IMAGES[:, 0, 0], ["concat([dense(3), sequential([dense(2), prelu])])", "dropout(0.3)", "gelu"]),
}


@pytest.mark.parametrize("optimizer", ["ema(adam)", "muon", "lbfgs", "accumulate(momentum)"])
@pytest.mark.parametrize("case", CASES)
def test_a_profiled_run_gives_the_same_bytes(tmp_path: Path, case: str, optimizer: str) -> None:
    x, layers = CASES[case]
    histories = []
    for name, callbacks in (("plain", []), ("profiled", ["profile(watch_every=2)"])):
        history = gn.Network([*layers, "dense(3)", "softmax"]).fit(
            x,
            np.arange(10) % 3,
            loss="cce",
            optimizer=optimizer,
            metrics=["accuracy"],
            schedule="cosine",
            regularizer="l2(0.01)",
            epochs=2,
            batch_size=4,
            validation=0.2,
            callbacks=["clip_norm(1.0)", *callbacks],
            folder=tmp_path / name,
            progress=False,
        )
        histories.append(history)
    files = [tmp_path / name / "model.safetensors" for name in ("plain", "profiled")]
    assert files[0].read_bytes() == files[1].read_bytes()
    checkpoints = [tmp_path / name / "checkpoint.safetensors" for name in ("plain", "profiled")]
    assert checkpoints[0].read_bytes() == checkpoints[1].read_bytes()
    assert histories[0].epochs == histories[1].epochs
    assert profile_in(tmp_path / "profiled")["products"]["steps_watched"] == 2


def test_a_stand_in_has_the_variables_of_what_it_stands_for() -> None:
    metric = gn.metrics.accuracy().fresh()
    replacement: Any = Wrapper(metric, update=lambda *_: 5)
    assert vars(replacement) is vars(metric)
    assert replacement.update() == 5
    assert replacement.higher_is_better is True


# --- matrix products ---------------------------------------------------------------------------------------------


def products_of(folder: Path, layers: Any, clock: Clock, **options: Any) -> float:
    """Return how many products a step has: the clock ticks when it is read, so each takes one second."""
    clock.tick = 1.0
    fit(folder, layers, **{"callbacks": ["profile(watch_every=1)"], **options})
    profile = profile_in(folder)
    assert profile["products"]["steps_watched"] == profile["steps"] == STEPS
    return profile["products"]["share"] * profile["seconds"] / STEPS


@pytest.mark.parametrize(
    ("layers", "products"),
    [
        # forward; dW; and dx where there is something to be trained before
        (["dense(1)"], 2),
        (["dense(4)", "relu", "dense(1)"], 2 + 2 + 1),
        (["concat([dense(2), sequential([dense(2), dense(2)])])", "dense(1)"], 4 + 4 + 2),
        (["reshape([2, 1])", "self_attention", "flatten", "dense(1)"], 4 + (2 + 2 + 1 + 2 + 1) + 1 + 1 + 1),
    ],
)
def test_every_product_of_a_step_is_seen(tmp_path: Path, clock: Clock, layers: list[str], products: int) -> None:
    assert products_of(tmp_path, layers, clock) == pytest.approx(products)


def test_a_product_is_known_by_where_it_is_written_to(tmp_path: Path, clock: Clock) -> None:
    class Copying(Dense):
        def backward(self, params: Any, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context) -> None:
            grads["bias"][...] = dy.sum(axis=0)
            np.matmul(np.ascontiguousarray(cache).T, np.ascontiguousarray(dy), out=grads["weights"])

    assert products_of(tmp_path, [Copying(1)], clock) == pytest.approx(2)


def test_products_of_a_part_are_its_own(tmp_path: Path, clock: Clock) -> None:
    products_of(tmp_path, ["sequential([dense(2)])", "relu", "dense(1)"], clock)
    for name, products in (("0 sequential", 2), ("0.0 dense(2)", 2), ("2 dense(1)", 3)):
        part = parts_in(tmp_path)[name]
        assert part["share_in_products"] * part["seconds"] == pytest.approx(products * STEPS)
    assert parts_in(tmp_path)["1 relu"]["share_in_products"] is None


def test_products_of_an_optimizer_are_its_own(tmp_path: Path, clock: Clock) -> None:
    class Newton(SlowOptimizer):
        granularity = "parameter"
        slots = ("m",)

        def update(self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int) -> None:
            m = state["m"]
            m += g
            if m.ndim == 2:
                p -= lr * (m @ m.T @ m)

    assert products_of(tmp_path, ["dense(1)"], clock, optimizer=Newton()) == pytest.approx(2 + 2)


A = np.arange(6.0).reshape(2, 3)
B = np.arange(12.0).reshape(3, 4)


@numba.guvectorize(["void(f8[:,:], f8[:,:], f8[:,:])"], "(m,k),(k,n)->(m,n)")
def compiled_product(a, b, y):  # type: ignore[no-untyped-def]
    y[:] = 0
    for i, j, k in np.ndindex(y.shape[0], y.shape[1], b.shape[0]):
        y[i, j] += a[i, k] * b[k, j]


@numba.guvectorize(["void(f8[:,:], f8[:], f8[:,:])"], "(m,n),(n)->(m,n)")
def compiled_scaling(a, b, y):  # type: ignore[no-untyped-def]
    y[:] = a * b


PRODUCTS = {
    "matmul": lambda a: np.matmul(a, B),
    "operator": lambda a: a @ B,
    "reflected operator": lambda a: B.T @ a.T,
    "into an array": lambda a: np.matmul(a, B, out=np.empty((2, 4))),
    "dot": lambda a: np.dot(a, B),
    "method dot": lambda a: a.dot(B),
    "einsum": lambda a: np.einsum("ij,jk->ik", a, B),
    "einsum that calls tensordot": lambda a: np.einsum("ij,jk->ik", a, B, optimize=True),
    "tensordot": lambda a: np.tensordot(a, B, 1),
    "compiled by somebody": lambda a: compiled_product(a, B),
    "of what was made of it": lambda a: np.exp(a - a.max(axis=1, keepdims=True))[:, ::-1] @ B,
}
NO_PRODUCTS = {
    "sums": lambda a: (a + a.sum(axis=1, keepdims=True)) * 2,
    "moves": lambda a: np.concatenate([a, a], axis=1),
    "in place": lambda a: np.add(a, 1, out=a, where=a > 2),
    "parts": lambda a: np.stack(np.modf(a / 2)),
    "at": lambda a: np.add.at(a, [0], 1),
    "compiled, number by number": lambda a: compiled_scaling(a, np.arange(3.0)),
    "an axis that one input has twice": lambda a: np.linalg.det(a[:, :2]),
}


@pytest.mark.parametrize("name", [*PRODUCTS, *NO_PRODUCTS])
def test_a_watched_array_computes_the_same_and_tells_of_products(clock: Clock, name: str) -> None:
    stopwatch = Stopwatch(Account(), Account())
    clock.tick = 1.0
    function = {**PRODUCTS, **NO_PRODUCTS}[name]
    result = function(watched(A.copy(), watched_by(stopwatch)))
    np.testing.assert_array_equal(result, function(A.copy()))
    assert stopwatch.products == (1.0 if name in PRODUCTS else 0.0)


def test_what_is_written_to_a_watched_array_is_in_the_array_itself() -> None:
    array = np.zeros(3)
    view = watched(array, watched_by(Stopwatch(Account(), Account())))
    assert np.add(view, 2, out=view) is view
    view[1:] *= 3
    assert array.tolist() == [2, 6, 6]
    assert isinstance(view, WatchedArray)


def test_products_in_other_threads_are_not_added_to_those_of_the_run(clock: Clock) -> None:
    stopwatch = Stopwatch(Account(), Account())
    clock.tick = 1.0
    view = watched(A, watched_by(stopwatch))
    thread = threading.Thread(target=lambda: view @ B)
    thread.start()
    thread.join()
    assert stopwatch.products == 0.0


@pytest.mark.parametrize(("every", "steps", "watched_steps"), [(1, 3, 3), (2, 6, 3), (4, 6, 2), (20, 3, 1), (4, 1, 0)])
def test_the_second_of_so_many_steps_is_watched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], every: int, steps: int, watched_steps: int
) -> None:
    spec = f"profile(watch_every={every})"
    fit(tmp_path, ["dense(1)", Slow(1, 0)], callbacks=[spec], epochs=-(-steps // 3), batch_size=2 if steps > 1 else 5)
    assert profile_in(tmp_path)["products"]["steps_watched"] == watched_steps
    assert ("no step was watched" in capsys.readouterr().err) == (watched_steps == 0)


def test_share_and_error_are_those_of_the_steps_that_were_watched(
    tmp_path: Path, clock: Clock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    durations = iter([1.0, 2.0, 4.0])

    def product(stopwatch: Stopwatch, function: Any, *arguments: Any, **options: Any) -> Any:
        stopwatch.products += next(durations)
        return function(*arguments, **options)

    class Multiplying(Slow):
        def output_shape(self, shape: gn.Shape) -> gn.Shape:
            return (1,)

        def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
            return super().forward(params, x, ctx)[0] @ np.ones((2, 1), np.float32), None

    monkeypatch.setattr(Stopwatch, "product", product)
    # What watching costs is left out of the time; here it costs nothing.
    monkeypatch.setattr("glassnet_callbacks.profiling.watched.perf_counter", CLOCK)
    fit(tmp_path, [Multiplying(10, 0)], callbacks=["profile(watch_every=1)"], loss="mse")
    # Shares of 0.1, 0.2 and 0.4: their mean is 7/30, and the squares of what is left of it sum up to 42/900.
    products = profile_in(tmp_path)["products"]
    assert products["share"] == pytest.approx(7 / 30)
    assert products["standard_error"] == pytest.approx(np.sqrt(42 / 900 / 2 / 3))
    assert "matrix products: 23.3 ± 8.8 % of the time (3 steps watched)" in capsys.readouterr().err


def test_a_step_that_is_slow_as_a_whole_has_the_share_of_the_others(tmp_path: Path, monkeypatch: Any) -> None:
    # Of 40 steps, the second and the twenty-second are watched. The second takes 50 times as long as any other.
    class Multiplying(gn.Layer):
        def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
            steps.append(1)
            # The products that are not seen take their time as well.
            spend(5 * slowness() if isinstance(x, WatchedArray) else 5 + 3 * 3)
            return x @ np.eye(2, dtype=np.float32), None

        def backward(self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context) -> gn.Array:
            return dy

    def slowness() -> int:
        return 50 if len(steps) == 2 else 1

    def product(stopwatch: Stopwatch, function: Any, *arguments: Any, **options: Any) -> Any:
        spend(3 * slowness())
        stopwatch.products += 3 * slowness()
        stopwatch._open[-1].products += 3 * slowness()
        return function(*arguments, **options)

    steps: list[int] = []
    monkeypatch.setattr(Stopwatch, "product", product)
    # What watching costs is left out of the time; here it costs nothing.
    monkeypatch.setattr("glassnet_callbacks.profiling.watched.perf_counter", CLOCK)
    network = gn.Network([Multiplying(), "dense(1)"])
    x, y = np.ones((40, 2), np.float32), np.ones((40, 1), np.float32)
    options: dict[str, Any] = {"loss": "mse", "optimizer": "sgd", "batch_size": 1, "progress": False}
    with gn.registered("layer", "multiplying", Multiplying):
        network.fit(x, y, callbacks=["profile"], folder=tmp_path, **options)
    profile = profile_in(tmp_path)
    # A watched step: 5 s before the products, then 3 s for each of the three: that of the layer, dense, and its dW.
    shares = {part["part"]: part["share_in_products"] for part in profile["parts"]}
    assert profile["products"]["share"] == pytest.approx(9 / 14)
    assert shares["0 multiplying"] == pytest.approx(3 / 8)
    assert shares["1 dense(1)"] == 1.0


def test_what_watching_adds_to_a_step_is_taken_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Multiplying(Slow):
        def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
            spend(4)
            return x @ np.eye(2, dtype=np.float32), None

    def product(stopwatch: Stopwatch, function: Any, *arguments: Any, **options: Any) -> Any:
        spend(6)
        stopwatch.products += 6
        stopwatch._open[-1].products += 6
        return function(*arguments, **options)

    def count_call(stopwatch: Stopwatch) -> None:
        spend(30)
        original(stopwatch)

    original = Stopwatch.count_call
    monkeypatch.setattr(Stopwatch, "product", product)
    # What watching costs is left out of the time; here it costs nothing.
    monkeypatch.setattr("glassnet_callbacks.profiling.watched.perf_counter", CLOCK)
    monkeypatch.setattr(Stopwatch, "count_call", count_call)
    monkeypatch.setattr("glassnet_callbacks.profiling.profiled_run.delay_of_a_call", lambda: 30.0)
    fit(tmp_path, [Multiplying(0, 0), "dense(1)"], callbacks=["profile(watch_every=1)"])
    profile = profile_in(tmp_path)
    assert profile["products"]["share"] == pytest.approx(3 * 6 / (4 + 3 * 6))
    shares = {part["part"]: part["share_in_products"] for part in profile["parts"]}
    assert shares["0 multiplying(0.0, 0.0)"] == pytest.approx(6 / (4 + 6))
    assert shares["1 dense(1)"] == pytest.approx(1)


@pytest.mark.parametrize("seconds", [(1, 1, 1), (2, 3, 7), (0.1, 0.2, 12)])
def test_the_shares_that_are_shown_sum_to_100(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, seconds: tuple[float, ...]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    first, second, third = seconds
    layers = ["dense(1)", gn.layers.residual([Slow(first, 1), gn.layers.concat([Slow(second, 3)])]), Slow(third, 0.3)]
    fit(tmp_path, layers, callbacks=["profile", SlowCallback()], loss=SlowLoss())
    rows = [line.split() for line in capsys.readouterr().err.splitlines()]
    shares = [float(cells[-1]) for cells in rows if re.fullmatch(r"\d+\.\d", cells[-1]) and cells[0] != "all"]
    assert len(shares) >= 5
    assert sum(shares) == pytest.approx(100, abs=1e-9)
    # 3 steps: the callback takes 300 + 3 * 23 s of its own, and the row above it nothing.
    (inner,) = [cells for cells in rows if cells[0] == "slow_callback"]
    (outer,) = [cells for cells in rows if cells[0] == "callbacks"]
    assert float(inner[-1]) == pytest.approx(100 * 369 / profile_in(tmp_path)["seconds"], abs=0.1)
    assert len(outer) == 2


def test_the_work_of_watching_is_in_no_other_row(tmp_path: Path, clock: Clock, monkeypatch: Any) -> None:
    from glassnet_callbacks.profiling import watched as module

    original = module.plain

    def slow_plain(value: Any) -> Any:
        if isinstance(value, WatchedArray):
            spend(1000)
        return original(value)

    class Adding(Slow):
        def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
            spend(self.forward_seconds)
            return x + x, None

    monkeypatch.setattr(module, "plain", slow_plain)
    fit(tmp_path, ["dense(1)", Adding(2, 3)], callbacks=["profile(watch_every=1)"])
    parts = parts_in(tmp_path)
    assert parts["1 adding(2.0, 3.0)"]["forward"] == 2 * STEPS
    assert parts["watching for products"]["seconds"] >= 2000 * STEPS
    assert parts["rest of the loop"]["seconds"] == parts["watching for products"]["seconds"]


# --- the table ---------------------------------------------------------------------------------------------------


def test_the_table_reads_well(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    fit(tmp_path, ["dense(1)", Slow(0.002, 0.001)], optimizer=SlowOptimizer())
    # The start is taken by the real clock.
    printed = re.sub(r"\d+\.\d\d s, before", "0.00 s, before", capsys.readouterr().err)
    assert [line.rstrip() for line in printed.splitlines()] == [
        "3 steps in 39.01 s, shown in ms a step",
        "part                     forward backward total     % products",
        "1 slow(0.002, 0.001)           2        1     3   0.0",
        "optimizer slow_optimizer                  13000 100.0          ████████",
        "all                                       13003 100.0",
        "matrix products: 0.0 % of the time (1 step watched)",
        "start of the accelerators: 0.00 s, before the run and not in the table",
        "accelerators in use: numpy_dense",
    ]


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_the_table_fits_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    layers = ["residual([dense(2, weight_init='he_normal')])", "dense(1)", Slow(1.25, 2.5)]
    fit(tmp_path, layers, callbacks=["profile", SlowCallback()], loss="mean_squared_error")
    lines = capsys.readouterr().err.splitlines()
    assert max(map(len, lines)) <= columns
    text = " ".join(" ".join(lines).split())
    # Of 3 (1.25 + 2.5 + 23) + 300 seconds.
    for share, seconds in (("3.0", 1.25 + 2.5), ("97.0", 300 / 3 + 23)):
        assert f"{1000 * seconds:.0f} {share}" in text


def test_output_that_cannot_show_a_bar_gets_signs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    written = io.BytesIO()
    monkeypatch.setattr("sys.stderr", io.TextIOWrapper(written, encoding="ascii", errors="backslashreplace"))
    fit(tmp_path, ["dense(1)", Slow(1, 2)])
    sys.stderr.flush()
    assert b"100.0          ########" in written.getvalue()


def test_the_accelerators_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    from glassnet_accelerators.small_dense import SmallDense

    monkeypatch.setattr(SmallDense, "is_worthwhile", lambda self, workload: True)
    original = SmallDense.replacement

    def replacement(self: SmallDense, component: gn.Layer) -> Any:
        time.sleep(0.05)
        return original(self, component)

    monkeypatch.setattr(SmallDense, "replacement", replacement)
    fit(tmp_path, ["dense(1)"], optimizer="adam", callbacks=["profile(watch_every=1)"])
    *_, started, used = capsys.readouterr().err.splitlines()
    assert used == "accelerators in use: numpy_adam, small_dense"
    assert re.fullmatch(r"start of the accelerators: \d+\.\d\d s, before the run and not in the table", started)
    assert profile_in(tmp_path)["start_seconds"] >= 0.05


def test_what_stands_in_for_a_layer_is_one_part_with_the_name_of_the_layer(tmp_path: Path, monkeypatch: Any) -> None:
    from glassnet_accelerators.conv2d import NumbaConv2D

    monkeypatch.setattr(NumbaConv2D, "is_worthwhile", lambda self, workload: True)
    layers = "reshape((1, 2, 1)) conv2d(3, 1) residual([relu]) flatten dense(1)"
    fit(tmp_path, layers, callbacks=["profile(watch_every=2)"])
    named = [name for name in parts_in(tmp_path) if name[0].isdigit()]
    assert named == ["0 reshape([1, 2, 1])", "1 conv2d(3, 1)", "2 residual", "2.0 relu", "3 flatten", "4 dense(1)"]
