"""Optuna, and settings as it takes them."""

from __future__ import annotations

import logging
from typing import Any

import glassnet as gn
from glassnet_sweeps.setting import Setting


def optuna() -> Any:
    """Return the library, which prints warnings alone.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    with gn.needs_extra("the strategy tpe needs the package optuna", "sweep"):
        import optuna as library
    library.logging.set_verbosity(logging.WARNING)
    return library


def distribution(setting: Setting) -> Any:
    """Return the distribution of a setting. Of a list, Optuna knows the numbers of its values alone."""
    distributions = optuna().distributions
    if not setting.is_range:
        return distributions.CategoricalDistribution(list(range(len(setting.values))))
    kind = distributions.IntDistribution if setting.whole else distributions.FloatDistribution
    return kind(setting.low, setting.high, log=setting.log)


def asked(setting: Setting, value: Any) -> Any:
    """Return the value of a setting as Optuna has it."""
    return value if setting.is_range else setting.values.index(value)


def answered(setting: Setting, value: Any) -> Any:
    """Return the value of a setting that Optuna proposes."""
    return value if setting.is_range else setting.values[value]
