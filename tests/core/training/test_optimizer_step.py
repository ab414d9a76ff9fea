"""The step of an optimizer: groups, and state that has decayed to almost nothing."""

import threading
from typing import ClassVar

import numpy as np
import pytest

import glassnet as gn
from glassnet.training import optimizer_step as stepper_module
from glassnet.training.optimizer_step import SWEEP, BoundOptimizer


class Decays(gn.Optimizer):
    """Keeps nine tenths of its state each step, and does nothing else."""

    lr: float = gn.option(0.1)

    slots = ("m", "n")
    scalars = ("count",)

    def update(self, p, g, state, lr, t):
        for name in ("m", "n"):
            state[name] *= 0.9


@pytest.fixture(params=["float32", "float64"])
def bound(request):
    net = gn.Network(["dense(2)", "dense(2, lr_scale=0.5)"]).build((3,), dtype=request.param)
    return BoundOptimizer(Decays(), net)


@pytest.mark.parametrize(
    ("granularity", "lengths"),
    [
        # 300 inputs and 400 units are 120,400 parameters; the other layers, with a step size of their own, 401 and 2.
        ("chunk", [65536, 120_400 - 65536, 403]),
        ("contiguous", [120_400, 403]),
        ("parameter", [120_000, 400, 400, 1, 1, 1]),
        ("model", [120_803]),
    ],
)
def test_what_an_optimizer_is_given(granularity, lengths):
    given = []

    class Notes(gn.Optimizer):
        lr: float = gn.option(0.1)

        def update(self, p, g, state, lr, t):
            given.append(p.size)

    Notes.granularity = granularity
    scale = "" if granularity == "model" else ", lr_scale=0.5"
    net = gn.Network(["dense(400)", f"dense(1{scale})", f"dense(1{scale})"]).build((300,))

    go(BoundOptimizer(Notes(), net), 1, 1)

    assert given == lengths


class Moves(gn.Optimizer):
    """Steps as momentum does, and notes who steps with how many parameters; the first two wait for each other."""

    lr: float = gn.option(0.1)

    slots = ("velocity",)
    scalars = ("count",)
    seen: ClassVar[list] = []
    barrier: ClassVar[threading.Barrier | None] = None

    def update(self, p, g, state, lr, t):
        if self.barrier is not None and len(self.seen) < 2:
            self.seen.append((threading.get_ident(), p.size))
            self.barrier.wait()
        else:
            self.seen.append((threading.get_ident(), p.size))
        state["count"] += 1
        state["velocity"] *= 0.9
        state["velocity"] += g
        p -= lr * state["velocity"]


class MovesAtOnce(Moves):
    """Does so by its step, where it could evaluate the loss as well."""

    def step(self, p, g, state, lr, t, closure):
        self.update(p, g, state, lr, t)


@pytest.fixture
def two_threads(threads):
    threads(2)


def moved(kind, granularity, barrier=None):
    """Return parameters and counts after two steps of 0.1 with a gradient of 0, 1, 2, … and who took them."""
    kind = type(kind.__name__, (kind,), {"granularity": granularity, "seen": [], "barrier": barrier})
    net = gn.Network("dense(500, weight_init='zeros')").build((399,))  # 200,000 parameters
    net.gradients[:] = np.arange(200_000)
    bound = BoundOptimizer(kind(), net)
    go(bound, 1, 2)
    return net.flat_parameters, bound.scalars["count"], kind.seen


@pytest.mark.usefixtures("two_threads")
def test_threads_share_chunks_of_many_parameters(monkeypatch):
    monkeypatch.setattr(stepper_module, "SHARED", 200_000)
    vector, counts, seen = moved(Moves, "chunk", threading.Barrier(2, timeout=30))
    # By hand: 0.1 g in the first step, and 0.1 (0.9 g + g) in the second.
    np.testing.assert_allclose(vector, -0.29 * np.arange(200_000), rtol=1e-6)
    assert set(counts) == {2}
    assert {size for _, size in seen} == {65_536, 3_392}
    assert len({thread for thread, _ in seen}) == 2


