"""Steps that are compiled: every bit as in NumPy, for any options, step sizes and decisions of an update."""

import math

import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators.choice import always_faster
from glassnet_fusion import choice
from glassnet_fusion.choice import everything_fused
from glassnet_fusion.fused_optimizer import FusedOptimizer, update_of
from glassnet_fusion.programs import finish_compiling


class AdaBelief(gn.Optimizer):
    """Zhuang et al. (2020), AdaBelief Optimizer, arXiv:2010.07468, with the steps of a third party."""

    lr: float = gn.option(0.001, gt=0)
    slots = ("m", "s")

    def update(self, p, g, state, lr, t):
        m, s = state["m"], state["s"]
        m += 0.1 * (g - m)
        s *= 0.999
        s += 0.001 * (g - m) ** 2 + 1e-16
        # What math.sqrt is given cannot be followed, so each step is recorded.
        p -= lr * math.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(s) + 1e-8)


class Warming(gn.Optimizer):
    """Decides by the number of the step."""

    lr: float = gn.option(0.1, gt=0)

    def update(self, p, g, state, lr, t):
        if t < 4:
            p -= lr * (t / 4) * g
        else:
            p -= min(lr, 0.05) * np.clip(g, -1, 1)


class Counting(gn.Optimizer):
    """Keeps a number of its own."""

    lr: float = gn.option(0.1, gt=0)
    scalars = ("count",)

    def update(self, p, g, state, lr, t):
        state["count"][0] += 1
        p -= lr / float(state["count"][0]) * g


class Outwards(gn.Optimizer):
    """Gives the numbers of a step to a function of NumPy."""

    lr: float = gn.option(0.1, gt=0)

    def update(self, p, g, state, lr, t):
        np.multiply(g, lr / t, out=g)
        p -= g


class Cubes(gn.Optimizer):
    """Sorts, which is not fused."""

    lr: float = gn.option(0.1, gt=0)

    def update(self, p, g, state, lr, t):
        p -= lr * np.sort(g)


def steps(optimizer, dtype, size, count=12):
    """Return parameters and state after each step."""
    rng = np.random.default_rng(3)
    p = rng.normal(size=size).astype(dtype)
    state = {name: np.zeros_like(p) for name in optimizer.slots}
    state |= {name: np.zeros(1) for name in optimizer.scalars}
    for t in range(1, count + 1):
        g = (rng.normal(size=size) * 10.0 ** rng.integers(-30, 5)).astype(dtype)
        optimizer.update(p, g, state, 0.1 / t, t)
        finish_compiling()
        yield [p.tobytes(), *(state[name].tobytes() for name in state)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "optimizer",
    [AdaBelief(), Warming(), Counting(), Outwards(), gn.optimizers.adam(beta1=0.7, beta2=0.9, epsilon=0.01),
     gn.optimizers.adamw(weight_decay=0.3), gn.optimizers.momentum(nesterov=True), gn.optimizers.radam()],
    ids=lambda optimizer: type(optimizer).__name__,
)  # fmt: skip
def test_every_bit_is_the_same_over_many_sizes_of_gradient(optimizer, dtype):
    for size in ((21_001,), (7, 5)):
        faster = everything_fused(optimizer)
        assert isinstance(faster, FusedOptimizer)
        assert list(steps(faster, dtype, size)) == list(steps(optimizer, dtype, size))
        is_short = update_of(optimizer)._is_recorded_each_time and size == (7, 5)
        assert (update_of(optimizer).last_reason == "") != is_short  # the last step was compiled


def test_what_changes_with_the_step_compiles_nothing(monkeypatch):
    from glassnet_fusion import programs

    optimizer = gn.optimizers.adam(lr=0.5)
    list(steps(everything_fused(optimizer), "float32", 100, count=2))
    before = len(programs._programs)
    list(steps(everything_fused(optimizer), "float32", 100, count=40))
    assert len(programs._programs) == before


@pytest.mark.parametrize("name", ["adam", "adamw", "lion", "momentum", "radam", "rmsprop", "sgd"])
def test_steps_of_ours_are_recorded_once(name):
    optimizer = everything_fused(always_faster(gn.create("optimizer", name), 0))
    list(steps(optimizer, "float32", 100, count=8))
    assert not update_of(optimizer.optimizer)._is_recorded_each_time


def test_what_cannot_be_fused_is_left_to_numpy():
    optimizer = Cubes()
    assert list(steps(everything_fused(optimizer), "float32", 100)) == list(steps(optimizer, "float32", 100))
    assert update_of(optimizer).last_reason == "it calls np.sort"


def test_long_vectors_are_taken_in_chunks_until_the_code_is_there(monkeypatch):
    lengths = []

    class Noting(gn.Optimizer):
        """Notes how long its vectors are."""

        lr: float = gn.option(0.1, gt=0)

        def update(self, p, g, state, lr, t):
            lengths.append(p.size)
            p -= lr * g

    optimizer = Noting()
    faster = everything_fused(optimizer)
    assert faster.granularity == "contiguous"
    p, g = np.ones((2, 150_000))
    faster.update(p, g, {}, 0.5, 1)
    np.testing.assert_array_equal(p, 0.5)
    assert lengths == [150_000, 150_000, 65_536, 65_536, 18_928]  # recorded, looked at again, then computed by NumPy


@pytest.mark.parametrize("size", [1_000_001, 131_072 * 8])
def test_threads_share_a_large_step_to_the_same_bytes(size, threads):
    threads(2)
    optimizer = gn.optimizers.adam(lr=0.25)
    assert list(steps(everything_fused(optimizer), "float32", size, 3)) == list(steps(optimizer, "float32", size, 3))
    assert update_of(optimizer).last_reason == ""


def test_views_and_read_only_arrays_are_left_to_numpy():
    optimizer = gn.optimizers.sgd(lr=0.125)
    faster = everything_fused(optimizer)
    for _ in range(2):
        whole, g = np.ones(200), np.ones(100)
        faster.update(whole[::2], g, {}, 0.5, 1)
        finish_compiling()
        np.testing.assert_array_equal(whole, [0.5, 1.0] * 100)
    constant = np.ones(100)
    faster.update(constant.copy(), g, {}, 0.5, 1)
    constant.setflags(write=False)
    with pytest.raises(ValueError, match="read-only"):
        faster.update(constant, g, {}, 0.5, 1)


@pytest.mark.parametrize("optimizer", ["ema(adam)", "accumulate(nadam, steps=2)", "muon", "adamw"])
def test_training_gives_the_same_bytes_with_it_and_without(optimizer, monkeypatch):
    monkeypatch.setattr(choice, "cost_of_code", lambda: 0)
    x = np.random.default_rng(0).normal(size=(50, 4))
    fused, ends = [], []

    class Watch(gn.Callback):
        """Notes what is fused."""

        def on_batch_end(self, run):
            finish_compiling()

        def on_run_end(self, run):
            fused.append(run.describe()["fused"])

    for is_installed in (True, False):
        monkeypatch.setattr(choice, "is_installed", lambda is_installed=is_installed: is_installed)
        net = gn.Network("dense(8) silu dense(1)").build((4,), seed=1)
        history = net.fit(x, x[:, 0], loss="mse", optimizer=optimizer, epochs=5, callbacks=[Watch()], progress=False)
        ends.append((net.flat_parameters.tobytes(), history["loss"]))
    assert fused[0]
    assert fused[1] == []
    assert ends[0] == ends[1]
