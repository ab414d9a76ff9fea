"""Trials: the same network trained anew for a few steps with one thing changed, to see if that is the reason."""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import glassnet as gn
from glassnet.model.objective import Objective
from glassnet_doctor.is_trial import IS_TRIAL

if TYPE_CHECKING:
    from glassnet_doctor.case import Case

_MOST_STEPS, _LEAST_STEPS = 300, 30
# Multiplications that all steps of one trial may take: about a second.
_MOST_WORK = 2e10


def trial_loss(
    case: Case, *, lr_factor: float = 1.0, samples: int | None = None, least_steps: int = 0, **changed: Any
) -> float:
    """Return the loss, without penalties, that a fresh network has on its training data after a short training.

    Parameters
    ----------
    case
        Network, data and options; the options have to be known.
    lr_factor
        What the step size is multiplied with.
    samples
        The number of samples to train on; by default as many as the steps take.
    least_steps
        The least number of steps; by default as many as the training took, 300 at most.
    **changed
        Options of `Network.fit` with other values.

    Returns
    -------
    float
        Infinite if the training diverges.
    """
    options = _options(case, lr_factor, changed)
    steps = max(trial_steps(case), least_steps)
    data = case.training_part(samples or steps * options["batch_size"])
    network = _trained(case, data, steps, options)
    if network is None:
        return float("inf")
    penalty = Objective(network, case.loss, options["regularizer"]).penalty()
    return float(network.evaluate(data, loss=case.loss, metrics=[])["loss"]) - penalty


def network_trained_on(case: Case, data: gn.Split) -> gn.Network | None:
    """Return a fresh network that was trained on these data, as the case was; None if it diverges."""
    return _trained(case, data, trial_steps(case), _options(case, 1.0, {}))


def _options(case: Case, lr_factor: float, changed: dict[str, Any]) -> dict[str, Any]:
    assert case.options is not None
    optimizer = case.options.optimizer
    return {
        "loss": case.loss,
        "optimizer": optimizer if lr_factor == 1 else with_rate(optimizer, lr_factor),
        "batch_size": case.options.batch_size,
        "regularizer": case.options.regularizer,
        "seed": case.options.seed,
        **changed,
    }


def _trained(case: Case, data: gn.Split, steps: int, options: dict[str, Any]) -> gn.Network | None:
    """Return a fresh network after about this number of steps, or None if the training diverges."""
    network = gn.Network(case.network.layers).build(
        case.network.input_shape, seed=options["seed"], dtype=str(case.network.dtype)
    )
    per_epoch = -(-len(data) // options["batch_size"])
    before = IS_TRIAL.set(True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with suppress(gn.NonFiniteError, gn.OutOfMemoryError):
                network.fit(data, epochs=max(1, steps // per_epoch), progress=False, **options)
                return network
    finally:
        IS_TRIAL.reset(before)
    return None


def trial_steps(case: Case) -> int:
    """Return the number of steps of a trial: as many as the training took, and what takes about a second."""
    assert case.options is not None
    work = 6.0 * case.network.layout.size * case.options.batch_size
    most = min(_MOST_STEPS, int(_MOST_WORK / max(work, 1)))
    taken = case.record.steps if case.record is not None and case.record.steps else _MOST_STEPS
    return max(_LEAST_STEPS, min(most, taken))


def with_rate(optimizer: Any, factor: float) -> Any:
    """Return an optimizer with another step size; one that wraps another changes that of the inner one."""
    if "lr" in optimizer.options:
        return optimizer.replace(lr=optimizer.options["lr"] * factor)
    inner = optimizer.options.get("optimizer")
    return optimizer if inner is None else optimizer.replace(optimizer=with_rate(inner, factor))


def rate_of(optimizer: Any) -> float | None:
    """Return the step size of an optimizer, or of the one that it wraps."""
    if "lr" in optimizer.options:
        return float(optimizer.options["lr"])
    inner = optimizer.options.get("optimizer")
    return None if inner is None else rate_of(inner)
