"""The options of ``glassnet train`` that say how a network is trained, which other commands take too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from glassnet.registry.spec import split_specs
from glassnet_commands.completed import one_of, specs


def _specs(ctx: click.Context, parameter: click.Parameter, text: str | None) -> list[str] | None:
    return split_specs(text) if text is not None else None


_OPTIONS = (
    click.option(
        "--layers",
        metavar="SPECS",
        callback=_specs,
        shell_complete=specs("layer"),
        help='The network: "flatten dense(128) relu dense(10) softmax".',
    ),
    click.option(
        "--loss", metavar="SPEC", shell_complete=specs("loss"), help="What to minimise: categorical_crossentropy."
    ),
    click.option(
        "--optimizer", metavar="SPEC", shell_complete=specs("optimizer"), help='How to step: "adam(lr=0.001)".'
    ),
    click.option("--lr", metavar="N", type=float, help="Step size of the optimizer: 0.001."),
    click.option("--epochs", metavar="N", type=int, help="Passes over the training data."),
    click.option("--batch-size", metavar="N", type=int, help="Samples a step."),
    click.option("--seed", metavar="N", type=int, help="Where all random numbers come from."),
    click.option("--validation", metavar="FRACTION", type=float, help="Part of the training data to hold out: 0.1."),
    click.option(
        "--metrics",
        metavar="SPECS",
        callback=_specs,
        shell_complete=specs("metric"),
        help='Figures to report besides the loss: "accuracy".',
    ),
    click.option(
        "--callbacks",
        metavar="SPECS",
        callback=_specs,
        shell_complete=specs("callback"),
        help='What takes part: "early_stopping(patience=2)".',
    ),
    click.option(
        "--schedule", metavar="SPEC", shell_complete=specs("schedule"), help="Step size over the run: cosine."
    ),
    click.option(
        "--regularizer", metavar="SPEC", shell_complete=specs("regularizer"), help='Penalty on all weights: "l2(1e-4)".'
    ),
    click.option(
        "--dtype", metavar="NAME", shell_complete=one_of("float32", "float64"), help="Precision: float32 or float64."
    ),
    click.option(
        "--on-divergence",
        metavar="WHAT",
        shell_complete=one_of("raise", "continue"),
        help="At NaN or infinity: raise (stop with an error) or continue. [raise]",
    ),
    click.option(
        "--class-weight",
        metavar="balanced",
        type=click.Choice(["balanced"]),
        help="Have the classes count alike in the loss, though some have few rows.",
    ),
)


def training_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of an experiment; those that are not given are None."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
