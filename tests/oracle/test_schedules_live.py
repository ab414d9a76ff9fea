"""Each schedule over 1,000 steps against PyTorch itself, with options that hypothesis draws."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import glassnet as gn

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
    mine = [schedule.lr(step, STEPS, base) for step in range(STEPS)]
    np.testing.assert_allclose(mine, sizes_of(make, base), rtol=1e-9, atol=1e-12 * base)


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
