"""The plugin: each training is sampled, so that the doctor can say later why it went wrong."""

from __future__ import annotations

from functools import cache
from typing import Any

import glassnet as gn
from glassnet_doctor.trial import IS_TRIAL


@gn.hookimpl
def glassnet_default_callbacks(config: Any) -> list[gn.Callback]:
    """Sample each run, but not the short ones that the doctor makes itself."""
    return [] if IS_TRIAL.get() else [_sampler()]


@cache
def _sampler() -> gn.Callback:
    # What it remembers is in the run, so one serves all runs.
    from glassnet_doctor.sampler import Sampler

    return Sampler()
