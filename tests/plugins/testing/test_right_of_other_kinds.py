"""Correct losses, optimizers, initializers, regularizers, constraints, schedules, metrics and callbacks: all pass."""

from __future__ import annotations

import math

import numpy as np
import pytest

import glassnet as gn


def by_sample(costs):
    return costs.reshape(len(costs), -1).mean(axis=1)


class Pinball(gn.Loss):
    """The quantile loss, whose kink is not declared. Source: Koenker and Bassett (1978)."""

    quantile: float = gn.option(0.7, gt=0, lt=1, help="the quantile")
    formula = "L = mean max(q e, (q - 1) e),  e = t - p"
    gradient_formula = "dp = -q / n if e > 0 else (1 - q) / n"

    def per_sample(self, y_pred, y_true):
        error = y_true - y_pred
        return by_sample(np.maximum(self.quantile * error, (self.quantile - 1) * error))

    def backward(self, y_pred, y_true):
        slope = np.where(y_true > y_pred, -self.quantile, 1 - self.quantile)
        return (slope / y_pred.size).astype(y_pred.dtype)


class SquaredHinge(gn.Loss):
    """A slope of exactly 0 at the margin, with curvature on one side. Source: by definition."""

    formula = "L = mean max(0, 1 - t z)^2"
    gradient_formula = "dz = -2 t max(0, 1 - t z) / n"
    target_types = ("signs",)
    prediction_type = "logits"

    def per_sample(self, y_pred, y_true):
        return by_sample(np.square(np.maximum(1 - y_true * y_pred, 0)))

    def backward(self, y_pred, y_true):
        return -2 * y_true * np.maximum(1 - y_true * y_pred, 0) / y_pred.size


class Tweedie(gn.Loss):
    """Predictions above 0, targets that are positive or counts. Source: Tweedie (1984)."""

    power: float = gn.option(1.5, gt=1, lt=2, help="between Poisson and gamma")
    formula = "L = mean p^(2 - k) / (2 - k) - t p^(1 - k) / (1 - k)"
    gradient_formula = "dp = (p^(1 - k) - t p^-k) / n"
    target_types = ("positive", "counts")
    checks = gn.Checks(domain=(0.0, np.inf))

    def per_sample(self, y_pred, y_true):
        k = self.power
        return by_sample(y_pred ** (2 - k) / (2 - k) - y_true * y_pred ** (1 - k) / (1 - k))

    def backward(self, y_pred, y_true):
        return (y_pred ** (1 - self.power) - y_true * y_pred**-self.power) / y_pred.size


class Correlation(gn.Loss):
    """One less the correlation over the batch. Source: Pearson (1895)."""

    formula = "L = mean of 1 - sum a b / (|a| |b|),  a and b centred"
    gradient_formula = "dp = centred -(b / (|a| |b|) - c a / (|a|^3 |b|)) / outputs"
    checks = gn.Checks(batch_loss=True)

    def _parts(self, y_pred, y_true):
        a, b = y_pred - y_pred.mean(axis=0), y_true - y_true.mean(axis=0)
        return a, b, np.sqrt((a * a).sum(axis=0) + 1e-6), np.sqrt((b * b).sum(axis=0) + 1e-6)

    def forward(self, y_pred, y_true):
        a, b, norm_a, norm_b = self._parts(y_pred, y_true)
        return float(np.mean(1 - (a * b).sum(axis=0) / (norm_a * norm_b), dtype=np.float64))

    def backward(self, y_pred, y_true):
        a, b, norm_a, norm_b = self._parts(y_pred, y_true)
        common = (a * b).sum(axis=0)
        slope = -(b / (norm_a * norm_b) - common * a / (norm_a**3 * norm_b)) / y_pred[0].size
        return slope - slope.mean(axis=0)


