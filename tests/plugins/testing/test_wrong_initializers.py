"""Initializers, regularizers and constraints with one mistake each, and the check that is there for it."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
import pytest

import glassnet as gn


class RightInitializer(gn.Initializer):
    """Glorot, normal, in which all is right. Source: Glorot and Bengio (2010)."""

    factor: float = gn.option(2.0, gt=0, help="what the variance is multiplied with")

    formula = "w ~ N(0, 2 / (fan_in + fan_out))"

    def moments(self, shape, fan_in, fan_out):
        return 0.0, self.factor / (fan_in + fan_out)

    def sample(self, shape, fan_in, fan_out, rng):
        return rng.normal(0, math.sqrt(self.factor / (fan_in + fan_out)), shape)


class RightRegularizer(gn.Regularizer):
    """The sum of squares and of absolute values, in which all is right. Source: Zou and Hastie (2005)."""

    strength: float = gn.option(0.1, ge=0, help="factor")

    formula = "penalty = strength sum (w^2 + |w|),  dw = strength (2 w + sign w)"
    kinks = (0.0,)

    def penalty(self, w):
        return self.strength * float(np.sum(w * w + np.abs(w), dtype=np.float64))

    def gradient(self, w):
        return self.strength * (2 * w + np.sign(w))


class RightConstraint(gn.Constraint):
    """A length of at most `limit` for each unit, in which all is right. Source: Srivastava et al. (2014)."""

    limit: float = gn.option(1.0, gt=0, help="the longest")

    formula = "w_j = w_j min(1, limit / |w_j|)"

    def project(self, w):
        norms = np.sqrt(np.sum(w * w, axis=tuple(range(w.ndim - 1)), keepdims=True))
        w *= self.limit / np.maximum(norms, self.limit)


@pytest.mark.parametrize("right", [RightInitializer, RightRegularizer, RightConstraint])
def test_a_right_component_passes(right, passes):
    assert passes(right).checks_run >= 19


class GlorotWithoutTheFactor(RightInitializer):
    def sample(self, shape, fan_in, fan_out, rng):
        return rng.normal(0, math.sqrt(1 / (fan_in + fan_out)), shape)


class DeviationForVariance(RightInitializer):
    def sample(self, shape, fan_in, fan_out, rng):
        return rng.normal(0, self.factor / (fan_in + fan_out), shape)


class UniformWithoutTheThree(RightInitializer):
    def sample(self, shape, fan_in, fan_out, rng):
        limit = math.sqrt(self.factor / (fan_in + fan_out))
        return rng.uniform(-limit, limit, shape)


class FanInAlone(RightInitializer):
    def sample(self, shape, fan_in, fan_out, rng):
        return rng.normal(0, math.sqrt(self.factor / (2 * fan_in)), shape)


class OffCentre(RightInitializer):
    def sample(self, shape, fan_in, fan_out, rng):
        return super().sample(shape, fan_in, fan_out, rng) + 0.02


class LastColumnLeftOut(RightInitializer):
    """The last unit starts with zeros. Source: none."""

    def sample(self, shape, fan_in, fan_out, rng):
        values = super().sample(shape, fan_in, fan_out, rng)
        values[..., -1] = 0
        return values


class NoMoments(RightInitializer):
    def moments(self, shape, fan_in, fan_out):
        raise NotImplementedError("not written")


class GlobalGenerator(RightInitializer):
    def sample(self, shape, fan_in, fan_out, rng):
        return np.random.normal(0, math.sqrt(self.factor / (fan_in + fan_out)), shape)


class SeedOfItsOwn(RightInitializer):
    def sample(self, shape, fan_in, fan_out, rng):
        return super().sample(shape, fan_in, fan_out, np.random.default_rng(0))


class Flattened(RightInitializer):
    def sample(self, shape, fan_in, fan_out, rng):
        return super().sample((math.prod(shape),), fan_in, fan_out, rng)


class Infinite(RightInitializer):
    def sample(self, shape, fan_in, fan_out, rng):
        return super().sample(shape, fan_in, fan_out, rng) / (fan_in - 1)


class OneAfterAnother(RightInitializer):
    """Takes up where the last call left off."""

    generators: ClassVar[list[np.random.Generator]] = []

    def sample(self, shape, fan_in, fan_out, rng):
        self.generators[:] = self.generators or [rng]
        return super().sample(shape, fan_in, fan_out, self.generators[0])


class FactorOfTheSquareForgotten(RightRegularizer):
    def gradient(self, w):
        return self.strength * (w + np.sign(w))


class PenaltyForgotten(RightRegularizer):
    """The gradient is there, and the loss that is reported lacks the penalty."""

    def penalty(self, w):
        return 0.0


class SignForgotten(RightRegularizer):
    def gradient(self, w):
        return self.strength * (2 * w + 1)


class NothingAtZero(RightRegularizer):
    """Three times as steep as either side at the kink."""

    def gradient(self, w):
        return super().gradient(w) + 3 * self.strength * (w == 0)


class ChangesTheWeights(RightRegularizer):
    def gradient(self, w):
        w *= 2 * self.strength
        return w


class PenaltyOfNumpy(RightRegularizer):
    def penalty(self, w):
        return self.strength * np.sum(w * w + np.abs(w))


class GradientInFloat64(RightRegularizer):
    def gradient(self, w):
        return np.float64(self.strength) * (2 * w + np.sign(w))


class LengthWithoutADerivativeAtZero(RightRegularizer):
    def penalty(self, w):
        return self.strength * float(np.sqrt(np.sum(w * w)))

    def gradient(self, w):
        return self.strength * w / np.sqrt(np.sum(w * w))


class Reward(RightRegularizer):
    """Pays for large weights."""

    def penalty(self, w):
        return -super().penalty(w)

    def gradient(self, w):
        return -super().gradient(w)


class NotInPlace(RightConstraint):
    def project(self, w):
        w = np.clip(w, -self.limit, self.limit)


class ReturnsTheWeights(RightConstraint):
    def project(self, w):
        super().project(w)
        return w


class ShrinksWhatIsAllowed(RightConstraint):
    def project(self, w):
        super().project(w)
        w *= 0.99


class NormOfZero(RightConstraint):
    def project(self, w):
        norms = np.sqrt(np.sum(w * w, axis=tuple(range(w.ndim - 1)), keepdims=True))
        w *= np.minimum(norms, self.limit) / norms


MISTAKES = [
    (GlorotWithoutTheFactor, "moments_are_as_declared"),
    (DeviationForVariance, "moments_are_as_declared"),
    (UniformWithoutTheThree, "moments_are_as_declared"),
    (FanInAlone, "moments_are_as_declared"),
    (OffCentre, "moments_are_as_declared"),
    (LastColumnLeftOut, "moments_of_small_shapes"),
    (NoMoments, "moments_are_as_declared"),
    (GlobalGenerator, "deterministic"),
    (SeedOfItsOwn, "another_seed_gives_other_values"),
    (Flattened, "shapes"),
    (Infinite, "shapes"),
    (OneAfterAnother, "deterministic"),
    (FactorOfTheSquareForgotten, "gradient_of_the_penalty"),
    (PenaltyForgotten, "gradient_of_the_penalty"),
    (SignForgotten, "gradient_of_the_penalty"),
    (NothingAtZero, "gradient_of_the_penalty"),
    (ChangesTheWeights, "arguments_stay_as_they_are"),
    (PenaltyOfNumpy, "float32_stays_float32"),
    (GradientInFloat64, "float32_stays_float32"),
    (LengthWithoutADerivativeAtZero, "large_values_stay_finite"),
    (Reward, "larger_weights_cost_more"),
    (NotInPlace, "changes_what_is_not_allowed"),
    (ReturnsTheWeights, "in_place"),
    (ShrinksWhatIsAllowed, "twice_is_once"),
    (NormOfZero, "values_stay_finite"),
]


@pytest.mark.parametrize(("wrong", "check"), MISTAKES, ids=lambda value: getattr(value, "__name__", value))
def test_the_mistake_is_caught_by_its_check(wrong, check, caught):
    caught(wrong, check)
