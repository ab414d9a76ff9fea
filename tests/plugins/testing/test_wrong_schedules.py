"""Schedules and metrics with one mistake each, and the check that is there for it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

import glassnet as gn


class RightSchedule(gn.Schedule):
    """A straight line down, in which all is right. Source: by definition."""

    final: float = gn.option(0.1, ge=0, le=1, help="last step size, as a fraction of the first")

    formula = "lr = base_lr (1 - (1 - final) step / total_steps)"

    def lr(self, step, total_steps, base_lr):
        return base_lr * (1 - (1 - self.final) * step / total_steps)


class RightReaction(gn.Schedule):
    """Halves the step size after each epoch, by the run's memory, in which all is right. Source: by definition."""

    formula = "lr = base_lr / 2^epochs"
    needs_total_steps = False

    def lr(self, step, total_steps, base_lr):
        return base_lr

    def on_run_start(self, run):
        run.state_of(self).factor = 1.0

    def on_validation_end(self, run):
        run.state_of(self).factor *= 0.5
        run.lr_scale = run.state_of(self).factor


class RightMetric(gn.Metric):
    """Mean absolute error, in which all is right. Source: by definition."""

    power: float = gn.option(1.0, gt=0, help="exponent")

    formula = "mean |p - t|^power"
    higher_is_better: ClassVar[bool] = False

    def reset(self):
        self._total = 0.0
        self._count = 0

    def update(self, y_true, y_pred):
        error = np.abs(np.subtract(y_pred, y_true, dtype=np.float64)) ** self.power
        self._total += float(error.sum())
        self._count += error.size

    def compute(self):
        return self._total / self._count if self._count else float("nan")


class RightAccuracy(gn.Metric):
    """Accuracy of labels and of yes and no, in which all is right. Source: by definition."""

    formula = "right / all"
    higher_is_better: ClassVar[bool] = True
    target_types = ("labels", "binary")

    def reset(self):
        self._right = self._count = 0

    def update(self, y_true, y_pred):
        right = y_pred.argmax(axis=-1) == y_true if y_pred.shape[-1] > 1 else (y_pred > 0.5) == (y_true > 0.5)
        self._right += int(right.sum())
        self._count += right.size

    def compute(self):
        return self._right / self._count if self._count else float("nan")


class RightMedian(gn.Metric):
    """The median of the errors, which has to keep them all. Source: by definition."""

    formula = "median |p - t|"

    def reset(self):
        self._errors = np.zeros(0)

    def update(self, y_true, y_pred):
        self._errors = np.concatenate([self._errors, np.abs(np.subtract(y_pred, y_true, dtype=np.float64)).ravel()])

    def compute(self):
        return float(np.median(self._errors)) if self._errors.size else float("nan")


@pytest.mark.parametrize("right", [RightSchedule, RightReaction, RightMetric, RightAccuracy, RightMedian])
def test_a_right_component_passes(right, passes):
    assert passes(right).checks_run >= 20


class DividesByTheLastStep(RightSchedule):
    def lr(self, step, total_steps, base_lr):
        return base_lr * (1 - step / (total_steps - 1))


class BelowZero(RightSchedule):
    def lr(self, step, total_steps, base_lr):
        return base_lr * (1 - 2 * step / total_steps)


class NumberOfNumpy(RightSchedule):
    def lr(self, step, total_steps, base_lr):
        return np.float32(base_lr)