class MomentumOffByDefault(gn.Optimizer):
    """Nesterov and dampening count only where there is a momentum. Source: Sutskever et al. (2013)."""

    lr: float = gn.option(0.01, gt=0, help="step size")
    momentum: float = gn.option(0.0, ge=0, lt=1, help="part of the velocity that is kept")
    dampening: float = gn.option(0.0, ge=0, lt=1, help="part of the gradient that is left out")
    nesterov: bool = gn.option(False, help="look one step ahead")
    formula = "v = momentum v + (1 - dampening) g,  p = p - lr v"
    slots = ("v",)

    def update(self, p, g, state, lr, t):
        if self.momentum == 0:
            p -= lr * g
            return
        v = state["v"]
        v *= self.momentum
        v += (1 - self.dampening) * g
        p -= lr * (g + self.momentum * v if self.nesterov else v)


class Rprop(gn.Optimizer):
    """Each element has a step size of its own. Source: Riedmiller and Braun (1993)."""

    lr: float = gn.option(0.01, gt=0, help="first step size")
    formula = "p = p - lr size sign(g)"
    slots = ("last", "size")

    def update(self, p, g, state, lr, t):
        last, size = state["last"], state["size"]
        if t == 1:
            size[...] = 1
        same = np.sign(g * last)
        size *= np.where(same > 0, 1.2, np.where(same < 0, 0.5, 1)).astype(p.dtype)
        np.clip(size, 1e-4, 100, out=size)
        last[...] = np.where(same < 0, 0, g)
        p -= lr * size * np.sign(last)


class Positions(gn.Initializer):
    """Sines of the position: the same for every seed. Source: Vaswani et al. (2017)."""

    formula = "w = sin(position / 10000^(column / columns))"

    def moments(self, shape, fan_in, fan_out):
        values = self.sample(shape, fan_in, fan_out, np.random.default_rng(0))
        return float(values.mean()), float(values.var())

    def sample(self, shape, fan_in, fan_out, rng):
        rows = np.arange(shape[0]).reshape(-1, *(1,) * (len(shape) - 1))
        columns = np.arange(shape[-1]) if len(shape) > 1 else 0
        return np.sin(rows / 10000 ** (columns / shape[-1])) * np.ones(shape)


class OneRow(gn.Initializer):
    """Equal rows of random numbers: elements depend on each other. Source: by definition."""

    formula = "w_ij = r_j ~ N(0, 1 / columns)"

    def moments(self, shape, fan_in, fan_out):
        return 0.0, 1 / shape[-1]

    def sample(self, shape, fan_in, fan_out, rng):
        row = rng.normal(scale=1 / math.sqrt(shape[-1]), size=shape[-1:])
        return np.broadcast_to(row, shape).copy()


class Sparse(gn.Initializer):
    """Nine of ten values are 0. Source: Martens (2010)."""

    formula = "w ~ N(0, 0.01^2) with probability 0.1, else 0"

    def moments(self, shape, fan_in, fan_out):
        return 0.0, 0.1 * 0.01**2

    def sample(self, shape, fan_in, fan_out, rng):
        return rng.normal(scale=0.01, size=shape) * (rng.random(shape) < 0.1)


class TotalVariation(gn.Regularizer):
    """In a large array, some slopes are smaller than the last digit of the sum. Source: Rudin et al. (1992)."""

    formula = "R = 0.01 sum sqrt(d^2 + 1e-6),  d = differences of rows"

    def penalty(self, w):
        return 0.01 * float(np.sqrt(np.square(np.diff(w.astype(np.float64), axis=0)) + 1e-6).sum())

    def gradient(self, w):
        d = np.diff(w, axis=0)
        q = 0.01 * d / np.sqrt(d * d + 1e-6)
        slopes = np.zeros_like(w)
        slopes[1:] += q
        slopes[:-1] -= q
        return slopes


