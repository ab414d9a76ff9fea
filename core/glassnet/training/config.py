"""What it takes to train: the options that Python, the command line and experiment files share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from glassnet.components.declaration import option
from glassnet.components.options import Options

if TYPE_CHECKING:
    from glassnet.components.callback import Callback
    from glassnet.components.loss import Loss
    from glassnet.components.metric import Metric
    from glassnet.components.optimizer import Optimizer
    from glassnet.components.regularizer import Regularizer
    from glassnet.components.schedule import Schedule
    from glassnet.data.inputs import Inputs
    from glassnet.data.loader import DataLoader
    from glassnet.data.weights import ClassWeights
    from glassnet.model.model import Model


class EvaluationConfig(Options):
    """What a network is measured by: all that evaluating it takes."""

    loss: Loss = option(kind="loss", kw_only=True, help="what to minimise")
    metrics: tuple[Metric, ...] = option(
        (), kind="metric", many=True, kw_only=True, help="figures to report besides the loss"
    )
    regularizer: Regularizer | None = option(None, kind="regularizer", kw_only=True, help="penalty on all weights")


class TrainingConfig(EvaluationConfig):
    """How a network is trained; the options of `Network.fit`."""

    optimizer: Optimizer = option(kind="optimizer", kw_only=True, help="how to step")
    epochs: int = option(1, ge=1, kw_only=True, help="passes over the training data")
    batch_size: int = option(32, ge=1, kw_only=True, help="samples a step")
    validation: float | None = option(None, gt=0, lt=1, kw_only=True, help="fraction of the training data held out")
    callbacks: tuple[Callback, ...] = option(
        (), kind="callback", many=True, kw_only=True, help="what takes part in the run"
    )
    schedule: Schedule | None = option(None, kind="schedule", kw_only=True, help="step size over the run")
    seed: int = option(0, ge=0, kw_only=True, help="where all random numbers come from")
    on_divergence: str = option(
        "raise", choices=("raise", "continue"), kw_only=True, help="whether training stops at NaN or infinity"
    )


@attrs.frozen(eq=False)
class FitConfig:
    """What `Network.fit` was given, checked, as plugins see it before there is a run.

    Attributes
    ----------
    network, options
        The network, which is built, and how it is trained.
    data, validation
        What hands out the batches.
    class_weights
        How much the samples of each class count in the loss, or None.
    inputs
        What the samples are like.
    folder, resume_from, overwrite, allow_changes, progress
        As in `Network.fit`.
    """

    network: Model
    options: TrainingConfig
    data: DataLoader
    validation: DataLoader | None = None
    class_weights: ClassWeights | None = None
    inputs: Inputs | None = None
    folder: str | os.PathLike[str] | None = None
    resume_from: str | os.PathLike[str] | None = None
    overwrite: bool = False
    allow_changes: bool = False
    progress: bool | None = None

    @property
    def folder_path(self) -> Path | None:
        """The folder to record the run in, or None."""
        return None if self.folder is None else Path(self.folder)
