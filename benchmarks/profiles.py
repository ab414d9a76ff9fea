"""Where the time of a step goes, by glassnet's own profile: for what is trained, layer by layer."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from functools import partial
from typing import Any

import glassnet as gn
from benchmarks import sequences
from benchmarks.cases import TRAINING
from benchmarks.data import samples_of
from benchmarks.peers.ours import Glassnet, first_weights
from benchmarks.peers.sequences_ours import SequenceGlassnet, first_parameters
from benchmarks.sequences import SEQUENCES
from glassnet_callbacks.profiling.report import as_plain


def cases() -> dict[str, Any]:
    """Return what profiles each case, given the number of rounds."""
    trained = {name: partial(profiled, trained_network, name) for name in TRAINING}
    return trained | {name: partial(profiled, on_sequences, name) for name in SEQUENCES}


def trained_network(name: str) -> Glassnet:
    """Return what trains a network of `cases.TRAINING`."""
    case = TRAINING[name]
    return Glassnet(case, samples_of(case), first_weights(case))


def on_sequences(name: str) -> Glassnet:
    """Return what trains a network on sequences."""
    case = SEQUENCES[name]
    return SequenceGlassnet(case, sequences.samples_of(name), first_parameters(case))


def profiled(make: Callable[[str], Glassnet], name: str, rounds: int) -> dict[str, Any]:
    """Return the profile of an epoch, of the round that took the median time, and every round's share of products."""
    ours = make(name)
    _profile(ours)  # loading and warming up in the first round are not part of a step
    profiles = sorted((_profile(ours) for _ in range(rounds)), key=lambda profile: profile["seconds"])
    shares = [profile["products"]["share"] for profile in profiles]
    return {"title": ours.case.title, "profile": profiles[rounds // 2], "shares": shares}


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
    return as_plain(runs[0].state_of(profile)._profiled)
