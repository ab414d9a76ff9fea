"""A network: layers one after another, and all their parameters in one vector."""

from __future__ import annotations

import math
import os
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence as SequenceOf
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from glassnet.components.arrays import read_array
from glassnet.components.context import Context, Loan, Pass
from glassnet.components.dataset import Split
from glassnet.components.layer import Layer
from glassnet.components.loss import Loss
from glassnet.components.metric import Metric
from glassnet.data.finite import first_not_finite
from glassnet.data.inputs import Inputs, is_image
from glassnet.data.loader import DataLoader, make_loader, make_validation_loader
from glassnet.data.preparation import Converter, Preparation
from glassnet.data.validation import Expected, check_numbers
from glassnet.data.weights import ClassWeights, make_class_weights, no_weight
from glassnet.errors import DataError, NotBuiltError, OptionError, SpecError, WrongKindError, warn
from glassnet.model.mask import at_real_steps, mask_of_targets, weight_of_batch, weights_of_steps
from glassnet.model.named_arrays import NamedArrays, named_arrays, number_array
from glassnet.model.objective import Objective
from glassnet.model.parameter_vector import Layout
from glassnet.model.sequential import Sequence
from glassnet.model.sharing import joined, shared_layers
from glassnet.registry.explained import ExplainsAttributes, explained
from glassnet.registry.plugins import executor, plugin_hooks
from glassnet.registry.registry import create
from glassnet.registry.spec import split as split_specs
from glassnet.support.aligned import aligned, aligned_zeros
from glassnet.support.arguments import check_out, check_path, checked_dtype, checked_seed, checked_shape
from glassnet.support.fixed import refuse_fixed
from glassnet.support.memory_limit import check_memory, explains_memory
from glassnet.support.one_at_a_time import one_at_a_time
from glassnet.support.random import Counts, stream
from glassnet.training.config import Measures, Training
from glassnet.training.history import History
from glassnet.training.prediction import ROWS_AT_ONCE, predict
from glassnet.types import Array, Shape
from glassnet_commands.standard_error import is_terminal

if TYPE_CHECKING:
    from glassnet.components.callback import Callback
    from glassnet.components.optimizer import Optimizer
    from glassnet.components.regularizer import Regularizer
    from glassnet.components.schedule import Schedule


