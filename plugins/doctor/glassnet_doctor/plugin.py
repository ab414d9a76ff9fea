"""The plugin: each training is sampled, so that the doctor can say later why it went wrong."""

from __future__ import annotations

from functools import cache
from typing import Any

import glassnet as gn
from glassnet_doctor.is_trial import IS_TRIAL


@gn.hookimpl
def glassnet_default_callbacks(config: Any) -> list[gn.Callback]:
    """Sample each run, but not the short ones that the doctor makes itself."""
    if IS_TRIAL.get():
        return []
    return [_sampler()] if config.folder is None else [_sampler(), *_recorders()]


@cache
def _sampler() -> gn.Callback:
    # What it remembers is in the run, so one serves all runs.
    from glassnet_doctor.sampler import Sampler

    return Sampler()


@cache
def _recorders() -> tuple[gn.Callback, ...]:
    from glassnet_doctor.flight.recorder import FlightRecorder
    from glassnet_doctor.sampler import RecordWriter

    return RecordWriter(), FlightRecorder()
