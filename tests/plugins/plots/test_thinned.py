"""Values of a training of any length at a bounded number of steps."""

import pytest

from glassnet_plots.recording.thinned import Thinned


def recorded(steps, most):
    thinned = Thinned(most)
    for step in range(steps + 1):
        if thinned.is_due(step):
            thinned.add(step, str(step))
    return thinned


@pytest.mark.parametrize("most", [2, 3, 10, 64])
@pytest.mark.parametrize("steps", [1, 63, 64, 65, 1000, 9999])
def test_the_number_of_values_is_bounded_and_never_halves_twice(most, steps):
    thinned = recorded(steps, most)
    assert len(thinned.steps) <= most
    assert len(thinned.steps) >= min(steps + 1, most) // 2


def test_values_are_evenly_far_apart_and_belong_to_their_steps():
    thinned = recorded(1000, 10)
    assert thinned.steps == [0, 128, 256, 384, 512, 640, 768, 896]  # 1000 / 10, up to a power of two
    assert thinned.values == [str(step) for step in thinned.steps]


def test_the_last_step_is_kept_besides_and_dropped_when_it_goes_on():
    thinned = recorded(1000, 10)
    thinned.close(1000, "last")
    assert thinned.steps[-2:] == [896, 1000]
    thinned.cut(700)
    assert thinned.steps == [0, 128, 256, 384, 512, 640]


def test_a_last_step_that_is_there_is_not_kept_twice():
    thinned = recorded(4, 10)
    thinned.close(4, "last")
    assert thinned.values == ["0", "1", "2", "3", "4"]