class Network(ExplainsAttributes):
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

    # What is set once, by __init__ and build: plain attributes, since training reads them in each step.
    layers: tuple[Layer, ...]
    sequence: Sequence
    dtype: np.dtype[np.floating]
    shapes: tuple[Shape, ...]
    layout: Layout
    views: NamedArrays
    counts: Counts
    _vector: Array
    _parameters: NamedArrays
    _state: NamedArrays
    _idle: list[Context]
    _at_work: threading.Lock

    @explained
    def __init__(self, layers: str | SequenceOf[str | Layer]) -> None:
        _ = executor().num_threads  # a wrong GLASSNET_THREADS shows before there is a run
        made = tuple(create("layer", each) for each in _listed(layers))
        vars(self).update(layers=made, sequence=Sequence(made), counts=Counts(), _at_work=threading.Lock())
        self._inputs: Inputs | None = None
        self._input_shape: Shape | None = None
        self._measures: Measures | None = None
        self._history: History | None = None

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

    def __repr__(self) -> str:
        told = "".join(f"  # {each}" for each in shared_layers(self.layers))
        return f"Network([{', '.join(repr(repr(layer)) for layer in self.layers)}]){told}"

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_"):
            refuse_fixed(type(self), name)
        object.__setattr__(self, name, value)

    # --- parameters ------------------------------------------------------------------------------------

    @one_at_a_time
    @explains_memory
    @explained
    def build(self, input_shape: int | SequenceOf[int], *, seed: int = 0, dtype: str = "float32") -> Network:
        """Make the parameters, anew if there are any.

        Parameters
        ----------
        input_shape
            Shape of one sample, without the batch; ``5`` means ``(5,)``.
        seed
            Seed of the first values.
        dtype
            ``"float32"`` or ``"float64"``.

        Returns
        -------
        Network
            This network.

        Raises
        ------
        ShapeError
            If `input_shape` is not a shape, a layer does not take what the one before it gives, or a layer that is
            listed twice cannot have the same parameters in both places.
        OptionError
            If the seed or the precision does not exist.
        InUseError
            If the network is being trained.
        """
        return self._build(input_shape, seed=seed, dtype=dtype)

    def _build(self, input_shape: int | SequenceOf[int], *, seed: int, dtype: str = "float32") -> Network:
        shape, precision, first_seed = checked_shape(input_shape), checked_dtype(dtype), checked_seed(seed)
        self.allocate(shape, precision, vectors=2)
        with executor().blas_limit:  # the bytes of an orthogonal matrix depend on the number
            self._vector[:] = self.layout.initialize(self.dtype, first_seed)
        vars(self).update(counts=Counts(), _inputs=None)
        return self

    def allocate(self, shape: Shape, dtype: np.dtype[np.floating], vectors: int = 1) -> None:
        """Make all arrays for samples of `shape`; the parameters have arbitrary values.

        Raises
        ------
        OutOfMemoryError
            If no memory is left for this number of vectors of parameters, or for the outputs of one sample.
        """
        shared = shared_layers(self.layers)
        layout = Layout(self.sequence.parameters(shape), shared)
        if layout.gradient_size * dtype.itemsize > sys.maxsize:
            raise OptionError(
                f"the layers have {layout.size:,} parameters, more than any memory holds; give smaller ones"
            )
        check_memory(
            vectors * layout.size * dtype.itemsize,
            f"a network of {layout.size:,} parameters",
            "give smaller layers or smaller samples",
        )
        shapes = tuple(self.sequence.shapes(shape))
        largest = max(map(math.prod, shapes))
        check_memory(
            largest * dtype.itemsize,
            f"one sample, which a layer turns into {largest:,} values,",
            "give smaller layers or smaller samples",
        )
        state = joined(self.sequence.state(shape), shared, _difference_of_state)
        vector = aligned(layout.size, dtype)
        vars(self).update(
            dtype=dtype,
            shapes=shapes,
            layout=layout,
            views=layout.views(vector),
            _vector=vector,
            _parameters=layout.named(vector),
            _state=named_arrays(state, "state array", finite=False, array=np.array),
            _input_shape=shape,
            _idle=[],
        )
        for computed in ("_gradients", "_gradients_of_places", "gradient_views"):
            vars(self).pop(computed, None)

    @property
    def is_built(self) -> bool:
        """Whether the network has parameters."""
        return self._input_shape is not None

    @property
    def input_shape(self) -> Shape:
        """Shape of one input sample."""
        if self._input_shape is None:
            raise NotBuiltError("the network has no parameters yet; call build(input_shape) or fit() first")
        return self._input_shape

    @property
    def output_shape(self) -> Shape:
        """Shape of one sample's output."""
        _ = self.input_shape
        return self.shapes[-1]

    @property
    def vector(self) -> Array:
        """All parameters in one vector, live. Assigning a vector copies its numbers."""
        _ = self.input_shape
        return self._vector

    @vector.setter
    def vector(self, values: Any) -> None:
        if values is not self.vector:
            self._vector[:] = number_array(values, self._vector, "vector")

    @property
    def parameters(self) -> NamedArrays:
        """Live views of the parameters by name, such as ``"1.weights"``. Assigning an array copies its numbers.

        A layer that stands in several places is listed once, under its first place.
        """
        _ = self.input_shape
        return self._parameters

    @parameters.setter
    def parameters(self, arrays: Mapping[str, Any]) -> None:
        if arrays is not self.parameters:
            self._parameters.replace(arrays)

    @property
    def state(self) -> NamedArrays:
        """What layers carry along and do not train, such as running means, nested by layer and live."""
        _ = self.input_shape
        return self._state

    @state.setter
    def state(self, arrays: Mapping[str, Any]) -> None:
        if arrays is not self.state:
            self._state.replace(arrays)

    @property
    def gradients(self) -> Array:
        """The gradients of the last backward, in the order of `vector`. Assigning a vector copies its numbers."""
        _ = self.input_shape
        return self._gradients

    @gradients.setter
    def gradients(self, values: Any) -> None:
        if values is not self.gradients:
            self._gradients[:] = number_array(values, self._gradients, "gradients", finite=False)

    @cached_property
    def _gradients(self) -> Array:
        return self._gradients_of_places[: self.layout.size]

    @cached_property
    def _gradients_of_places(self) -> Array:
        return aligned_zeros(self.layout.gradient_size, self.dtype)

    @cached_property
    def gradient_views(self) -> NamedArrays:
        """Views of the gradients, nested as the layers nest them: one for each place of a shared layer."""
        return self.layout.gradient_views(self._gradients_of_places)

    @property
    def measures(self) -> Measures | None:
        """What the network is measured by: loss, metrics and regularizer of the last `fit`."""
        return self._measures

    @measures.setter
    def measures(self, measures: Measures | None) -> None:
        if not isinstance(measures, Measures | None):
            raise WrongKindError(f"measures are glassnet.training.config.Measures or None, got {measures!r}")
        if measures is not None:  # of options of a training, no more is kept
            measures = Measures(loss=measures.loss, metrics=measures.metrics, regularizer=measures.regularizer)
        self._measures = measures

    @property
    def history(self) -> History | None:
        """The figures of the last `fit`, epoch by epoch, even if it was broken off; None before the first."""
        return self._history

    @property
    def reads_integers(self) -> bool:
        """Whether the first layer takes integers as they are."""
        return bool(self.layers) and self.sequence.layers[0].accepts_integers

    @property
    def inputs(self) -> Inputs | None:
        """What the inputs of the training were like; None before the first `fit`. None, assigned, forgets them."""
        return self._inputs

    @inputs.setter
    def inputs(self, inputs: Inputs | None) -> None:
        if not isinstance(inputs, Inputs | None):
            raise WrongKindError(f"inputs are glassnet.data.inputs.Inputs or None, got {inputs!r}")
        self._inputs = inputs

    def converter(self, inputs: Inputs | None = None) -> Converter:
        """Return what turns samples into what the first layer reads; bytes as in the training, see `Inputs`."""
        inputs = inputs or self.inputs
        pixels = is_image(self.input_shape) if inputs is None else bool(inputs.pixels)
        return Converter(self.dtype, self.reads_integers, pixels)

    @explained
    def copy(self, dtype: str | None = None) -> Network:
        """Return a network of the same layers with parameters and state of its own, equal to these."""
        _ = self.input_shape
        twin: Network = type(self).__new__(type(self))
        twin.__setstate__({**self.__getstate__(), "dtype": checked_dtype(dtype or self.dtype)})
        return twin

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy or a pickle holds: layers, parameters, state, and what the network was trained with."""
        kept = {name: value for name, value in vars(self).items() if name not in _MADE_ANEW}
        if self.is_built:
            kept |= {"_vector": np.array(self._vector), "_state": deepcopy(self._state)}
        return kept | {"counts": deepcopy(self.counts), "_history": deepcopy(self._history)}

    def __setstate__(self, kept: dict[str, Any]) -> None:
        vars(self).update(kept, sequence=Sequence(kept["layers"]), _at_work=threading.Lock())
        if self._input_shape is not None:
            # The arrays that were loaded may lie in a file that cannot be written.
            self.allocate(self._input_shape, kept["dtype"])
            self._vector[:] = kept["_vector"]
            self._state.replace(kept["_state"])

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Copy the layers' state from a tree of arrays like `state`."""
        self.state = state

    def workspace(self, *, training: bool, step: int = 0, seed: int = 0) -> AbstractContextManager[Context]:
        """Lend a context with work buffers for one pass; several threads get one each."""
        try:
            ctx = self._idle.pop()
        except IndexError:
            ctx = Context(Pass(self.dtype), self._state)
            ctx.reads_input = True
        ctx.shared.begin(training, step, seed)
        ctx.needs_input_grad = False
        ctx.mask = None
        return Loan(ctx, self._idle)

    def backward(self, sequence: Sequence, caches: list[Any], dy: Array, ctx: Context) -> Array | None:
        """Run `sequence`, which has the layers of this network, backward; fill the gradients and return that of x."""
        dx = sequence.backward(self.views, caches, dy, self.gradient_views, ctx)
        self.layout.add_up(self._gradients_of_places)
        return dx

    # --- training ----------------------------------------------------------------------------------------

    @one_at_a_time
    @explains_memory
    @explained
    def fit(
        self,
        x: Split | Any,
        y: Any = None,
        *,
        loss: Loss | str,
        optimizer: Optimizer | str,
        epochs: int = 1,
        batch_size: int | None = None,
        validation: float | Split | tuple[Any, ...] | Any = None,
        metrics: Metric | str | SequenceOf[Metric | str] = (),
        callbacks: Any = (),
        regularizer: Regularizer | str | None = None,
        schedule: Schedule | str | None = None,
        seed: int = 0,
        sample_weight: Any = None,
        class_weight: Mapping[int, float] | SequenceOf[float] | str | None = None,
        progress: bool | None = None,
        folder: str | os.PathLike[str] | None = None,
        resume_from: str | os.PathLike[str] | None = None,
        overwrite: bool = False,
        on_divergence: str = "raise",
        allow_changes: bool = False,
    ) -> History:
        """Train from the parameters that are there; build the network first if there are none.

        Parameters
        ----------
        x, y
            Samples and targets; or a split alone; or batches alone, see `Batches`: an iterable of ``(x, y)`` or
            ``(x, y, weights)``, or a function of the epoch's number that returns one. Arrays that lie in a file
            (``np.load(path, mmap_mode="r")``, h5py, zarr) are never loaded as a whole; they are shuffled by blocks.
        loss, optimizer, metrics, callbacks, regularizer, schedule
            Components: names, specs or instances. Metrics and callbacks are lists of them, or a text with spaces
            between.
        epochs
            Passes over the training data.
        batch_size
            Samples a step, 32 by default; the last batch of an epoch may be short. Batches are as large as they come.
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
        from glassnet.training.loop import train
        from glassnet.training.run import Run
        from glassnet.training.state import check_same_run
        from glassnet_persistence.checkpoint import saved_state
        from glassnet_persistence.fingerprint import fingerprint
        from glassnet_persistence.folder_claim import claim
        from glassnet_persistence.provenance import check_loadable
        from glassnet_persistence.run_folder import RunFolder, check_resumed, is_continued, refuse_run, remove_run

        for name, path in {"folder": folder, "resume_from": resume_from}.items():
            check_path(path, name)
        options = Training(
            loss=loss,
            optimizer=optimizer,
            epochs=epochs,
            batch_size=32 if batch_size is None else batch_size,
            validation=validation if validation is None or np.isscalar(validation) else None,
            metrics=metrics,
            callbacks=callbacks,
            regularizer=regularizer,
            schedule=schedule,
            seed=seed,
            on_divergence=on_divergence,
        )
        data = make_loader(x, y, sample_weight=sample_weight, epochs=options.epochs, batch_size=batch_size)
        measured = make_validation_loader(validation, options.epochs)
        data.check(self._expected())
        held_out = None
        if options.validation is not None:
            data, held_out = data.train_test_split(options.validation, stream(seed, "validation"))
        if not self.is_built:
            self._build(data.sample_shape, seed=options.seed)
        inputs = self.inputs or data.inputs(self.reads_integers)
        class_weights = make_class_weights(class_weight, data, self.output_shape)
        data.prepare(self._preparation(options.loss, inputs, class_weights))
        if measured is not None:
            measured.check(self._expected(inputs), "validation ")
        measured = measured or held_out
        if measured is not None:
            measured.prepare(self._preparation(options.loss, inputs), "validation ")
        taking_part = _with_progress(options.callbacks, progress)
        measures = Measures(loss=options.loss, metrics=options.metrics, regularizer=options.regularizer)
        contents = None
        if folder is not None:
            check_loadable(self.layers, measures)
            taking_part = (*taking_part, RunFolder())
        if folder is not None or resume_from is not None:
            contents = partial(fingerprint, data, measured, class_weights)
        with nullcontext() if folder is None else claim(folder):
            if folder is not None and not overwrite:
                refuse_run(folder, resume_from)
            if resume_from is not None:
                check_resumed(resume_from, folder)
            saved = saved_state(resume_from) if resume_from is not None else None
            computed_with = None if saved is None or allow_changes else saved["computed_with"]
            run = Run(
                self,
                options.replace(callbacks=taking_part),
                data,
                measured,
                folder,
                computed_with,
                contents,
                class_weights,
            )
            if saved is not None:
                check_same_run(run, saved, allow_changes)
            else:
                run.watch.start()
            if run.folder is not None and overwrite and not is_continued(run.folder, resume_from):
                remove_run(run.folder)
            self._measures, self._history, self._inputs = measures, run.history, inputs
            with executor().blas_limit:
                train(run, saved)
            return run.history

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
            lambda y: loss.targets(y, self.output_shape, self.dtype),
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
        metrics: Metric | str | SequenceOf[Metric | str] | None = None,
        sample_weight: Any = None,
        class_weight: Mapping[int, float] | SequenceOf[float] | str | None = None,
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
        if self.measures is None and loss is None:
            raise NotBuiltError("the network was not trained, so evaluate() needs a loss: pass loss=…")
        given = {name: value for name, value in {"loss": loss, "metrics": metrics}.items() if value is not None}
        measures = self.measures.replace(**given) if self.measures is not None else Measures(**given)
        objective = Objective(self, measures.loss, measures.regularizer)
        data = make_loader(x, y, sample_weight=sample_weight)
        class_weights = make_class_weights(class_weight, data, self.output_shape)
        data.check(self._expected())
        data.prepare(self._preparation(measures.loss, class_weights=class_weights))
        return self.measure(data, objective, measures.metrics, class_weights)

    def measure(
        self,
        data: DataLoader,
        objective: Objective,
        metrics: SequenceOf[Metric],
        class_weights: ClassWeights | None = None,
    ) -> dict[str, Any]:
        """Return the objective and the metrics over all of `data`; class weights count in the objective alone."""
        measuring = objective.measuring
        started = measuring.started(metrics)
        total = total_weight = 0.0
        with executor().blas_limit, self.workspace(training=False) as ctx:
            for (x, y), weights in data.sequential_batches(ROWS_AT_ONCE):
                of_loss = weights if class_weights is None else class_weights.times(weights, y)
                loss, predictions = objective.value(x, y, of_loss, ctx)
                mask = mask_of_targets(ctx.mask, y)
                weight = weight_of_batch(mask, y, of_loss)
                y, predictions = at_real_steps(mask, y), at_real_steps(mask, predictions)
                total += loss * weight
                total_weight += weight
                measuring.add(started, y, predictions, weights_of_steps(mask, weights))
        if total_weight == 0:
            raise DataError(no_weight("", masked=mask is not None))
        figures = {name: metric.result() for name, metric in started.items()}
        return {"loss": total / total_weight + objective.penalty(), **figures}

    @explains_memory
    @explained
    def predict(self, x: Any, *, out: Array | None = None) -> Array:
        """Return the network's outputs, ``(batch, *output_shape)``. Safe to call from several threads.

        Parameters
        ----------
        x
            Samples. Those that lie in a file are read a few at a time.
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
        inputs, columns = read_array(x, "x", self.input_shape)
        expected = self._expected()
        expected.check_form(inputs, "x", columns)
        expected.check_scale(inputs, "x")
        if out is not None or columns is not None:  # nothing is written if something is wrong, and columns are named
            check_numbers(inputs, "x", columns)
        shape = (len(inputs), *self.output_shape)
        if out is not None:
            check_out(out, shape)
        outputs = np.empty(shape, self.dtype) if out is None else out
        if not predict(self, inputs, outputs) and (bad := first_not_finite(self)) is not None:
            warn(f"{bad}, so outputs are NaN or infinite; the network has diverged: train it again, or load another")
        return outputs

    @explained
    def trace(
        self, x: Any, y: Any, loss: Loss | str, *, training: bool = True, seed: int = 0, fused: bool = True
    ) -> Any:
        """Return every operation that leads from a batch to its loss, with values and gradients.

        Computed in float64 by tracing each layer's `forward`; the network stays as it is. On a kink of an operation,
        such as that of ``|x|`` at 0, the gradient is the mean of those on both sides.

        Parameters
        ----------
        x, y
            A batch of samples and targets; a small one, if the picture is to be read.
        loss
            A loss, its name or its spec.
        training, seed
            Whether layers such as dropout do what they do in training, and where their random numbers come from.
        fused
            Whether the loss takes the last activation in, as it does in training where it can.

        Returns
        -------
        Trace
            The graph, which draws itself as SVG: ``trace.save("xor.svg")``.

        Raises
        ------
        TracingError
            When a layer does something whose derivative is not known.
        """
        return create("report", "trace").of(self, x, y, loss, training=training, seed=seed, fused=fused)

    @explained
    def summary(self) -> None:
        """Print a table of the layers, their output shapes, parameters and initializers."""
        create("report", "summary").of(self)

    @explained
    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a model file: the same bytes for the same network.

        Raises
        ------
        FileError
            When it cannot be written; what was there before is still there.
        NonFiniteError
            If the network is not finite, and there is a finite one in the file already.
        """
        if not plugin_hooks().glassnet_save(network=self, path=path):
            raise OptionError("no plugin writes model files; leave persistence out of GLASSNET_DISABLE")


def _listed(layers: Any) -> list[Any]:
    """Return what a network was given as a list of names, specs and instances."""
    if isinstance(layers, Mapping) or not isinstance(layers, Iterable):
        raise WrongKindError(
            f"a network takes a list of layers, or their specs in one text, got {layers!r}; "
            "write gn.Network(['dense(8)', 'relu', 'dense(1)'])"
        )
    listed = split_specs(layers) if isinstance(layers, str) else list(layers)
    with_comma = next((each for each in listed if isinstance(layers, str) and each.endswith(",")), None)
    if with_comma is not None:
        raise SpecError(
            f"layers in one text have spaces between them and no commas (got {with_comma!r}): 'dense(8) relu'"
        )
    if not listed:
        raise SpecError("a network needs at least one layer (got none); write gn.Network('dense(8) relu dense(1)')")
    return listed


# What follows from the layers and the shape, and what passes leave: a copy has its own.
_MADE_ANEW = {
    "sequence",
    "shapes",
    "layout",
    "views",
    "gradient_views",
    "_parameters",
    "_gradients",
    "_gradients_of_places",
    "_idle",
    "_at_work",
}


def _difference_of_state(one: Array, other: Array) -> str | None:
    """Return what keeps two first values of a state array from being one."""
    return None if np.shape(one) == np.shape(other) else f"shapes {np.shape(one)} and {np.shape(other)}"


def _with_progress(callbacks: tuple[Callback, ...], wanted: bool | None) -> tuple[Callback, ...]:
    """Return `callbacks` and the one named ``progress``, if it is wanted and not listed yet."""
    if wanted is None:
        wanted = is_terminal(sys.stderr)
    if not wanted:
        return callbacks
    shown = create("callback", "progress")
    return callbacks if any(type(each) is type(shown) for each in callbacks) else (*callbacks, shown)
