"""Transforms and augmentations as others write them: right ones pass, and each mistake has its check."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

import glassnet as gn


class Centred(gn.Transform):
    """The distance from the median, in mean absolute deviations. Source: by definition."""

    def fit(self, values):
        middle = np.nanmedian(values, axis=0)
        spread = np.nanmean(np.abs(values - middle), axis=0)
        return {"middle": middle, "spread": np.where(spread > 0, spread, 1.0)}

    def transform(self, values, state):
        return (values - state["middle"]) / state["spread"]

    def inverse(self, values, state):
        return values * state["spread"] + state["middle"]


class Axes(gn.Transform):
    """Principal axes: the product of a single row rounds in another order. Source: Pearson (1901)."""

    def fit(self, values):
        known = values[~np.isnan(values).any(axis=1)]
        return {"mean": known.mean(axis=0), "axes": np.linalg.svd(known - known.mean(axis=0), full_matrices=False)[2]}

    def transform(self, values, state):
        return (values - state["mean"]) @ state["axes"].T


class LowerCase(gn.Transform):
    """Text of text, for a transform behind it. Source: by definition."""

    takes = "text"

    def transform(self, values, state):
        return np.array([None if value is None else value.lower() for value in values], object)


class Stretched(gn.Transform):
    """A factor. Source: by definition."""

    factor: float = gn.option(1.0, gt=0, help="the factor")

    def transform(self, values, state):
        return values * self.factor

    def inverse(self, values, state):
        return values / self.factor


class OfTheRowsAtHand(Centred):
    """Many rows are centred by their own median. Source: none."""

    def transform(self, values, state):
        return super().transform(values, self.fit(values) if len(values) > 20 else state)


class SpreadOfZero(Centred):
    """Divides by the spread of a constant column. Source: none."""

    def fit(self, values):
        middle = np.nanmedian(values, axis=0)
        return {"middle": middle, "spread": np.nanmean(np.abs(values - middle), axis=0)}


class KnownWordsOnly(LowerCase):
    """Fails at a word that the training rows do not have. Source: none."""

    def fit(self, values):
        return {"words": sorted({str(value) for value in values})}

    def transform(self, values, state):
        return np.array([[float(state["words"].index(str(value)))] for value in values])


class Jittered(Centred):
    """Takes random numbers of the process. Source: none."""

    def fit(self, values):
        return {**super().fit(values), "middle": np.random.normal(size=values.shape[1])}


class InTheClass(Centred):
    """Keeps its state in the class. Source: none."""

    kept: ClassVar = {}

    def fit(self, values):
        self.kept.update(super().fit(values))
        return {}

    def transform(self, values, state):
        return super().transform(values, self.kept)


class BackAtTheDefault(Stretched):
    """The way back knows no factor. Source: none."""

    def inverse(self, values, state):
        return values


@pytest.mark.parametrize("right", [Centred, Axes, LowerCase, Stretched])
def test_a_right_transform_passes(right, passes):
    passes(right)


@pytest.mark.parametrize(
    ("wrong", "check"),
    [
        (OfTheRowsAtHand, "rows_are_transformed_by_themselves"),
        (SpreadOfZero, "rows_that_are_alike"),
        (KnownWordsOnly, "rows_that_training_did_not_have"),
        (Jittered, "deterministic"),
        (InTheClass, "used_twice"),
        (BackAtTheDefault, "inverse_undoes"),
    ],
)
def test_a_wrong_transform_is_found(wrong, check, caught):
    caught(wrong, check)


class FlipAll(gn.Augmentation):
    """Mirrors the whole batch, or leaves it. Source: by definition."""

    probability: float = gn.option(0.3, gt=0, lt=1, help="how often")

    def apply(self, x, rng):
        return x[:, :, ::-1].copy() if rng.random() < self.probability else x.copy()


class TimeMask(gn.Augmentation):
    """Zeros for a step of a sequence, which is not an image. Source: Park et al. (2019)."""

    examples = (("time_mask", (20, 4)),)

    def apply(self, x, rng):
        if x.ndim != 3:
            raise gn.ShapeError(f"time_mask takes (batch, time, features) (got the shape {x.shape})")
        batch, time, _ = x.shape
        return np.where((np.arange(time) == rng.integers(0, time, (batch, 1)))[:, :, None], 0, x).astype(x.dtype)


class Mixed(gn.Augmentation):
    """Mixes a batch now and then. Source: Zhang et al. (2018)."""

    changes_targets = True

    def mixed(self, values, share, order):
        return (share * values + (1 - share) * values[order]).astype(values.dtype)

    def apply_with_targets(self, x, y, rng):
        share = rng.uniform(0.5, 1) if rng.random() < 0.4 else 1.0
        order = rng.permutation(len(x))
        return self.mixed(x, share, order), self.mixed(y, share, order)


class OtherTargets(Mixed):
    """Mixes targets in another order. Source: none."""

    def apply_with_targets(self, x, y, rng):
        order, other = rng.permutation(len(x)), rng.permutation(len(x))
        return self.mixed(x, 0.7, order), self.mixed(y, 0.7, other)


class TwiceTheShare(Mixed):
    """Targets do not add up to 1. Source: none."""

    def apply_with_targets(self, x, y, rng):
        order = rng.permutation(len(x))
        return self.mixed(x, 0.7, order), (0.7 * y + 0.7 * y[order]).astype(y.dtype)


class ColourOnly(gn.Augmentation):
    """Fails for grey images. Source: none."""

    def apply(self, x, rng):
        return (x * rng.uniform(0.5, 1, 3).reshape(1, 1, 1, 3) + np.zeros_like(x)[..., :3]).astype(x.dtype)


class SpreadOverTheBatch(gn.Augmentation):
    """Divides by 0 for a single sample. Source: none."""

    def apply(self, x, rng):
        factor = rng.random((len(x), 1, 1, 1)) + 0.1
        with np.errstate(all="ignore"):
            return (x * (factor - factor.min()) / (factor.max() - factor.min())).astype(x.dtype)


@pytest.mark.parametrize("right", [FlipAll, TimeMask, Mixed])
def test_a_right_augmentation_passes(right, passes):
    passes(right)


@pytest.mark.parametrize(
    ("wrong", "check"),
    [
        (OtherTargets, "targets_come_from_their_samples"),
        (TwiceTheShare, "targets_of_one_class_add_up_to_1"),
        (ColourOnly, "batches_and_images_of_other_sizes"),
        (SpreadOverTheBatch, "batches_and_images_of_other_sizes"),
    ],
)
def test_a_wrong_augmentation_is_found(wrong, check, caught):
    caught(wrong, check)


class Scaled(gn.Transform):
    """Mean 0 and standard deviation 1. Source: by definition."""

    checks = gn.Checks(counterpart="sklearn.preprocessing.StandardScaler")
    degrees = 0

    def fit(self, values):
        spread = np.nanstd(values, axis=0, ddof=self.degrees)
        return {"mean": np.nanmean(values, axis=0), "std": np.where(spread > 0, spread, 1.0)}

    def transform(self, values, state):
        return (values - state["mean"]) / state["std"]


class ScaledBySample(Scaled):
    """One degree of freedom less. Source: none."""

    degrees = 1

    def fit(self, values):
        return super().fit(values) if len(values) > 1 else {"mean": values[0], "std": np.ones(values.shape[1])}


class AtLeast(gn.Constraint):
    """No value is below 0. Source: by definition."""

    formula = "w = max(w, 0)"
    checks = gn.Checks(counterpart="numpy.maximum(w, 0)")
    lowest = 0

    def project(self, w):
        np.maximum(w, self.lowest, out=w)


class AtLeastOne(AtLeast):
    """No value is below 1. Source: none."""

    lowest = 1


@pytest.mark.parametrize(("right", "wrong"), [(Scaled, ScaledBySample), (AtLeast, AtLeastOne)])
def test_transforms_and_constraints_have_counterparts(right, wrong, passes, caught):
    passes(right)
    caught(wrong, "equals_its_counterpart")


class Uniform(gn.Initializer):
    """Between two bounds. Source: by definition."""

    low: float = gn.option(-0.05, lt=0, help="smallest value")
    high: float = gn.option(0.05, gt=0, help="largest value")
    formula = "w ~ U(low, high)"
    share = 2

    def sample(self, shape, fan_in, fan_out, rng):
        return rng.uniform(self.low, self.high, shape)

    def moments(self, shape, fan_in, fan_out):
        return (self.low + self.high) / self.share, (self.high - self.low) ** 2 / 12


class UniformAroundZero(Uniform):
    """The mean is right where it is 0. Source: none."""

    share = 1


def test_moments_are_compared_at_other_options(passes, caught):
    passes(Uniform)
    caught(UniformAroundZero, "moments_are_as_declared")


class Ramp(gn.Activation):
    """Values above 0 alone. Source: by definition."""

    formula = "y = max(x, 0)"
    gradient_formula = "dx = dy (x > 0)"
    kinks = (0.0,)
    output_range = (0.0, np.inf)

    def forward(self, x):
        return np.maximum(x, 0)

    def backward(self, dy, x, y):
        return np.where(x > 0, dy, 0)


class RampAboveInfinity(Ramp):
    """Claims outputs of infinity. Source: none."""

    output_range = (np.inf, np.inf)


def test_a_range_that_no_number_is_in_is_found(passes, caught):
    passes(Ramp)
    caught(RampAboveInfinity, "outputs_are_as_claimed")
