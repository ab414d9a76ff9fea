"""warmup: a straight line, then the other schedule over what is left."""

import pytest

import glassnet as gn


def test_the_line_by_hand():
    schedule = gn.schedules.warmup(steps=4)
    assert [schedule.lr(step, 10, 2.0) for step in range(6)] == [0.5, 1.0, 1.5, 2.0, 2.0, 2.0]


def test_the_other_schedule_sees_a_shorter_run():
    asked = []

    class Spy(gn.Schedule):
        def lr(self, step, total_steps, base_lr):
            asked.append((step, total_steps, base_lr))
            return 0.25

    schedule = gn.schedules.warmup(Spy(), steps=3)
    assert schedule.lr(3, 10, 1.0) == 0.25
    assert schedule.lr(9, 10, 1.0) == 0.25
    assert asked == [(0, 7, 1.0), (6, 7, 1.0)]


def test_a_schedule_inside_that_reacts_to_validation_still_does():
    x = [[1.0], [2.0]]
    net = gn.Network(["dense(1)"])
    lrs = []

    class Look(gn.Callback):
        def on_epoch_start(self, run):
            lrs.append(run.lr)

    schedule = "warmup(reduce_on_plateau(factor=0.5, patience=0), steps=1)"
    net.fit(
        x, x, loss="mse", optimizer="sgd(lr=1e-12)", schedule=schedule, epochs=4, validation=(x, x), callbacks=[Look()]
    )
    assert lrs == pytest.approx([1e-12, 1e-12, 0.5e-12, 0.25e-12])


@pytest.mark.parametrize("inside", ["cosine", "exponential", "one_cycle"])
def test_a_run_that_is_warmup_alone_may_be_asked_after_its_last_step(inside):
    lrs = []

    class Look(gn.Callback):
        def on_batch_end(self, run):
            lrs.append(run.lr)

    x = [[1.0], [2.0], [3.0], [4.0]]
    gn.Network(["dense(1)"]).fit(
        x,
        x,
        loss="mse",
        optimizer="sgd(lr=0.04)",
        schedule=f"warmup({inside}, steps=4)",
        batch_size=1,
        callbacks=[Look()],
    )
    assert lrs[:3] == pytest.approx([0.02, 0.03, 0.04])
    assert 0 < lrs[3] <= 0.04
