"""Where the time of a step goes, by glassnet's own profile: for what is trained, layer by layer."""

from __future__ import annotations

import contextlib
import io
from functools import partial
from typing import Any

import glassnet as gn
from benchmarks.cases import TRAINING, Case
from benchmarks.data import samples_of
from benchmarks.peers.ours import Glassnet, first_weights
from glassnet_callbacks.profiling.report import as_plain


def cases() -> dict[str, Any]:
    """Return what profiles each case, given the number of rounds."""
    return {name: partial(profiled, case) for name, case in TRAINING.items()}


def profiled(case: Case, rounds: int) -> dict[str, Any]:
    """Return the profile of an epoch, of the round that took the median time, and every round's share of products."""
    ours = Glassnet(case, samples_of(case), first_weights(case))
    _profile(ours)  # loading and warming up in the first round are not part of a step
    profiles = sorted((_profile(ours) for _ in range(rounds)), key=lambda profile: profile["seconds"])
    shares = [profile["products"]["share"] for profile in profiles]
    return {"title": case.title, "profile": profiles[rounds // 2], "shares": shares}


def _profile(ours: Glassnet) -> dict[str, Any]:
    runs: list[gn.Run] = []

    class KeepRun(gn.Callback):
        """Keeps the run, whose profile can be asked for when it is over."""

        def on_run_start(self, run: gn.Run) -> None:
            runs.append(run)

    profile = gn.create("callback", "profile")
    ours.start()
    with contextlib.redirect_stderr(io.StringIO()):  # the table for the terminal
        ours.train(1, callbacks=(profile, KeepRun()))
    return as_plain(runs[0].memory(profile)._profiled)
