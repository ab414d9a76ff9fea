"""step: a drop after each fixed number of steps."""

import pytest

import glassnet as gn


def test_drops_by_hand():
    schedule = gn.schedules.step(every=3, factor=0.5)
    assert [schedule.lr(step, 8, 0.8) for step in range(8)] == pytest.approx(
        [0.8] * 3 + [0.4] * 3 + [0.2] * 2, rel=1e-15
    )


def test_the_length_of_the_run_does_not_matter():
    schedule = gn.schedules.step(every=3)
    assert schedule.lr(7, 8, 2.0) == schedule.lr(7, 1000, 2.0) == pytest.approx(0.02, rel=1e-14)


def test_every_single_step_may_drop():
    schedule = gn.schedules.step(every=1, factor=0.5)
    assert [schedule.lr(step, 4, 1.0) for step in range(4)] == [1.0, 0.5, 0.25, 0.125]


@pytest.mark.parametrize(
    ("spec", "message"), [("step(0)", "every must be >= 1"), ("step(3, factor=1.5)", "factor must be")]
)
def test_options_out_of_range_are_refused(spec, message):
    with pytest.raises(gn.OptionError, match=message):
        gn.create("schedule", spec)
