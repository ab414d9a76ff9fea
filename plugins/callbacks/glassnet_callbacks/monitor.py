"""Which way a monitored figure is better."""

from __future__ import annotations

import glassnet as gn


def monitor_sign(run: gn.Run, figure: str, mode: str, asked_by: gn.Component) -> int:
    """Return what to multiply a figure of a run with so that lower is better: 1 or -1.

    Parameters
    ----------
    run
        The run that has the figure.
    figure
        Such as ``"val_loss"``, or the name of a metric.
    mode
        ``"min"``, ``"max"``, or ``"auto"`` for what is known of the figure.
    asked_by
        The component that has the option `mode`, for the message.

    Raises
    ------
    OptionError
        If nothing is known of the figure.
    """
    if mode != "auto":
        return 1 if mode == "min" else -1
    name = figure.removeprefix("val_")
    metric = run.metrics.get(name)
    higher_is_better = False if name == "loss" else metric.higher_is_better if metric is not None else None
    if higher_is_better is None:
        raise gn.OptionError(
            f"{asked_by.title()}: whether a higher or a lower {figure!r} is better is not known; "
            "give mode='max' or mode='min'"
        )
    return -1 if higher_is_better else 1
