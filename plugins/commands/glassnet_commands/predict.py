"""``glassnet predict``: what a network answers for images and arrays."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import click

from glassnet_commands.completed import runs
from glassnet_persistence.json_text import json_text


@click.command()
@click.argument("run_or_model", type=click.Path(path_type=Path), shell_complete=runs(".safetensors"))
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def predict(run_or_model: Path, files: tuple[Path, ...], as_json: bool) -> None:
    """Print what a network answers for images and arrays.

    RUN_OR_MODEL is the folder of a run, or a model file. A FILE is an image of the size that the network takes,
    or a .npy array with one sample or several. Classes come with their probabilities.
    """
    # Late: to list this command is not to need NumPy.
    from glassnet_commands.classification import class_names
    from glassnet_commands.predictions import answers_for, as_plain, print_answers
    from glassnet_commands.saved_run import open_saved

    # Standard output holds the result alone: prints of plugins go to standard error.
    with contextlib.redirect_stdout(sys.stderr):
        saved = open_saved(run_or_model)
        answers = [answer for file in files for answer in answers_for(saved, file)]
    classes = class_names(saved.classes, max(2, saved.network.output_shape[-1]))
    if as_json:
        click.echo(json_text({"predictions": [as_plain(answer, classes) for answer in answers]}))
    else:
        print_answers(answers, classes)
