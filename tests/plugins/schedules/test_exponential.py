"""exponential: the same factor at every step, set by the length of the run."""

import pytest

import glassnet as gn


def test_a_run_of_four_steps_by_hand():
    # The factor is the fourth root of 1/16: one half.
    schedule = gn.schedules.exponential(final_fraction=1 / 16)
    assert [schedule.lr(step, 4, 0.8) for step in range(5)] == pytest.approx([0.8, 0.4, 0.2, 0.1, 0.05], rel=1e-14)


def test_a_shorter_run_decays_faster_and_ends_at_the_same_step_size():
    schedule = gn.schedules.exponential(final_fraction=0.01)
    assert schedule.lr(5, 10, 1.0) == pytest.approx(0.1, rel=1e-14)
    assert schedule.lr(50, 100, 1.0) == pytest.approx(0.1, rel=1e-14)
    assert schedule.lr(10, 10, 1.0) == schedule.lr(100, 100, 1.0) == pytest.approx(0.01, rel=1e-14)


def test_final_of_one_is_constant():
    assert {gn.schedules.exponential(final_fraction=1.0).lr(step, 9, 0.5) for step in range(9)} == {0.5}


@pytest.mark.parametrize("final", [0.0, -0.1, 1.5])
def test_final_out_of_range_is_refused(final):
    with pytest.raises(gn.OptionError, match="final_fraction must be > 0 and <= 1"):
        gn.schedules.exponential(final_fraction=final)
