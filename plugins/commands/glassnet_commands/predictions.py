"""What a network answers for samples from files, and how it is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from rich.bar import Bar
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

import glassnet as gn
from glassnet.errors import escaped
from glassnet_commands.classification import class_probabilities, predicted_labels
from glassnet_commands.formatting import figure_text
from glassnet_commands.sample_files import read_samples
from glassnet_commands.saved_run import Saved
from glassnet_distributed import distributed
from glassnet_inputs.finite import are_finite
from glassnet_tables.target import Target
from glassnet_terminal.printed import SafeConsole, print_fitted

# Of more samples than this, each gets a line instead of a chart; of more classes, the likeliest are shown.
_CHARTS = 10
_CLASSES_SHOWN = 20
_WIDEST_BAR = 40


@dataclass(frozen=True)
class Answer:
    """The answer of the network for one sample; `label` and `probabilities` are None unless it classifies.

    Values of a regression are in its unit, if it is known.
    """

    file: Path
    sample: int
    title: str
    values: gn.Array
    label: int | None = None
    probabilities: gn.Array | None = None
    unit: str = ""


def answers_for(saved: Saved, files: Sequence[Path]) -> list[Answer]:
    """Return what the network says about each sample in some files. Ranks divide the files, or the samples of one.

    Raises
    ------
    NonFiniteError
        If a probability is NaN.
    """

    def answers(file: Path, predict: Callable[[Any], gn.Array]) -> list[Answer]:
        samples = read_samples(file, saved.network, saved.summary.get("inputs") or {})
        return answers_of(saved, predict(samples), file)

    if len(files) == 1:
        return answers(files[0], partial(distributed.predict, saved.network))
    return list(chain.from_iterable(distributed.divided(lambda file: answers(file, saved.network.predict), files)))


def answers_of(saved: Saved, outputs: gn.Array, file: Path) -> list[Answer]:
    """Return what the outputs of a network say about the samples of a file; raises as `answers_for` does."""
    titles = [str(file)] if len(outputs) == 1 else [f"{file}[{index}]" for index in range(len(outputs))]
    probabilities = class_probabilities(saved.network, outputs) if saved.summary.get("task") != "regression" else None
    if probabilities is None:
        made = saved.network.preprocessing
        values = outputs if made is None else made.in_units(outputs)
        unit = made.target.format.unit if isinstance(getattr(made, "target", None), Target) else ""
        return [Answer(file, index, title, values[index], unit=unit) for index, title in enumerate(titles)]
    if not are_finite(probabilities):
        raise gn.NonFiniteError(
            f"the probabilities for {file} have NaN or infinity, and the parameters are finite; "
            "scale the samples as those of the training"
        )
    labels = predicted_labels(outputs)
    return [
        Answer(file, index, title, outputs[index], int(labels[index]), probabilities[index])
        for index, title in enumerate(titles)
    ]


def as_plain(answer: Answer, classes: tuple[str, ...]) -> dict[str, Any]:
    """Return an answer as JSON holds it."""
    plain: dict[str, Any] = {"file": str(answer.file), "sample": answer.sample}
    if answer.label is None or answer.probabilities is None:
        return {**plain, "values": answer.values.tolist()}
    chances = dict(zip(classes, answer.probabilities.tolist(), strict=True))
    return {**plain, "class": classes[answer.label], "probabilities": chances}


def print_answers(answers: list[Answer], classes: tuple[str, ...]) -> None:
    """Print each answer, and the probabilities of a few as bars."""
    console = SafeConsole(highlight=False)
    classes = tuple(map(escaped, classes))  # here, so that columns are as wide as what they show
    for number, answer in enumerate(answers):
        if answer.label is None or answer.probabilities is None:
            values = np.ravel(answer.values).tolist()
            unit = f" {answer.unit}" if answer.unit else ""
            console.print(Text(f"{answer.title}: {'  '.join(map(figure_text, values))}{unit}"), soft_wrap=True)
            continue
        verdict = f"{classes[answer.label]}  {answer.probabilities[answer.label]:.1%}"
        console.print(Text.assemble(f"{answer.title}: ", (verdict, "bold")), soft_wrap=True)
        if len(answers) <= _CHARTS:
            print_fitted(console, _chart(answer.label, answer.probabilities, classes, console))
            if number < len(answers) - 1:
                console.print()


def _chart(label: int, probabilities: gn.Array, classes: tuple[str, ...], console: Console) -> Table:
    """Return one bar for each class; of very many classes, for the likeliest, the likeliest first."""
    shown = np.arange(len(classes))
    if len(classes) > _CLASSES_SHOWN:
        shown = np.argsort(-probabilities, kind="stable")[:_CLASSES_SHOWN]
    room = console.width - max(len(classes[index]) for index in shown) - len("      100.0%")
    width = max(5, min(room, _WIDEST_BAR))
    chart = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    chart.add_column()
    chart.add_column()
    chart.add_column(justify="right")
    for index in shown:
        style = "bold green" if index == label else ""
        bar: RenderableType = Bar(
            1.0, 0.0, float(probabilities[index]), width=width, color="green" if style else "blue"
        )
        if console.options.ascii_only:
            bar = Text(("#" * round(probabilities[index] * width)).ljust(width))
        chart.add_row(Text(f"  {classes[index]}", style), bar, f"{probabilities[index]:.1%}")
    return chart
