"""Reports as methods: ``net.trace(…)``, ``net.summary()`` and ``history.plot(…)``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import glassnet as gn
from glassnet.components.services import explained

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from glassnet_reports.trace import Trace


@explained
def trace(
    network: gn.Network,
    x: Any,
    y: Any = None,
    loss: gn.Loss | str | None = None,
    *,
    training: bool = False,
    seed: int = 0,
    fused: bool = True,
) -> Trace:
    """Return every operation that leads from a batch to its loss, with values and gradients.

    Computed in float64 by tracing each layer's `forward`; the network stays as it is. On a kink of an operation,
    such as that of ``|x|`` at 0, the gradient is the mean of those on both sides.

    Parameters
    ----------
    network
        The network, which stays as it is.
    x, y
        A batch of samples and targets, or a split alone; a small one, if the picture is to be read.
    loss
        A loss, its name or its spec; by default that of the last `fit`, whose penalty counts too.
    training, seed
        Whether layers such as dropout do what they do in training, and where their random numbers come from. Without
        `training` the loss is that of `evaluate`.
    fused
        Whether the loss takes the last activation in, as it does in training where it can.

    Returns
    -------
    Trace
        The graph, which draws itself: ``trace.save("xor.svg")``, or ``.png``, ``.html``, ``.dot``, ``.json``.

    Raises
    ------
    TracingError
        When a layer does something whose derivative is not known.
    """
    report: Trace = gn.create("report", "trace").of(network, x, y, loss, training=training, seed=seed, fused=fused)
    return report


@explained
def summary(network: gn.Network, input_shape: gn.Shape | int | None = None) -> None:
    """Print a table of the layers, their output shapes, parameters and initializers.

    Parameters
    ----------
    input_shape
        The shape of one sample, to see what the network would be for it; the network stays as it is. If a layer does
        not fit, the table ends with that layer and says why. By default the shape that the network is built for.

    Raises
    ------
    NotBuiltError
        If no shape is given and the network is not built.
    """
    gn.create("report", "summary").of(network, input_shape)


@explained
def plot(history: gn.History, path: str | os.PathLike[str] | None = None) -> Figure:
    """Draw the curves of every figure, training beside validation.

    Parameters
    ----------
    history
        The figures of a run.
    path
        Where to write the picture, in the format of its ending. Without it, the figure is returned to be shown.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure: Figure = gn.create("report", "history").of(history, path)
    return figure


@explained
def to_frame(history: gn.History) -> Any:
    """Return a pandas data frame: a row an epoch, which is the index and counts from 1, and a column a figure.

    Raises
    ------
    OptionError
        If pandas is not installed.
    """
    return gn.create("report", "frame").of(history)
