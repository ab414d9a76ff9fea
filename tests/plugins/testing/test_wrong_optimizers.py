"""Optimizers with one mistake each, and the check that is there for it."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
import pytest

import glassnet as gn


class Right(gn.Optimizer):
    """Adam in which all is right. Source: Kingma and Ba (2015)."""

    lr: float = gn.option(0.01, gt=0, help="step size")
    beta1: float = gn.option(0.9, ge=0, lt=1, help="part of the mean that is kept")
    beta2: float = gn.option(0.99, ge=0, lt=1, help="part of the mean square that is kept")
    epsilon: float = gn.option(1e-8, gt=0, help="keeps the division finite")

    formula = "p = p - lr m / (sqrt(v) + epsilon)"
    slots = ("m", "v")

    def update(self, p, g, state, lr, t):
        self.step_of(p, g, state, lr, t)

    def step_of(self, p, g, state, lr, t):
        m, v = state["m"], state["v"]
        m += (1 - self.beta1) * (g - m)
        v += (1 - self.beta2) * (g * g - v)
        mean, square = m / (1 - self.beta1**t), v / (1 - self.beta2**t)
        p -= lr * mean / (np.sqrt(square) + self.epsilon)


class RightOnTensors(gn.Optimizer):
    """Steps of a length for each tensor, in which all is right. Source: You et al. (2017), arXiv:1708.03888."""

    lr: float = gn.option(0.1, gt=0, help="step size")
    formula = "p = p - lr g / |g|"
    granularity = "parameter"

    def update(self, p, g, state, lr, t):
        norm = float(np.linalg.norm(g))
        if norm > 1e-12:
            p -= (lr / norm) * g


class RightOnTheNetwork(gn.Optimizer):
    """A step whose size is found by halving, in which all is right. Source: Armijo (1966)."""

    lr: float = gn.option(1.0, gt=0, help="largest step")
    formula = "p = p - lr g / 2^k for the smallest k that goes down"
    granularity = "model"

    def step(self, p, g, state, lr, t, closure):
        start, gradient, height = p.copy(), g.copy(), closure()
        for halvings in range(20):
            p[:] = start - lr * 0.5**halvings * gradient
            if closure() <= height:
                return
        p[:] = start


class RightAverage(gn.Optimizer):
    """Gradient descent with the mean of all places, in which all is right. Source: Polyak and Juditsky (1992)."""

    lr: float = gn.option(0.1, gt=0, help="step size")
    formula = "p = p - lr g,  average = mean of p"
    slots = ("total",)
    scalars = ("count",)

    def update(self, p, g, state, lr, t):
        p -= lr * g
        state["total"] += p
        state["count"] += 1

    def averaged_parameters(self, p, state):
        return state["total"] / float(state["count"][0])


class Velocity(gn.Optimizer):
    """Momentum whose terms are right with and without a look ahead. Source: Sutskever et al. (2013)."""

    lr: float = gn.option(0.01, gt=0, help="step size")
    nesterov: bool = gn.option(False, help="look one step ahead")

    formula = "v = 0.9 v + g,  p = p - lr v;  nesterov: p = p - lr (g + 0.9 v)"
    slots = ("v",)

    def update(self, p, g, state, lr, t):
        v = state["v"]
        v[:] = 0.9 * v + g
        p -= lr * (g + 0.9 * v if self.nesterov else v)

    def update_terms(self, p, g, state, lr, t):
        v = 0.9 * state["v"]
        return {"momentum": -lr * self.ahead(v, g)}

    def ahead(self, v, g):
        return 0.9 * (v + g) if self.nesterov else v


@pytest.mark.parametrize("right", [Right, RightOnTensors, RightOnTheNetwork, RightAverage, Velocity])
def test_a_right_optimizer_passes(right, passes):
    assert passes(right).checks_run >= 25


def test_decay_that_is_declared_passes(passes):
    passes(DecayThatIsDeclared)


class Uphill(Right):
    def update(self, p, g, state, lr, t):
        self.step_of(p, -g, state, lr, t)


class TermsWithoutScaling(Right):
    def update_terms(self, p, g, state, lr, t):
        mean = (self.beta1 * state["m"] + (1 - self.beta1) * g) / (1 - self.beta1**t)
        return {"momentum": -lr * (mean - g)}


class TermsThatTakeTheStep(Right):
    def update_terms(self, p, g, state, lr, t):
        before = p.copy()
        self.step_of(p, g, state, lr, t)
        return {"all": p - before + lr * g}


class NotInPlace(Right):
    def update(self, p, g, state, lr, t):
        p = p - lr * g


class CounterOfItsOwn(Right):
    """Counts its calls: twice a step where there are two groups."""

    counts: ClassVar[dict[int, int]] = {}

    def update(self, p, g, state, lr, t):
        count = self.counts[id(self)] = self.counts.get(id(self), 0) + 1
        self.step_of(p, g, state, lr, count)


class CounterOfTheClass(Right):
    count: ClassVar[list[int]] = [0]

    def update(self, p, g, state, lr, t):
        self.count[0] += 1
        self.step_of(p, g, state, lr, self.count[0])


class StateRebound(Right):
    def update(self, p, g, state, lr, t):
        state["m"] = self.beta1 * state["m"] + (1 - self.beta1) * g
        p -= lr * state["m"]


class VelocityOnTheInstance(Right):
    def update(self, p, g, state, lr, t):
        velocity = 0.9 * getattr(self, "velocity", 0) + g
        object.__setattr__(self, "velocity", velocity)
        p -= lr * velocity


class VelocityOfTheClass(Right):
    velocity: ClassVar[dict[int, np.ndarray]] = {}

    def update(self, p, g, state, lr, t):
        velocity = self.velocity[p.size] = 0.9 * self.velocity.get(p.size, 0) + g
        p -= lr * velocity


class StepSizeOfTheOption(Right):
    def update(self, p, g, state, lr, t):
        self.step_of(p, g, state, self.lr, t)


class Decay(Right):
    def update(self, p, g, state, lr, t):
        p *= 1 - 0.1 * lr
        self.step_of(p, g, state, lr, t)


class DecayThatIsDeclared(Decay):
    """Adam with decoupled decay. Source: Loshchilov and Hutter (2019)."""

    updates_at_zero_gradient = True


class NoEpsilon(Right):
    def update(self, p, g, state, lr, t):
        state["v"] += (1 - self.beta2) * (g * g - state["v"])
        p -= lr * g / np.sqrt(state["v"])


class RootOfANegativeNumber(Right):
    """The variance as a difference of squares, which rounding makes negative."""

    def update(self, p, g, state, lr, t):
        m, v = state["m"], state["v"]
        m += 0.1 * (g - m)
        v += 0.1 * (g * g - v)
        p -= lr * m / (np.sqrt(v - m * m * 1.5) + self.epsilon)


class ScalarInFloat64(Right):
    scalars = ("beta_power",)

    def update(self, p, g, state, lr, t):
        state["beta_power"] += 1
        self.step_of(p, g * (1 / state["beta_power"][0]), state, lr, t)


class ArraysInFloat64(Right):
    def update(self, p, g, state, lr, t):
        self.step_of(p, g + np.zeros(p.shape), state, lr, t)


class AnyStepSize(Right):
    lr: float = gn.option(0.01, help="step size")


class NoStepSize(gn.Optimizer):
    """A fixed step. Source: by definition."""

    formula = "p = p - 0.1 g"

    def update(self, p, g, state, lr, t):
        p -= 0.1 * g


class AverageOfNothing(RightAverage):
    def averaged_parameters(self, p, state):
        return state["total"] / (float(state["count"][0]) - 1)


class NormOfTheChunk(Right):
    """A length of all elements that are together by chance: wants granularity = "model" or "parameter"."""

    def update(self, p, g, state, lr, t):
        p -= lr * g / (math.sqrt(float(g @ g)) + 1e-3)


class NotTheSameTwice(Right):
    def update(self, p, g, state, lr, t):
        self.step_of(p, g + np.random.normal(size=g.shape), state, lr, t)


class WeightsThatAddUpToMore(RightAverage):
    """The count is one behind from the second step on."""

    def averaged_parameters(self, p, state):
        return state["total"] / max(float(state["count"][0]) - 1, 1)


class DecayAtAnotherOption(Right):
    """An option that is off by default shrinks the parameters."""

    weight_decay: float = gn.option(0.0, ge=0, help="part of each parameter that a step of size 1 takes away")

    def update(self, p, g, state, lr, t):
        p -= lr * self.weight_decay * p
        self.step_of(p, g, state, lr, t)


class SaysThatItMoves(Right):
    """A declaration without anything behind it."""

    updates_at_zero_gradient = True


class TermsOfTheDefaultAlone(Velocity):
    """The terms do not know of an option."""

    def ahead(self, v, g):
        return v


MISTAKES = [
    (DecayAtAnotherOption, "no_gradient_no_step"),
    (WeightsThatAddUpToMore, "average_of_what_stays"),
    (SaysThatItMoves, "no_gradient_no_step"),
    (TermsOfTheDefaultAlone, "terms_add_up"),
    (Uphill, "descends_a_bowl"),
    (NotInPlace, "descends_a_bowl"),
    (CounterOfItsOwn, "portions_do_not_matter"),
    (CounterOfItsOwn, "continues_from_saved_state"),
    (CounterOfTheClass, "deterministic"),
    (StateRebound, "continues_from_saved_state"),
    (VelocityOnTheInstance, "continues_from_saved_state"),
    (VelocityOnTheInstance, "used_twice"),
    (VelocityOnTheInstance, "keeps_nothing"),
    (VelocityOnTheInstance, "training_can_be_continued"),
    (VelocityOfTheClass, "used_twice"),
    (StepSizeOfTheOption, "lr_is_the_argument"),
    (Decay, "no_gradient_no_step"),
    (TermsWithoutScaling, "terms_add_up"),
    (TermsThatTakeTheStep, "terms_add_up"),
    (NoEpsilon, "extreme_gradients_stay_finite"),
    (RootOfANegativeNumber, "extreme_gradients_stay_finite"),
    (ScalarInFloat64, "float32_stays_float32"),
    (ArraysInFloat64, "float32_stays_float32"),
    (AnyStepSize, "lr_is_positive"),
    (NoStepSize, "has_a_step_size"),
    (AverageOfNothing, "averages_are_parameters"),
    (NormOfTheChunk, "portions_do_not_matter"),
    (NotTheSameTwice, "deterministic"),
]


@pytest.mark.parametrize(("wrong", "check"), MISTAKES, ids=lambda value: getattr(value, "__name__", value))
def test_the_mistake_is_caught_by_its_check(wrong, check, caught):
    caught(wrong, check)


def test_a_bowl_in_one_dimension_shows_a_step_uphill(caught):
    failure = caught(Uphill, "descends_a_bowl")

    assert "((1,),)" in failure.input
    assert float(failure.got) > float(failure.expected.split()[3].rstrip(","))