@pytest.mark.usefixtures("two_threads")
def test_many_parameters_are_one_stretch_for_code_that_shares_them_itself(monkeypatch):
    monkeypatch.setattr(stepper_module, "SHARED", 200_000)
    vector, counts, seen = moved(Moves, "contiguous")
    np.testing.assert_allclose(vector, -0.29 * np.arange(200_000), rtol=1e-6)
    assert list(counts) == [2]
    assert seen == [(threading.get_ident(), 200_000)] * 2


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize(("kind", "least"), [(Moves, 200_001), (MovesAtOnce, 200_000)])
def test_fewer_parameters_and_optimizers_that_may_evaluate_are_not_shared(kind, least, monkeypatch):
    monkeypatch.setattr(stepper_module, "SHARED", least)
    vector, _, seen = moved(kind, "chunk")
    np.testing.assert_allclose(vector, -0.29 * np.arange(200_000), rtol=1e-6)
    assert {thread for thread, _ in seen} == {threading.get_ident()}


def go(bound, first, last):
    for t in range(first, last + 1):
        bound.step(0.1, t, lambda: 0.0)


def test_what_decays_never_becomes_zero_by_itself(bound):
    """The reason for all this: nine tenths of the smallest number are rounded to the smallest number."""
    smallest = np.finfo(bound.slots["m"].dtype).smallest_subnormal
    assert np.array([smallest], smallest.dtype) * 0.9 == smallest


def test_every_hundred_steps_state_below_the_normal_numbers_becomes_zero(bound):
    tiny = np.finfo(bound.slots["m"].dtype).tiny
    bound.slots["m"][:] = tiny
    bound.slots["n"][:] = -tiny
    go(bound, 1, SWEEP - 1)
    assert np.all(bound.slots["m"] > 0)
    assert np.all(bound.slots["n"] < 0)
    go(bound, SWEEP, SWEEP)
    np.testing.assert_array_equal(bound.slots["m"], 0)
    np.testing.assert_array_equal(bound.slots["n"], 0)


def test_normal_numbers_parameters_and_scalars_stay(bound):
    vector = bound.vector
    numbers = np.finfo(vector.dtype)
    kept = np.array([numbers.tiny, -numbers.tiny, 1.0, np.nan, np.inf, numbers.smallest_subnormal], vector.dtype)
    bound.slots["m"][:6] = kept
    vector[:] = numbers.smallest_subnormal
    bound.scalars["count"][:] = np.finfo(np.float64).smallest_subnormal
    bound._sweep()
    np.testing.assert_array_equal(bound.slots["m"][:6], [*kept[:5], 0])
    assert np.all(vector == numbers.smallest_subnormal)
    assert np.all(bound.scalars["count"] > 0)


def test_adam_ends_in_the_same_bytes_as_without(monkeypatch):
    """What is swept away is less than 1e-30 of a step: the last bit of the parameters does not see it."""
    ends, left = [], []
    for sweep in (SWEEP, 10_000):
        monkeypatch.setattr("glassnet.training.optimizer_step.SWEEP", sweep)
        net = gn.Network(["dense(3)", "tanh", "dense(1)"]).build((4,), seed=1)
        bound = BoundOptimizer(gn.optimizers.adam(), net)
        rng = np.random.default_rng(1)
        for t in range(1, 1201):
            net.gradients[:] = rng.normal(size=net.flat_parameters.size)
            # An input that is not zero once only leaves means that decay for the rest of the run.
            net.gradients[:3] = 1.0 if t == 1 else 0.0
            bound.step(0.001, t, lambda: 0.0)
        ends.append(net.flat_parameters.tobytes())
        left.append(np.count_nonzero(bound.slots["m"][:3]))
    assert ends[0] == ends[1]
    assert left == [0, 3]


@pytest.mark.parametrize("stop_after", [SWEEP - 1, SWEEP, SWEEP + 1])
def test_when_it_happens_depends_on_the_step_alone(bound, stop_after):
    start = np.geomspace(1e-320, 1.0, bound.slots["m"].size).astype(bound.slots["m"].dtype)
    bound.slots["m"][:] = start
    go(bound, 1, 2 * SWEEP + 5)
    whole = bound.slots["m"].tobytes()
    bound.slots["m"][:] = start
    go(bound, 1, stop_after)
    saved = bound.slots["m"].copy()
    net = gn.Network(["dense(2)", "dense(2, lr_scale=0.5)"]).build((3,), dtype=saved.dtype.name)
    continued = BoundOptimizer(Decays(), net)
    continued.slots["m"][:] = saved
    go(continued, stop_after + 1, 2 * SWEEP + 5)
    assert continued.slots["m"].tobytes() == whole
