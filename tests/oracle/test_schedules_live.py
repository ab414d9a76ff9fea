"""Each schedule over 1,000 steps against PyTorch itself, with options that hypothesis draws."""

import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import glassnet as gn
from agreement import difference

torch = pytest.importorskip("torch", reason="the committed values of test_schedules.py are compared without it")
from torch.optim import lr_scheduler  # noqa: E402

STEPS = 1000
DRAWN = {"max_examples": 8, "deadline": None, "derandomize": True}
BASE = st.floats(1e-4, 1.0)


def sizes_of(make, base):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=base)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's SequentialLR warns of its own use of step()
        scheduler = make(optimizer)
        sizes = []
        for _ in range(STEPS):
            sizes.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
    return sizes


def compare(schedule, make, base):
    mine, theirs = [schedule.lr(step, STEPS, base) for step in range(STEPS)], sizes_of(make, base)
    np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12 * base)
    assert difference(f"schedule:{str(schedule).partition('(')[0]}", mine, theirs) <= 1e-10


@given(BASE)
@settings(**DRAWN)
def test_constant(base):
    compare(gn.schedules.constant(), lambda o: lr_scheduler.ConstantLR(o, factor=1.0), base)


@given(BASE, st.integers(1, 400), st.floats(0.1, 1.0))
@settings(**DRAWN)
def test_step(base, every, factor):
    compare(gn.schedules.step(every, factor), lambda o: lr_scheduler.StepLR(o, every, factor), base)


@given(BASE, st.floats(1e-3, 1.0))
@settings(**DRAWN)
def test_exponential(base, final):
    compare(gn.schedules.exponential(final), lambda o: lr_scheduler.ExponentialLR(o, final ** (1 / STEPS)), base)


@given(BASE, st.floats(0.0, 1.0))
@settings(**DRAWN)
def test_cosine(base, final):
    compare(gn.schedules.cosine(final), lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS, final * base), base)


@given(BASE, st.floats(0.05, 0.9), st.floats(2, 100), st.floats(2, 1e5))
@settings(**DRAWN)
def test_one_cycle(base, rise, start, end):
    def make(optimizer):
        return lr_scheduler.OneCycleLR(
            optimizer, base, total_steps=STEPS, pct_start=rise, div_factor=start, final_div_factor=end
        )

    compare(gn.schedules.one_cycle(rise, start, end), make, base)


@given(BASE, st.integers(2, 600))
@settings(**DRAWN)
def test_warmup(base, steps):
    def make(optimizer):
        first = lr_scheduler.LinearLR(optimizer, start_factor=1 / steps, total_iters=steps - 1)
        then = lr_scheduler.CosineAnnealingLR(optimizer, T_max=STEPS - steps)
        return lr_scheduler.SequentialLR(optimizer, [first, then], milestones=[steps])

    compare(gn.schedules.warmup("cosine", steps=steps), make, base)


@given(
    base=BASE,
    options=st.fixed_dictionaries(
        {
            "factor": st.floats(0.1, 0.95),
            "patience": st.integers(0, 20),
            "min_delta": st.floats(0, 0.2),
            "mode": st.sampled_from(["min", "max"]),
            "min_factor": st.sampled_from([0.0, 1e-3, 0.3]),
        }
    ),
    seed=st.integers(0, 2**32 - 1),
    head=st.lists(st.integers(-3, 3), max_size=30),
)
@settings(**{**DRAWN, "max_examples": 25})
def test_reduce_on_plateau(base, options, seed, head):
    # A walk in tenths: it stalls, comes back to the same values, and drifts the way that is better.
    walk = np.random.default_rng(seed).integers(-2, 3, STEPS).cumsum() - 0.1 * np.arange(STEPS)
    figures = [*map(float, head), *(np.round(walk) / 10 * (1 if options["mode"] == "min" else -1)).tolist()]

    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=base)
    peer = lr_scheduler.ReduceLROnPlateau(
        optimizer, options["mode"], options["factor"], options["patience"], threshold=options["min_delta"],
        threshold_mode="abs", min_lr=options["min_factor"] * base, eps=0.0,
    )  # fmt: skip
    schedule = gn.schedules.reduce_on_plateau(**options)
    memory = SimpleNamespace()
    run = SimpleNamespace(validation=object(), state_of=lambda _: memory, lr_scale=1.0, logs={})
    run.metrics = {}
    schedule.on_run_start(run)
    mine, theirs = [], []
    for figure in figures:
        run.logs = {"val_loss": figure}
        schedule.on_validation_end(run)
        peer.step(figure)
        mine.append(schedule.lr(0, STEPS, base) * run.lr_scale)
        theirs.append(optimizer.param_groups[0]["lr"])
    # Hundreds of drops end below the smallest normal number, where there are no nine digits to compare.
    np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=np.finfo(np.float64).tiny)
    assert difference("schedule:reduce_on_plateau", mine, theirs) <= 1e-10
