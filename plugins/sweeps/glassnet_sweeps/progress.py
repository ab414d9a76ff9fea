"""A line for each trial that ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

import click

from glassnet.errors import escaped
from glassnet_commands.formatting import figure_text
from glassnet_sweeps.trial import FINISHED, Trial

if TYPE_CHECKING:
    from glassnet_sweeps.study import Study

_REASON, _LONGEST = 60, 40


class Progress:
    """Prints a line for each trial that ends."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def __call__(self, trial: Trial, study: Study) -> None:
        if self._stream is not None:
            line = f"{trial.number + 1:3}/{study.wanted}  {_settings(trial)}  {_came_of(trial, study)}"
            click.echo(escaped(line), file=self._stream)


def _settings(trial: Trial) -> str:
    return "  ".join(f"{name}={value_text(value)}" for name, value in trial.settings.items())


def value_text(value: Any) -> str:
    """Return a value of a setting with few digits; the beginning of a long one, such as a list of layers."""
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _came_of(trial: Trial, study: Study) -> str:
    if trial.state != FINISHED:
        return f"{trial.state}: {' '.join(trial.reason.split())[:_REASON]}"
    return f"{study.monitor} {figure_text(trial.figure(study.monitor))}  {trial.seconds:.1f} s"
