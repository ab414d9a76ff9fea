"""A network: a model that is trained, evaluated and used."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any, NoReturn, Self

from glassnet.components.layer import Layer
from glassnet.components.loss import Loss
from glassnet.components.metric import Metric
from glassnet.components.services import explained, one_at_a_time
from glassnet.data.loader import DataLoader, make_loader, ready_loader
from glassnet.data.preparation import input_rules
from glassnet.errors import OptionError, WrongKindError
from glassnet.model.model import Model
from glassnet.run.config import EvaluationConfig, FitConfig, TrainingConfig, documented_by, evaluation_config
from glassnet.run.run_figures import History
from glassnet.training.evaluation import evaluate, predict
from glassnet.training.fit import requested_run
from glassnet.training.loop import train
from glassnet.types import Array

if TYPE_CHECKING:
    from glassnet.components.optimizer import Optimizer, Schedule
    from glassnet.components.parameter import Regularizer
    from glassnet.training.run import Run


class Network(Model):
    """Layers that feed each other.

    Parameters
    ----------
    layers
        Names, specs or instances of layers and activations, or all of them in one text with spaces between.

    Raises
    ------
    SpecError, OptionError, UnknownComponentError
        When a layer cannot be made.
    ShapeError
        When two layers make no sense in a row.

    Notes
    -----
    One layer object that is listed in several places, in the network or in layers that hold layers, has one set of
    parameters and state. It is named by its first place, and its gradients are added. A name or a spec makes a layer
    of its own each time. Two networks share nothing, even if they are made of the same objects.

    Examples
    --------
    >>> net = Network("flatten dense(128) relu dense(10) softmax").build((28, 28, 1), seed=0)
    """

    _methods = ""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Return a method that a plugin gives, such as ``save``, ``summary`` or ``trace``."""

    @explained
    def __init__(self, layers: str | Sequence[str | Layer]) -> None:
        super().__init__(layers)
        self._inputs: Any = None
        self._evaluation_config: EvaluationConfig | None = None
        self._history: History | None = None

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        """Raise `OptionError`: outputs come from `predict`."""
        raise OptionError("a network is not called; write net.predict(x), or net.trace(x, y, loss) to see gradients")

    @staticmethod
    def load(*_: Any, **__: Any) -> NoReturn:
        """Raise `OptionError`: files are read by the function `load`."""
        raise OptionError("a network is read by a function of the package; write gn.load('model.safetensors')")

    def __iter__(self) -> NoReturn:
        """Raise `OptionError`: the layers are in `layers`."""
        raise OptionError("a network is not iterable; write net.layers, or net.layers[0] for one of them")

    def __getitem__(self, place: int | slice) -> Network:
        """Return some of the layers as a network: what the method `part` returns, which a plugin gives."""
        some: Network = self.part(place)
        return some

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy or a pickle holds: the model, and what it was trained with."""
        trained_with = {"_evaluation_config": self.evaluation_config, "_history": deepcopy(self._history)}
        return super().__getstate__() | trained_with

    def _build(self, input_shape: int | Sequence[int], *, seed: int, dtype: str = "float32") -> Self:
        super()._build(input_shape, seed=seed, dtype=dtype)
        self._inputs = None
        return self

    @property
    def evaluation_config(self) -> EvaluationConfig | None:
        """What the network is measured by: loss, metrics and regularizer of the last `fit`."""
        options = self._evaluation_config
        if options is None or type(options) is EvaluationConfig:
            return options
        # Of the options of a training, no more is kept.
        self._evaluation_config = EvaluationConfig(
            loss=options.loss, metrics=options.metrics, regularizer=options.regularizer
        )
        return self._evaluation_config

    @evaluation_config.setter
    def evaluation_config(self, measures: EvaluationConfig | None) -> None:
        if not isinstance(measures, EvaluationConfig | None):
            raise WrongKindError(f"evaluation_config is glassnet.run.config.EvaluationConfig or None, got {measures!r}")
        self._evaluation_config = measures

    @property
    def history(self) -> History | None:
        """The figures of the last `fit`, epoch by epoch, even if it was broken off; None before the first."""
        return self._history

    @property
    def inputs(self) -> Any:
        """What the inputs of the training were like; None before the first `fit`. None, assigned, forgets them."""
        return self._inputs

    @inputs.setter
    def inputs(self, inputs: Any) -> None:
        self._inputs = input_rules().accepted(inputs)

    def loader(self, data: Any, loss: Loss, name: str = "") -> DataLoader:
        """Return a split, or what else has samples and targets, checked and ready for the network and a loss.

        `name` is what to call the data in messages, with a space behind it.
        """
        return ready_loader(self, make_loader(data), loss, name)

    @one_at_a_time
    @explained
    @documented_by(TrainingConfig, FitConfig)
    def fit(
        self,
        /,
        x: Any,
        y: Any = None,
        *,
        loss: Loss | str | None = None,
        optimizer: Optimizer | str | None = None,
        epochs: int = 1,
        batch_size: int | None = None,
        validation: Any = None,
        metrics: Metric | str | Sequence[Metric | str] = (),
        callbacks: Any = (),
        regularizer: Regularizer | str | None = None,
        schedule: Schedule | str | None = None,
        seed: int = 0,
        sample_weight: Any = None,
        class_weight: Mapping[int, float] | Sequence[float] | str | None = None,
        target: str | None = None,
        progress: bool | None = None,
        folder: str | os.PathLike[str] | None = None,
        resume_from: str | os.PathLike[str] | None = None,
        overwrite: bool = False,
        on_divergence: str = "raise",
        allow_changes: bool = False,
        **of_plugins: Any,
    ) -> History:
        """Train from the present parameters, build the network first if needed, and return the figures of each epoch.

        `x` and `y` are samples and targets, or `x` alone has both: a split, or rows with a column `target`, such as a
        data frame. Batches, see `Batches`, are an iterable of ``(x, y)`` or ``(x, y, weights)``, or a function of the
        epoch's number.
        Arrays in a file (``np.load(path, mmap_mode="r")``, h5py, zarr) are never loaded as a whole.
        """
        given = {name: value for name, value in locals().items() if name not in ("self", "x", "y")}
        run = self.new_run(x, y, given)
        train(run)
        return run.history

    def new_run(self, x: Any, y: Any, given: dict[str, Any]) -> Run:
        """Return the run that `fit` trains, `given` all its other arguments by name; a plugin may take its steps."""
        return requested_run(self, x, y, given, self._note_training)

    def _note_training(self, run: Run) -> None:
        """Note what the network is trained with: nothing has refused the run."""
        self._evaluation_config, self._history, self._inputs = run.options, run.history, run.config.inputs

    @explained
    def evaluate(
        self,
        x: Any,
        y: Any = None,
        *,
        loss: Loss | str | None = None,
        metrics: Metric | str | Sequence[Metric | str] | None = None,
        sample_weight: Any = None,
        class_weight: Mapping[int, float] | Sequence[float] | str | None = None,
    ) -> dict[str, Any]:
        """Return the loss, penalties included, and the metrics on some data.

        Parameters
        ----------
        x, y
            Samples and targets; or a split or batches alone, as in `fit`.
        loss, metrics
            By default those that the network was last trained with.
        sample_weight, class_weight
            A weight for each sample, in the loss and in the metrics; and one for each class, in the loss alone.

        Raises
        ------
        DataError, ShapeError
            If the data do not fit the network or the loss, or no sample has a weight above 0.
        NotBuiltError
            If the network was not trained and no loss is given.
        """
        config = evaluation_config(self.evaluation_config, loss, metrics)
        if self.reads_rows(x):
            x, y = self.preprocessing.split(x, y), None
        return evaluate(self, make_loader(x, y, sample_weight=sample_weight), config, class_weight)

    @explained
    def predict(self, x: Any, *, out: Array | None = None) -> Array:
        """Return the network's outputs, ``(batch, *output_shape)``. Safe to call from several threads.

        Parameters
        ----------
        x
            Samples; those in a file are read a few at a time. Or rows, for a network that was trained on rows.
        out
            Where to put the outputs, such as a memory-mapped array; by default a new array.

        Raises
        ------
        DataError, ShapeError
            When the network cannot take `x`, or `out` has another shape than the outputs.

        Warns
        -----
        GlassnetWarning
            If outputs are not finite since the network is not.
        """
        return predict(self, x, out)
