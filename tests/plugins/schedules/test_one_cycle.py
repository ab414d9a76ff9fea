"""one_cycle: up along half a cosine, down along another."""

import math

import pytest

import glassnet as gn


def test_a_run_of_ten_steps_by_hand():
    # The peak is on step 0.5 * 10 - 1 = 4; first 0.1, largest 1.0, last 0.01. Quarters of half a cosine on the way up.
    schedule = gn.schedules.one_cycle(rise=0.5, start=10.0, end=10.0)
    root = math.sqrt(0.5)
    up = [0.1, 0.55 - 0.45 * root, 0.55, 0.55 + 0.45 * root, 1.0]
    down = [0.505 + 0.495 * math.cos(math.pi * fifth / 5) for fifth in (1, 2, 3, 4)] + [0.01]
    assert [schedule.lr(step, 10, 1.0) for step in range(10)] == pytest.approx(up + down, rel=1e-12)


def test_the_optimizers_step_size_is_the_largest():
    schedule = gn.schedules.one_cycle(rise=0.3)
    sizes = [schedule.lr(step, 100, 0.2) for step in range(100)]
    assert max(sizes) == sizes[29] == pytest.approx(0.2, rel=1e-14)
    assert sizes[0] == pytest.approx(0.2 / 25, rel=1e-14)
    assert sizes[-1] == min(sizes) == pytest.approx(0.2 / 25 / 1e4, rel=1e-8)


@pytest.mark.parametrize("total_steps", [1, 2, 3, 4])
@pytest.mark.parametrize("rise", [0.01, 0.25, 0.5, 0.99])
def test_the_shortest_runs_end_at_the_smallest_step_size_and_stay_in_range(total_steps, rise):
    schedule = gn.schedules.one_cycle(rise=rise, start=10.0, end=10.0)
    sizes = [schedule.lr(step, total_steps, 1.0) for step in range(total_steps)]
    assert sizes[-1] == pytest.approx(0.01, rel=1e-12)
    assert all(0.01 - 1e-12 <= size <= 1.0 for size in sizes)


@pytest.mark.parametrize(
    "spec", ["one_cycle(rise=0.0)", "one_cycle(rise=1.0)", "one_cycle(start=1.0)", "one_cycle(end=1.0)"]
)
def test_options_out_of_range_are_refused(spec):
    with pytest.raises(gn.OptionError, match="must be >"):
        gn.create("schedule", spec)