class GroupLasso(gn.Regularizer):
    """The norm of each row, with a slope of 0 where it is 0. Source: Yuan and Lin (2006)."""

    formula = "R = 0.01 sum |w_i|"

    def penalty(self, w):
        rows = w.reshape(len(w), -1)
        return 0.01 * float(np.sqrt(np.square(rows, dtype=np.float64).sum(axis=1)).sum())

    def gradient(self, w):
        norms = np.sqrt(np.square(w).reshape(len(w), -1).sum(axis=1)).reshape(-1, *(1,) * (w.ndim - 1))
        return 0.01 * np.where(norms > 0, w / np.where(norms > 0, norms, 1), 0).astype(w.dtype)


class Simplex(gn.Constraint):
    """Rows are distributions. Source: Duchi et al. (2008)."""

    formula = "w = max(w - tau, 0) with rows that sum to 1"

    def project(self, w):
        rows = w.reshape(-1, w.shape[-1])
        ordered = np.sort(rows, axis=-1)[:, ::-1]
        excess = np.cumsum(ordered, axis=-1) - 1
        counts = np.arange(1, rows.shape[-1] + 1, dtype=w.dtype)
        last = (ordered * counts > excess).sum(axis=-1)
        tau = excess[np.arange(len(rows)), last - 1] / last.astype(w.dtype)
        w[...] = np.maximum(rows - tau[:, None], 0).reshape(w.shape)


class Grid(gn.Constraint):
    """Values are multiples of a step. Source: by definition."""

    step: float = gn.option(0.25, gt=0, help="distance of two values")
    formula = "w = step round(w / step)"

    def project(self, w):
        w[...] = np.round(w / self.step) * self.step


class Restarts(gn.Schedule):
    """A cosine that starts again, and needs no length of the run. Source: Loshchilov and Hutter (2017)."""

    first: int = gn.option(50, ge=1, help="steps of the first period")
    factor: int = gn.option(2, ge=1, help="how much longer each period is than the one before")
    formula = "lr = base_lr (1 + cos(pi s / n)) / 2 at step s of n of a period"
    needs_total_steps = False

    def lr(self, step, total_steps, base_lr):
        length = self.first
        while step >= length:
            step, length = step - length, length * self.factor
        return base_lr * (1 + math.cos(math.pi * step / length)) / 2


class BalancedAccuracy(gn.Metric):
    """The mean over classes of the share that is found; weights of 0 leave a class out. Source: Mosley (2013)."""

    formula = "mean over classes of right / all"
    higher_is_better = True
    target_types = ("labels",)

    def reset(self):
        self._right = self._all = np.zeros(100)

    def update(self, y_true, y_pred, sample_weight=None):
        weights = np.ones(len(y_true)) if sample_weight is None else sample_weight
        right = y_pred.argmax(axis=-1) == y_true
        self._right = self._right + np.bincount(y_true, weights * right, 100)
        self._all = self._all + np.bincount(y_true, weights, 100)

    def compute(self):
        there = self._all > 0
        return float(np.mean(self._right[there] / self._all[there])) if there.any() else float("nan")


class MeanOfWeights(gn.Callback):
    """At the end the network has the mean of its epochs. Source: Izmailov et al. (2018)."""

    def on_run_start(self, run):
        memory = run.state_of(self)
        memory.epochs, memory.mean = 0, run.network.flat_parameters.copy()

    def on_epoch_end(self, run):
        memory = run.state_of(self)
        memory.epochs += 1
        memory.mean = memory.mean + (run.network.flat_parameters - memory.mean) / memory.epochs

    def on_run_end(self, run):
        memory = run.state_of(self)
        if getattr(memory, "epochs", 0):
            run.network.flat_parameters[:] = memory.mean


RIGHT = [
    Pinball,
    SquaredHinge,
    Tweedie,
    Correlation,
    MomentumOffByDefault,
    Rprop,
    Positions,
    OneRow,
    Sparse,
    TotalVariation,
    GroupLasso,
    Simplex,
    Grid,
    Restarts,
    BalancedAccuracy,
    MeanOfWeights,
]


@pytest.mark.parametrize("component", RIGHT, ids=lambda component: component.__name__)
def test_a_right_component_passes(component, passes):
    passes(component)
