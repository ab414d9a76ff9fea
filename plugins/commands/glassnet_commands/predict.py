"""``glassnet predict``: what a trained network says about files."""

from __future__ import annotations

import contextlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

import glassnet as gn
from glassnet_commands.classification import class_names, class_probabilities, predicted_labels
from glassnet_commands.figures import figure_text
from glassnet_commands.sample_files import read_samples
from glassnet_commands.saved import Saved, open_saved

# Of more samples than this, each gets a line instead of a chart; of more classes, the likeliest are shown.
_CHARTS = 10
_CLASSES_SHOWN = 20
_WIDEST_BAR = 40


@dataclass(frozen=True)
class Answer:
    """What the network says about one sample; `label` and `probabilities` are None where it does not classify."""

    file: Path
    sample: int
    title: str
    values: gn.Array
    label: int | None = None
    probabilities: gn.Array | None = None


@click.command()
@click.argument("run_or_model", type=click.Path(path_type=Path))
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def predict(run_or_model: Path, files: tuple[Path, ...], as_json: bool) -> None:
    """Print what a network answers for images and arrays.

    RUN_OR_MODEL is the folder of a run, or a model file. A FILE is an image of the size that the network takes,
    or a .npy array with one sample or several. Classes come with their probabilities.
    """
    # Whatever plugins print, standard output holds the result and nothing else.
    with contextlib.redirect_stdout(sys.stderr):
        saved = open_saved(run_or_model)
        answers = [answer for file in files for answer in _answers(saved, file)]
    classes = class_names(saved.classes, max(2, saved.network.output_shape[-1]))
    if as_json:
        click.echo(json.dumps({"predictions": [_plain(answer, classes) for answer in answers]}))
    else:
        _print(answers, classes)


def _answers(saved: Saved, file: Path) -> list[Answer]:
    samples = read_samples(file, saved.network.input_shape, saved.summary.get("inputs", {}))
    outputs = saved.network.predict(samples)
    titles = [str(file)] if len(samples) == 1 else [f"{file}[{index}]" for index in range(len(samples))]
    probabilities = class_probabilities(saved.network, outputs) if saved.summary.get("task") != "regression" else None
    if probabilities is None:
        return [Answer(file, index, title, outputs[index]) for index, title in enumerate(titles)]
    labels = predicted_labels(outputs)
    return [
        Answer(file, index, title, outputs[index], int(labels[index]), probabilities[index])
        for index, title in enumerate(titles)
    ]


def _plain(answer: Answer, classes: tuple[str, ...]) -> dict[str, Any]:
    """Return an answer as JSON holds it."""
    plain: dict[str, Any] = {"file": str(answer.file), "sample": answer.sample}
    if answer.label is None or answer.probabilities is None:
        return {**plain, "values": answer.values.tolist()}
    chances = dict(zip(classes, answer.probabilities.tolist(), strict=True))
    return {**plain, "class": classes[answer.label], "probabilities": chances}


def _print(answers: list[Answer], classes: tuple[str, ...]) -> None:
    console = Console(highlight=False)
    for number, answer in enumerate(answers):
        if answer.label is None or answer.probabilities is None:
            values = np.ravel(answer.values).tolist()
            console.print(Text(f"{answer.title}: {'  '.join(map(figure_text, values))}"), soft_wrap=True)
            continue
        verdict = f"{classes[answer.label]}  {answer.probabilities[answer.label]:.1%}"
        console.print(Text.assemble(f"{answer.title}: ", (verdict, "bold")), soft_wrap=True)
        if len(answers) <= _CHARTS:
            console.print(_chart(answer.label, answer.probabilities, classes, console.width))
            if number < len(answers) - 1:
                console.print()


def _chart(label: int, probabilities: gn.Array, classes: tuple[str, ...], width: int) -> Table:
    """Return one bar for each class; of very many classes, for the likeliest, the likeliest first."""
    shown = np.arange(len(classes))
    if len(classes) > _CLASSES_SHOWN:
        shown = np.argsort(-probabilities, kind="stable")[:_CLASSES_SHOWN]
    room = width - max(len(classes[index]) for index in shown) - len("      100.0%")
    chart = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    chart.add_column()
    chart.add_column()
    chart.add_column(justify="right")
    for index in shown:
        bar = ProgressBar(total=1.0, completed=float(probabilities[index]), width=max(5, min(room, _WIDEST_BAR)))
        name = Text(f"  {classes[index]}", "bold" if index == label else "")
        chart.add_row(name, bar, f"{probabilities[index]:.1%}")
    return chart