class NeverStarts(RightSchedule):
    """Warms up for longer than a run may last."""

    def lr(self, step, total_steps, base_lr):
        return base_lr * (step // 5000)


class CountsItsOwnSteps(RightSchedule):
    calls: ClassVar[dict[int, int]] = {}

    def lr(self, step, total_steps, base_lr):
        self.calls[id(self)] = self.calls.get(id(self), 0) + 1
        return base_lr * 0.9 ** self.calls[id(self)]


class StepSizeOfItsOwn(RightSchedule):
    def lr(self, step, total_steps, base_lr):
        return 0.01


class SaysThatItNeedsNoLength(RightSchedule):
    needs_total_steps = False


class MemoryOnTheInstance(RightReaction):
    def on_run_start(self, run):
        object.__setattr__(self, "factor", 1.0)

    def on_validation_end(self, run):
        object.__setattr__(self, "factor", self.factor * 0.5)
        run.lr_scale = self.factor


class MeanOfBatchMeans(RightMetric):
    def reset(self):
        self._means = []

    def update(self, y_true, y_pred):
        self._means.append(float(np.mean(np.abs(np.subtract(y_pred, y_true, dtype=np.float64)))))

    def compute(self):
        return float(np.mean(self._means)) if self._means else float("nan")


class LastBatchAlone(RightMetric):
    def update(self, y_true, y_pred):
        self.reset()
        super().update(y_true, y_pred)


class FirstSampleCountsTwice(RightMetric):
    def update(self, y_true, y_pred):
        if not self._count:
            super().update(y_true[:1], y_pred[:1])
        super().update(y_true, y_pred)


class TotalNeverForgotten(RightMetric):
    def reset(self):
        self._total = getattr(self, "_total", 0.0)
        self._count = getattr(self, "_count", 0)


class TotalOfTheClass(RightMetric):
    totals: ClassVar[list[float]] = [0.0, 0.0]

    def reset(self):
        self.totals[:] = [0.0, 0.0]

    def update(self, y_true, y_pred):
        error = np.abs(np.subtract(y_pred, y_true, dtype=np.float64))
        self.totals[0] += float(error.sum())
        self.totals[1] += error.size

    def compute(self):
        return self.totals[0] / self.totals[1] if self.totals[1] else float("nan")


class ResultOfNumpy(RightMetric):
    def compute(self):
        return np.float64(super().compute())


class HalfPrecision(RightMetric):
    def update(self, y_true, y_pred):
        super().update(y_true.astype(np.float16), y_pred.astype(np.float16 if y_pred.dtype == np.float32 else float))


class NothingMeansAnError(RightMetric):
    def compute(self):
        return self._total / self._count


class ChangesTheOutputs(RightMetric):
    def update(self, y_true, y_pred):
        y_pred -= y_true
        super().update(0 * y_true, y_pred)


class KeepsTheArrays(RightMetric):
    def reset(self):
        self._batches = []

    def update(self, y_true, y_pred):
        self._batches.append((y_true, y_pred))

    def compute(self):
        errors = [np.abs(np.subtract(p, t, dtype=np.float64)).ravel() for t, p in self._batches]
        return float(np.concatenate(errors).mean()) if errors else float("nan")


class WorseIsBetter(RightMetric):
    higher_is_better: ClassVar[bool] = True


class TotalsThatCannotBeSaved(RightMetric):
    def reset(self):
        super().reset()
        self._seen = {1, 2}


MISTAKES = [
    (DividesByTheLastStep, "step_sizes_are_finite"),
    (BelowZero, "step_sizes_are_finite"),
    (NumberOfNumpy, "step_sizes_are_finite"),
    (NeverStarts, "some_step_is_taken"),
    (CountsItsOwnSteps, "order_does_not_matter"),
    (CountsItsOwnSteps, "used_twice"),
    (StepSizeOfItsOwn, "base_lr_counts"),
    (SaysThatItNeedsNoLength, "length_counts_only_where_it_is_needed"),
    (MemoryOnTheInstance, "training_can_be_continued"),
    (MeanOfBatchMeans, "batches_do_not_matter"),
    (LastBatchAlone, "batches_do_not_matter"),
    (FirstSampleCountsTwice, "order_does_not_matter"),
    (TotalNeverForgotten, "start_forgets"),
    (TotalOfTheClass, "used_twice"),
    (ResultOfNumpy, "result_is_a_number"),
    (HalfPrecision, "result_is_a_number"),
    (NothingMeansAnError, "small_passes_are_passes"),
    (ChangesTheOutputs, "arguments_stay_as_they_are"),
    (KeepsTheArrays, "arrays_are_not_kept"),
    (WorseIsBetter, "right_is_better"),
    (TotalsThatCannotBeSaved, "training_can_be_continued"),
]


@pytest.mark.parametrize(("wrong", "check"), MISTAKES, ids=lambda value: getattr(value, "__name__", value))
def test_the_mistake_is_caught_by_its_check(wrong, check, caught):
    caught(wrong, check)


def test_the_sizes_of_the_batches_are_told(caught):
    failure = caught(MeanOfBatchMeans, "batches_do_not_matter")

    assert failure.input.endswith("in batches of 7, 5")
    assert failure.expected.endswith("as in one batch")
