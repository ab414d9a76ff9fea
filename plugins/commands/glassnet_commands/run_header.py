"""What is about to be trained, in a few lines."""

from __future__ import annotations

import textwrap
from typing import Any

from rich.console import Console

import glassnet as gn
from glassnet_commands.echoed import echo
from glassnet_commands.table_record import print_columns, task_of
from glassnet_reports.summary import shape_text

_INDENT = 10


class Announcement(gn.Callback):
    """Says on standard error what a run trains, on what and how, when all of it has been checked."""

    only_watches = True

    dataset: str = gn.option(help="name of the data")
    test_samples: int = gn.option(help="number of samples to test on")
    labels: Any = gn.option(None, help="targets of the training")
    callbacks: tuple[str, ...] = gn.option((), help="what else takes part")

    def on_run_start(self, run: gn.Run) -> None:
        console = Console(stderr=True)
        arrow = "->" if console.options.ascii_only else "→"
        for label, text in (
            ("data", _data(run, self.dataset, self.test_samples)),
            *((("task", task_of(run.network.preprocessing, self.labels)),) if run.network.preprocessing else ()),
            ("network", _network(run.network, arrow)),
            ("", f"{run.network.layout.size:,} parameters, {run.network.dtype}"),
            ("training", _training(run)),
            *((("", ", ".join(self.callbacks)),) if self.callbacks else ()),
        ):
            line = f"{label:{_INDENT}}{text}"
            lines = [line]
            if console.is_terminal:
                lines = textwrap.wrap(line, console.width, subsequent_indent=" " * _INDENT, break_long_words=False)
            for each in lines:
                echo(each, err=True)
        print_columns(run.network.preprocessing, console)


def _data(run: gn.Run, dataset: str, test_samples: int) -> str:
    validation = f"{run.validation.samples:,} to validate, " if run.validation is not None else ""
    return f"{dataset}: {run.data.samples:,} samples to train on, {validation}{test_samples:,} to test"


def _network(network: gn.Network, arrow: str) -> str:
    """Return the layers in a row, and the shape of a sample wherever it changes."""
    parts = [shape_text(network.input_shape)]
    for layer, before, after in zip(network.layers, network.shapes, network.shapes[1:], strict=False):
        parts.append(repr(layer))
        if after != before:
            parts.append(shape_text(after))
    return f" {arrow} ".join(parts)


def _training(run: gn.Run) -> str:
    options = run.options
    how = [repr(options.loss), repr(options.optimizer)]
    how += [f"{name} {value!r}" for name in ("schedule", "regularizer") if (value := getattr(options, name))]
    epochs = "1 epoch" if options.epochs == 1 else f"{options.epochs:,} epochs"
    batches = "1 batch" if run.steps_per_epoch == 1 else f"{run.steps_per_epoch:,} batches"
    ranks = getattr(run.data, "ranks", None)
    size = options.batch_size if ranks is None else f"{options.batch_size} on each of {ranks.size} ranks"
    return f"{', '.join(how)}; {epochs} of {batches} of {size}; seed {options.seed}"
