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
    sampler, writer = _callbacks()
    return [sampler] if config.folder is None else [sampler, writer]


@cache
def _callbacks() -> tuple[gn.Callback, gn.Callback]:
    # What they remember is in the run, so these serve all runs.
    from glassnet_doctor.sampler import RecordWriter, Sampler

    return Sampler(), RecordWriter()
