"""A network: a model that is trained, evaluated and used."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from types import MethodType
from typing import TYPE_CHECKING, Any, NoReturn, Self

import attrs
import numpy as np

from glassnet.components.arrays import read_array
from glassnet.components.dataset import Split
from glassnet.components.layer import Layer
from glassnet.components.loss import Loss
from glassnet.components.metric import Metric
from glassnet.data.finite import first_not_finite
from glassnet.data.inputs import Inputs, is_image
from glassnet.data.loader import DataLoader, make_loader, make_validation_loader
from glassnet.data.preparation import InputCaster, Preparation
from glassnet.data.preprocessing import Preprocessing, prepared
from glassnet.data.validation import Expected, check_finite
from glassnet.data.weights import ClassWeights, make_class_weights
from glassnet.errors import DataError, NotBuiltError, OptionError, WrongKindError, warn
from glassnet.model.model import Model
from glassnet.model.objective import Objective
from glassnet.namespaces import network_method, network_methods
from glassnet.registry.explained import explained, unknown_attribute
from glassnet.support.arguments import check_out, check_path
from glassnet.support.memory_limit import explains_memory
from glassnet.support.one_at_a_time import one_at_a_time
from glassnet.support.random import stream
from glassnet.training.config import EvaluationConfig, FitConfig, TrainingConfig
from glassnet.training.evaluation import measure
from glassnet.training.fit import fit
from glassnet.training.history import History
from glassnet.training.prediction import predict
from glassnet.types import Array

if TYPE_CHECKING:
    from glassnet.components.optimizer import Optimizer
    from glassnet.components.regularizer import Regularizer
    from glassnet.components.schedule import Schedule
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
    >>> net = Network("flatten dense(128) relu dense(10) softmax")
    >>> net = net.build((28, 28, 1), seed=0)
    """

    @explained
    def __init__(self, layers: str | Sequence[str | Layer]) -> None:
        super().__init__(layers)
        self._inputs: Inputs | None = None
        self._evaluation_config: EvaluationConfig | None = None
        self._history: History | None = None
        self._preprocessing: Preprocessing | None = None

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        """Raise `OptionError`: outputs come from `predict`."""
        raise OptionError(
            "a network is not called; write net.predict(x), or net.trace(x, y, loss) to see its gradients"
        )

    @staticmethod
    def load(*_: Any, **__: Any) -> NoReturn:
        """Raise `OptionError`: files are read by the function `load`."""
        raise OptionError("a network is read by a function of the package; write gn.load('model.safetensors')")

    def __iter__(self) -> NoReturn:
        """Raise `OptionError`: the layers are in `layers`."""
        raise OptionError("a network is not iterable; write net.layers, or net.layers[0] for one of them")

    def __getitem__(self, place: Any) -> NoReturn:
        """Raise `OptionError`: the layers are in `layers`."""
        self.__iter__()

    def __getattr__(self, name: str) -> Any:
        """Return a method that a plugin gives, such as ``save``, ``summary`` or ``trace``."""
        method = None if name.startswith("_") else network_method(name)
        if method is None:
            raise unknown_attribute(self, name)
        return MethodType(method, self)

    def __dir__(self) -> list[str]:
        """Return the names of attributes and methods, for completion."""
        return sorted({*super().__dir__(), *network_methods()})

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
            raise WrongKindError(
                f"evaluation_config is a glassnet.training.config.EvaluationConfig or None, got {measures!r}"
            )
        self._evaluation_config = measures

    @property
    def history(self) -> History | None:
        """The figures of the last `fit`, epoch by epoch, even if it was broken off; None before the first."""
        return self._history

    @property
    def inputs(self) -> Inputs | None:
        """What the inputs of the training were like; None before the first `fit`. None, assigned, forgets them."""
        return self._inputs

    @inputs.setter
    def inputs(self, inputs: Inputs | None) -> None:
        if not isinstance(inputs, Inputs | None):
            raise WrongKindError(f"inputs are glassnet.data.inputs.Inputs or None, got {inputs!r}")
        self._inputs = inputs

    @property
    def preprocessing(self) -> Preprocessing | None:
        """What turns rows, such as those of a data frame, into samples; None if samples are given as they are."""
        return self._preprocessing

    @preprocessing.setter
    def preprocessing(self, preprocessing: Preprocessing | None) -> None:
        if preprocessing is not None and not hasattr(preprocessing, "samples"):
            raise WrongKindError(f"preprocessing has a method samples(rows), or is None; got {preprocessing!r}")
        self._preprocessing = preprocessing

    @property
    def in_units(self) -> Callable[[Array], Array] | None:
        """What turns outputs and targets into the units of the rows; None without preprocessing."""
        return None if self._preprocessing is None else self._preprocessing.in_units

    def converter(self, inputs: Inputs | None = None) -> InputCaster:
        """Return what turns samples into what the first layer reads; bytes as in the training, see `Inputs`."""
        inputs = inputs or self.inputs
        pixels = is_image(self.input_shape) if inputs is None else bool(inputs.pixels)
        return InputCaster(self.dtype, self.integer_input, pixels)

    # --- training ----------------------------------------------------------------------------------------

    @one_at_a_time
    @explains_memory
    @explained
    def fit(
        self,
        x: Split | Any,
        y: Any = None,
        *,
        target: str | None = None,
        loss: Loss | str | None = None,
        optimizer: Optimizer | str | None = None,
        epochs: int = 1,
        batch_size: int | None = None,
        validation: float | Split | tuple[Any, ...] | Any = None,
        metrics: Metric | str | Sequence[Metric | str] = (),
        callbacks: Any = (),
        regularizer: Regularizer | str | None = None,
        schedule: Schedule | str | None = None,
        seed: int = 0,
        sample_weight: Any = None,
        class_weight: Mapping[int, float] | Sequence[float] | str | None = None,
        progress: bool | None = None,
        folder: str | os.PathLike[str] | None = None,
        resume_from: str | os.PathLike[str] | None = None,
        overwrite: bool = False,
        on_divergence: str = "raise",
        allow_changes: bool = False,
    ) -> History:
        """Train from the present parameters; build the network first if needed.

        Parameters
        ----------
        x, y
            Samples and targets; or a split alone; or rows, such as a data frame or a list of dicts, that a plugin turns
            into samples; or batches alone, see `Batches`: an iterable of ``(x, y)`` or
            ``(x, y, weights)``, or a function of the epoch's number that returns one. Arrays in a file
            (``np.load(path, mmap_mode="r")``, h5py, zarr) are never loaded as a whole; they are shuffled by blocks.
        target
            The column of `x` to predict, if `x` are rows with named columns.
        loss, optimizer, metrics, callbacks, regularizer, schedule
            Components: names, specs or instances. Metrics and callbacks are lists of them, or a text with spaces
            between. Loss and optimizer may be left out for rows: then they follow from the target.
        epochs
            Passes over the training data.
        batch_size
            Samples a step, 32 by default; the last batch of an epoch may be short. Batches keep the size of their
            source.
        validation
            A fraction of the data to hold out, drawn with the seed; or a split, ``(x, y)``, ``(x, y, weights)``, or
            batches.
        seed
            Where all random numbers come from. Two networks that are built and fitted with one seed get identical
            bytes. A further fit of one network goes on with the random numbers where the one before it stopped, so
            fits of one epoch shuffle as one fit of several does. The part held out for validation stays the same.
        sample_weight
            A weight for each sample: loss and metrics are weighted means, and so are those of the samples that
            `validation` holds out. Validation data of their own bring their own weights.
        class_weight
            A weight for each class, for targets that are labels or one-hot rows, one a sample: ``{0: 1.0, 1: 5.0}``,
            or ``[1.0, 5.0]`` in the order of the labels, or ``"balanced"``: samples / (classes * samples of the class),
            as in scikit-learn, counted in the data that are trained on. These weights count in the training loss alone:
            neither in metrics nor in validation.
        progress
            Show a progress bar. By default where standard error is a terminal.
        folder
            A folder to record the run in: history, model and state are written as it goes.
        resume_from
            The folder of a run that was broken off, to be continued from its last saved state to the same bytes as
            without the break. All else is to be given as it was. Where nothing was saved yet, it starts anew.
        overwrite
            Whether a run that `folder` already holds is removed first.
        on_divergence
            ``"raise"`` ends the run at the first loss, gradient or parameter that is NaN or infinite, with a finite
            network. ``"continue"`` trains on and warns after each such epoch; models and states on disk stay finite.
        allow_changes
            Whether a run is continued though it was started with other data, options, NumPy or BLAS kernels. The
            changes are recorded in ``environment.json`` of the folder. By default they are an error.

        Returns
        -------
        History
            Loss, metrics and their validation, epoch by epoch.

        Raises
        ------
        DataError, ShapeError
            When the data cannot be trained on.
        OptionError, SpecError, UnknownComponentError
            When a component cannot be made.
        FileError
            If `folder` already holds another run, another process or thread writes there, or it cannot be written;
            or if `resume_from` is not the folder of a run.
        ResumeError
            If the run in `resume_from` was started with other data or options, or computed elsewhere.
        InUseError
            If the network is being trained already, by another thread or by the call that calls this one.
        ModelFileError
            If there is a `folder`, and a model file could not be loaded again.
        NonFiniteError
            If training diverges and `on_divergence` is ``"raise"``.
        """
        for name, path in {"folder": folder, "resume_from": resume_from}.items():
            check_path(path, name)
        x, y, validation, defaults = self._rows_prepared(x, y, target, validation, seed)
        components = {"loss": loss, "optimizer": optimizer, "metrics": metrics or None}
        options = TrainingConfig(
            **dict(defaults) | {name: each for name, each in components.items() if each is not None},
            epochs=epochs,
            batch_size=32 if batch_size is None else batch_size,
            validation=validation if validation is None or np.isscalar(validation) else None,
            callbacks=callbacks,
            regularizer=regularizer,
            schedule=schedule,
            seed=seed,
            on_divergence=on_divergence,
        )
        data = make_loader(x, y, sample_weight=sample_weight, epochs=options.epochs, batch_size=batch_size)
        measured = make_validation_loader(validation, options.epochs)
        config = self._prepared(options, data, measured, class_weight)
        recording: dict[str, Any] = {"folder": folder, "resume_from": resume_from, "overwrite": overwrite}
        return fit(
            attrs.evolve(config, **recording, allow_changes=allow_changes, progress=progress), self._note_training
        )

    def _rows_prepared(
        self, x: Any, y: Any, target: str | None, validation: Any, seed: int
    ) -> tuple[Any, Any, Any, Mapping[str, Any]]:
        """Return samples, targets and validation data of what `fit` was given, and options that follow from them."""
        if isinstance(x, Split):
            if x.preprocessing is not None:
                self._preprocessing = x.preprocessing
            return x, y, validation, {}
        known = self._preprocessing
        if known is not None and known.is_for(x):
            return known.split(x, y), None, validation, {}
        # A network that was trained on arrays goes on with the numbers of a frame as they are.
        is_new = known is None and (self._inputs is None or target is not None)
        made = prepared(self, x, y, target, validation, seed) if is_new else None
        if made is None:
            if target is not None:
                raise DataError(f"target={target!r} names a column, and x is a {type(x).__name__}; give a data frame")
            return x, y, validation, {}
        self._preprocessing = made.train.preprocessing
        return made.train, None, made.validation, made.defaults

    def _prepared(
        self, options: TrainingConfig, data: DataLoader, validation: DataLoader | None, class_weight: Any
    ) -> FitConfig:
        """Return what is trained, on which batches; build the network if it is not built."""
        data.check(self._expected())
        held_out = None
        if options.validation is not None:
            data, held_out = data.train_test_split(options.validation, stream(options.seed, "validation"))
        if not self.is_built:
            self._build(data.sample_shape, seed=options.seed)
        inputs = self.inputs or data.inputs(self.integer_input)
        weights = make_class_weights(class_weight, data, self.output_shape)
        data.prepare(self._preparation(options.loss, inputs, weights))
        if validation is not None:
            validation.check(self._expected(inputs), "validation ")
        validation = validation or held_out
        if validation is not None:
            validation.prepare(self._preparation(options.loss, inputs), "validation ")
        return FitConfig(self, options, data, validation, weights, inputs)

    def _note_training(self, run: Run) -> None:
        """Note what the network is trained with: nothing has refused the run."""
        self._evaluation_config, self._history, self._inputs = run.options, run.history, run.config.inputs

    def feed(self, data: Any, loss: Loss, name: str = "") -> DataLoader:
        """Return a split, or what else has samples and targets, checked and ready for the network and a loss.

        Parameters
        ----------
        data, loss
            What is to be used, and what for.
        name
            What to call the data in messages, with a space behind it.
        """
        loader = make_loader(data)
        loader.check(self._expected(), name)
        loader.prepare(self._preparation(loss), name)
        return loader

    def _expected(self, inputs: Inputs | None = None) -> Expected:
        """Return what data have to be like; by default as in the network's training."""
        dtype = self.dtype if self.is_built else np.dtype(np.float32)
        return Expected(self._input_shape, dtype, inputs or self.inputs)

    def _preparation(
        self, loss: Loss, inputs: Inputs | None = None, class_weights: ClassWeights | None = None
    ) -> Preparation:
        """Return how data get ready for this network and a loss."""
        expected = self._expected(inputs)
        return Preparation(
            expected,
            self.converter(expected.inputs),
            lambda y: loss.prepare_targets(y, self.output_shape, self.dtype),
            class_weights,
        )

    # --- use -----------------------------------------------------------------------------------------------

    @explains_memory
    @explained
    def evaluate(
        self,
        x: Split | Any,
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
        sample_weight
            A weight for each sample, in the loss and in the metrics.
        class_weight
            A weight for each class, in the loss alone.

        Raises
        ------
        DataError, ShapeError
            If the data do not fit the network or the loss, or no sample has a weight above 0.
        NotBuiltError
            If the network was not trained and no loss is given.
        """
        if self.evaluation_config is None and loss is None:
            raise NotBuiltError("the network was not trained, so evaluate() needs a loss: pass loss=…")
        given = {name: value for name, value in {"loss": loss, "metrics": metrics}.items() if value is not None}
        measures = (
            self.evaluation_config.replace(**given) if self.evaluation_config is not None else EvaluationConfig(**given)
        )
        objective = Objective(self, measures.loss, measures.regularizer)
        if self._preprocessing is not None and self._preprocessing.is_for(x):
            x, y = self._preprocessing.split(x, y), None
        data = make_loader(x, y, sample_weight=sample_weight)
        class_weights = make_class_weights(class_weight, data, self.output_shape)
        data.check(self._expected())
        data.prepare(self._preparation(measures.loss, class_weights=class_weights))
        return measure(self, data, objective, measures.metrics, class_weights)

    @explains_memory
    @explained
    def predict(self, x: Any, *, out: Array | None = None) -> Array:
        """Return the network's outputs, ``(batch, *output_shape)``. Safe to call from several threads.

        Parameters
        ----------
        x
            Samples. Samples in a file are read a few at a time. For a network that was trained on rows, such as those
            of a data frame, also rows: then numbers are in the units of the target.
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
        rows = self._preprocessing
        if rows is not None and rows.is_for(x):
            if out is not None:
                raise OptionError("out takes the outputs for arrays, and x are rows; leave out=… away")
            return rows.answers(self._predict(rows.samples(x), None))
        return self._predict(x, out)

    def _predict(self, x: Any, out: Array | None) -> Array:
        inputs, columns = read_array(x, "x", self.input_shape)
        expected = self._expected()
        expected.check_form(inputs, "x", columns)
        expected.check_scale(inputs, "x")
        if out is not None or columns is not None:  # nothing is written if something is wrong, and columns are named
            check_finite(inputs, "x", columns)
        shape = (len(inputs), *self.output_shape)
        if out is not None:
            check_out(out, shape)
        outputs = np.empty(shape, self.dtype) if out is None else out
        if not predict(self, self.converter, inputs, outputs) and (bad := first_not_finite(self)) is not None:
            warn(f"{bad}, so outputs are NaN or infinite; the network has diverged: train it again, or load another")
        return outputs
