"""Whether all ranks were given the same: else they would wait for each other in vain, or train on a mixture."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import glassnet as gn
from glassnet_distributed.communicator import Communicator
from glassnet_distributed.loader import RankArrayLoader
from glassnet_persistence.fingerprint import fingerprint
from glassnet_persistence.provenance import distributions_of
from glassnet_persistence.resume import identity


def check_that_all_are_alike(run: gn.Run, ranks: Communicator) -> None:
    """Raise `OptionError` on all ranks if one of them was given something else than rank 0."""
    described = {**identity(run), "epochs": run.epochs, **run.data.identity, **_versions(run)}
    for rank, name, theirs, first in _differences(ranks, described):
        raise gn.OptionError(f"rank {rank} has {name}={theirs!r} and rank 0 {first!r}; give all ranks the same")
    for rank, name, _, _ in _differences(ranks, _contents(run)):
        raise gn.OptionError(f"rank {rank} has another {name} than rank 0; give all ranks the same")


def _versions(run: gn.Run) -> dict[str, Any]:
    """Return the versions of all that computes, and whether it is in the reference mode."""
    given = distributions_of((*run.network.layers, run.options))
    return {**given, "numpy": version("numpy"), "mode": run.numerics.get("mode")}


def _contents(run: gn.Run) -> dict[str, Any]:
    """Return fingerprints of what every rank has in memory. Data in files are not read for that."""
    validation = None if run.validation is None else _in_memory(run.validation)
    return dict(fingerprint(_in_memory(run.data), validation, run.config.class_weights))


def _in_memory(data: Any) -> Any:
    return data if isinstance(data, RankArrayLoader) else _InFiles()


class _InFiles:
    """Data without parts to look at."""

    def parts(self) -> tuple[()]:
        return ()


def _differences(ranks: Communicator, mine: dict[str, Any]) -> Iterator[tuple[int, str, Any, Any]]:
    """Iterate over what a rank has and rank 0 does not: the rank, the name, and both values."""
    described = ranks.gather(mine)
    for rank, theirs in enumerate(described):
        for name in {**described[0], **theirs}:
            if theirs.get(name) != described[0].get(name):
                yield rank, name, theirs.get(name), described[0].get(name)
