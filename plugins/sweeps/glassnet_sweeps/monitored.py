"""The figure by which trials are compared."""

from __future__ import annotations

from typing import Any

import glassnet as gn

MODES = ("auto", "min", "max")


def monitored(monitor: str | None, mode: str, metrics: Any, is_validated: bool) -> tuple[str, int]:
    """Return the figure by which trials are compared, and what to multiply it with so that lower is better.

    Parameters
    ----------
    monitor
        The figure that is asked for; by default the loss on the validation data, or else on the training data.
    mode
        ``min``, ``max``, or ``auto`` for what is known of the figure.
    metrics
        Those of the trainings.
    is_validated
        Whether the trainings have validation data.

    Raises
    ------
    OptionError
        If the trainings do not have the figure, or it is not known whether more of it is better.
    """
    higher = {"loss": False, **{each.title(): each.higher_is_better for each in metrics}}
    if is_validated:
        higher |= {f"val_{name}": is_better for name, is_better in higher.items()}
    if monitor is None:
        monitor = "val_loss" if is_validated else "loss"
    if monitor not in higher:
        advice = (
            ""
            if is_validated or not monitor.startswith("val_")
            else "; hold out a part with validation=0.2, or --validation 0.2"
        )
        raise gn.OptionError(
            f"the trainings have no figure {monitor!r}{gn.did_you_mean(monitor, higher)} "
            f"(they have {', '.join(higher)}){advice}"
        )
    if mode not in MODES:
        raise gn.OptionError(f"mode must be one of {', '.join(MODES)} (got {mode!r})")
    if mode != "auto":
        return monitor, 1 if mode == "min" else -1
    if higher[monitor] is None:
        raise gn.OptionError(f"it is not known whether more {monitor} is better; give mode=min or mode=max")
    return monitor, -1 if higher[monitor] else 1
