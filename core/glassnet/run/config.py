"""What it takes to train: the options that Python, the command line and experiment files share."""

from __future__ import annotations

import os
from collections.abc import Callable
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import attrs

from glassnet.errors import NotBuiltError
from glassnet.options.declaration import option
from glassnet.options.options import Options

if TYPE_CHECKING:
    from glassnet.components.loss import Loss
    from glassnet.components.metric import Metric
    from glassnet.components.optimizer import Optimizer, Schedule
    from glassnet.components.parameter import Regularizer
    from glassnet.data.arrays import ClassWeights
    from glassnet.data.loader import DataLoader
    from glassnet.model.model import Model
    from glassnet.run.run_hooks import Callback

P = ParamSpec("P")
R = TypeVar("R")


class EvaluationConfig(Options):
    """What a network is measured by: all that evaluating it takes."""

    loss: Loss = option(kind="loss", kw_only=True, help="what to minimise")
    metrics: tuple[Metric, ...] = option(
        (), kind="metric", many=True, kw_only=True, help="figures to report besides the loss"
    )
    regularizer: Regularizer | None = option(None, kind="regularizer", kw_only=True, help="penalty on all weights")

    @classmethod
    def title(cls) -> str:
        """Return the name by which messages speak of this class: the call that it is made by."""
        return "evaluate()"


class TrainingConfig(EvaluationConfig):
    """How a network is trained.

    Parameters
    ----------
    loss, optimizer, metrics, callbacks, regularizer, schedule
        Components: names, specs or instances. Metrics and callbacks are lists of them, or a text with spaces between.
    epochs
        Passes over the training data.
    batch_size
        Samples a step, 32 by default; the last batch of an epoch may be short. Batches keep the size of their source.
    validation
        A fraction of the data to hold out, drawn with the seed; or a split, ``(x, y)``, ``(x, y, weights)`` or
        batches.
    seed
        Where all random numbers come from. Two networks that are built and fitted with one seed get identical bytes. A
        further fit of one network goes on with the random numbers where the one before it stopped. So fits of one epoch
        shuffle as one fit of several does. The part held out for validation stays the same.
    on_divergence
        ``"raise"`` ends the run at the first loss, gradient or parameter that is NaN or infinite, with a finite
        network. ``"continue"`` trains on and warns after each such epoch; models and states on disk stay finite.
    """

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

    @classmethod
    def title(cls) -> str:
        """Return the name by which messages speak of this class: the call that it is made by."""
        return "fit()"


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

    Parameters
    ----------
    sample_weight
        A weight for each sample: loss and metrics are weighted means, and so are those of the samples that `validation`
        holds out. Validation data of their own bring their own weights.
    class_weight
        A weight for each class, for targets that are labels or one-hot rows, one a sample: ``{0: 1.0, 1: 5.0}``, or
        ``[1.0, 5.0]`` in the order of the labels. ``"balanced"`` is samples / (classes * samples of the class), as in
        scikit-learn, counted in the data that are trained on. These weights count in the training loss alone: neither
        in metrics nor in validation.
    progress
        Show a progress bar. By default where standard error is a terminal.
    folder
        A folder to record the run in: history, model and state are written as it goes.
    resume_from
        The folder of a run that was broken off, to be continued from its last saved state to the same bytes as without
        the break. All else is to be given as it was. Where nothing was saved yet, it starts anew.
    overwrite
        Whether a run that `folder` already holds is removed first.
    allow_changes
        Whether a run is continued though it was started with other data, options, NumPy or BLAS kernels. The changes
        are recorded in ``environment.json`` of the folder. By default they are an error.
    **of_plugins
        Arguments that plugins take, by the hook `glassnet_fit_options`.

    Raises
    ------
    DataError, ShapeError
        When the data cannot be trained on.
    OptionError, SpecError, UnknownComponentError
        When a component cannot be made.
    FileError
        If `folder` already holds another run, another process or thread writes there, or it cannot be written. Also if
        `resume_from` is not the folder of a run.
    ResumeError
        If the run in `resume_from` was started with other data or options, or computed elsewhere.
    InUseError
        If the network is being trained already, by another thread or by the call that calls this one.
    ModelFileError
        If there is a `folder`, and a model file could not be loaded again.
    NonFiniteError
        If training diverges and `on_divergence` is ``"raise"``.
    """

    network: Model
    options: TrainingConfig
    data: DataLoader
    validation: DataLoader | None = None
    class_weights: ClassWeights | None = None
    inputs: Any = None
    folder: str | os.PathLike[str] | None = None
    resume_from: str | os.PathLike[str] | None = None
    overwrite: bool = False
    allow_changes: bool = False
    progress: bool | None = None

    @property
    def folder_path(self) -> Path | None:
        """The folder to record the run in, or None."""
        return None if self.folder is None else Path(self.folder)


def evaluation_config(trained_with: EvaluationConfig | None, loss: Any, metrics: Any) -> EvaluationConfig:
    """Return what a network is measured by: what is given, and the rest as in its training.

    Raises
    ------
    NotBuiltError
        If the network was not trained and no loss is given.
    """
    if trained_with is None and loss is None:
        raise NotBuiltError("the network was not trained, so evaluate() needs a loss: pass loss=…")
    given = {name: value for name, value in {"loss": loss, "metrics": metrics}.items() if value is not None}
    return EvaluationConfig(**given) if trained_with is None else trained_with.replace(**given)


def documented_by(*configs: type) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator that adds the parameters of these classes to the docstring of a function."""
    heading = "Parameters\n----------\n"
    described = "\n".join(cleandoc(config.__doc__ or "").partition(heading)[2] for config in configs)

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        function.__doc__ = f"{cleandoc(function.__doc__ or '')}\n\n{heading}{described}"
        return function

    return decorate
