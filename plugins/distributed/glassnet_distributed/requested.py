"""What a rank is given instead of what `fit` was given."""

from __future__ import annotations

import inspect
from functools import partial
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.data.loader import make_loader, make_validation_loader
from glassnet.run.config import TrainingConfig
from glassnet_distributed.loader import OwnBatchesLoader
from glassnet_distributed.mpi_communicator import communicator
from glassnet_distributed.shares import rank_loader
from glassnet_distributed.threads import share_cores

Given = tuple[Any, Any, dict[str, Any]]


def shared_fit(x: Any, y: Any, given: dict[str, Any]) -> Given:
    """Return the part of this rank, and the arguments of `fit` with which it trains on it.

    Raises
    ------
    OptionError
        If there are several processes and MPI cannot be used, or the compression is unknown.
    """
    ranks = communicator()
    has_own_batches = takes_ranks(x)
    if has_own_batches:
        x = partial(x, rank=ranks.rank, ranks=ranks.size)
    compression = given["distributed"]
    compression = None if compression is True else gn.create("compression", compression)
    given = {**given, "distributed": False}
    if ranks.size == 1:
        return x, y, given
    share_cores(ranks)
    loader = make_loader(
        x, y, sample_weight=given["sample_weight"], epochs=given["epochs"], batch_size=given["batch_size"]
    )
    validation = given["validation"]
    if validation is not None and not np.isscalar(validation):
        held = make_validation_loader(validation, given["epochs"])
        assert held is not None
        given["validation"] = rank_loader(held, ranks)
    if ranks.rank > 0:
        given |= {"folder": None, "resume_from": None, "overwrite": False, "progress": False}
        given["callbacks"] = [each for each in _callbacks(given["callbacks"]) if not each.only_watches]
    own = OwnBatchesLoader if has_own_batches else rank_loader
    return own(loader, ranks, compression), None, {**given, "sample_weight": None}


def takes_ranks(source: Any) -> bool:
    """Return whether a source of batches asks which rank it is for: ``def batches(epoch, rank, ranks)``."""
    try:
        parameters = inspect.signature(source).parameters if callable(source) else {}
    except ValueError:  # nothing is known of its arguments
        return False
    return {"rank", "ranks"} <= set(parameters)


def _callbacks(given: Any) -> tuple[gn.Callback, ...]:
    """Return callbacks that may be given as names, specs or instances."""
    options = TrainingConfig(loss="mean_squared_error", optimizer="sgd", callbacks=given)
    return options.callbacks
