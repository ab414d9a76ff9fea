"""``gn.explain(net, x, y, …)``: one training step, number by number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

import glassnet as gn
from glassnet.components.services import explained
from glassnet.errors import OptionError
from glassnet_explanations.explanation import Explanation
from glassnet_explanations.step_callback import StepCallback
from glassnet_explanations.table_rows import table_rows


@explained
def explain(
    network: gn.Network,
    x: Any,
    y: Any = None,
    *,
    loss: gn.Loss | str,
    optimizer: gn.Optimizer | str,
    regularizer: gn.Regularizer | str | None = None,
    schedule: gn.Schedule | str | None = None,
    sample_weight: Any = None,
    class_weight: Mapping[int, float] | Sequence[float] | str | None = None,
    callbacks: Any = (),
    seed: int = 0,
    step: int = 0,
    steps: int | None = None,
    lr_scale: float = 1.0,
    optimizer_state: Mapping[str, Any] | None = None,
) -> Explanation:
    """Return every number of the training step that `fit` would take on a batch; the network stays as it is.

    The step is computed in float64, on all samples at once and in their order, by the components themselves.

    Parameters
    ----------
    network
        A network that is built.
    x, y
        The batch: samples and targets, or a split alone; or one sample, as ``x[:1], y[:1]``.
    loss, optimizer, regularizer, schedule, sample_weight, class_weight, seed
        As in `fit`.
    callbacks
        As in `fit`; they may change the batch (the hook ``on_batch_start``), such as ``"augment([flip])"``, and
        gradients (``on_after_backward``), such as ``"clip_norm"``.
    step, steps
        The number of steps before this one, and of the whole run, by default ``step + 1``; for schedules and for
        optimizers that count.
    lr_scale
        What every step size is multiplied with, as by the schedule ``reduce_on_plateau``.
    optimizer_state
        What the optimizer remembers of the steps before, by the names of its slots and scalars: vectors as long as
        ``network.flat_parameters``, or single numbers. By default it remembers nothing.

    Returns
    -------
    Explanation
        Values and gradients of each layer, and the terms of each parameter's change.

    Raises
    ------
    DataError, ShapeError, OptionError, SpecError, UnknownComponentError
        As `fit` does.
    NotBuiltError
        If the network is not built.

    Examples
    --------
    >>> import glassnet as gn
    >>> net = gn.Network("dense(2) tanh dense(1)").build(2, seed=0)
    >>> e = gn.explain(net, [[0.0, 1.0]], [[1.0]], loss="mse", optimizer="momentum(lr=0.1)", regularizer="l2")
    >>> list(e.updates["0.weights"])
    ['gradient', 'penalty', 'momentum', 'total']
    """
    twin = network.copy(dtype="float64")
    count = step + 1 if steps is None else steps
    if not 0 <= step < count:
        raise OptionError(
            f"step counts from 0 and steps is above it, got step={step} and steps={steps}; give step < steps"
        )
    found: list[Explanation] = []
    listed = [callbacks] if isinstance(callbacks, (str, gn.Callback)) else list(callbacks)
    callback = StepCallback(step=step, lr_scale=lr_scale, state=optimizer_state, found=found)
    given = x if y is None else y
    samples = len(given) if hasattr(given, "__len__") else None
    twin.fit(
        x,
        y,
        loss=loss,
        optimizer=optimizer,
        epochs=count,
        batch_size=samples or None,  # without samples, fit says so
        regularizer=regularizer,
        schedule=schedule,
        sample_weight=sample_weight,
        class_weight=class_weight,
        callbacks=[callback, *listed],
        seed=seed,
        progress=False,
    )
    outputs = found[0].layers[-1].values["output"]
    return attrs.evolve(found[0], input_names=_input_names(twin, x), table=table_rows(twin, x, y, outputs))


def _input_names(network: gn.Network, x: Any) -> tuple[str, ...]:
    """Return the columns that the inputs of a network come from, or nothing if they have no names."""
    names = getattr(network.preprocessing, "input_names", None)
    if names is None:
        names = x.column_names if hasattr(x, "column_names") else getattr(x, "columns", None)
    # What a preprocessing or a frame names may have become other inputs.
    if names is None or network.input_shape != (len(names),):
        return ()
    return tuple(map(str, names))
