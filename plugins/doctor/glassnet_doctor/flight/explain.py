"""``gn.explain_fault(run)``: the step in which a training diverged, repeated and explained."""

from __future__ import annotations

import os
from pathlib import Path

import glassnet as gn
from glassnet.components.services import explained
from glassnet_doctor.flight.explanation import Explanation
from glassnet_doctor.flight.fault_file import FaultyStep
from glassnet_doctor.flight.replay import replayed
from glassnet_persistence.run_files import FAULT, MODEL


@explained
def explain_fault(run: str | os.PathLike[str]) -> Explanation:
    """Repeat the step in which a training arrived at NaN or infinity, operation by operation.

    Parameters
    ----------
    run
        The folder of the run: of ``glassnet train``, or of ``fit(folder=…)``.

    Returns
    -------
    Explanation
        ``operations`` in their order, to the first that is not finite, which is ``found``; ``samples`` of the batch
        and ``diverged``, the words of the error. Printed it is text; notebooks show it as HTML.

    Raises
    ------
    FileError
        If the run did not diverge, or a file of it cannot be read.

    Examples
    --------
    >>> import glassnet as gn
    >>> gn.explain_fault("runs/xor-1").found.where                  # doctest: +SKIP
    "the loss 'mean_squared_error'"
    """
    folder = Path(run)
    if not (folder / FAULT).is_file():
        raise gn.FileError(
            f"{folder} has no {FAULT}: it did not diverge, or has no run; name the step to replay with "
            "--step N or gn.replay(run, N), or see glassnet doctor"
        )
    network = gn.load(folder / MODEL)
    trained = network.evaluation_config
    if trained is None:
        raise gn.FileError(f"{folder / MODEL} does not say what was minimised; train again to write it anew")
    fault = FaultyStep.load(folder / FAULT)
    return Explanation.of(fault, replayed(network, trained.loss, trained.regularizer, fault))
