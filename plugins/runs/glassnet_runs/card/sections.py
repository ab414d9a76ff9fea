"""The sections of a card: what the model is, how good it is, what it took, and what it is not for."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

import glassnet as gn
from glassnet_commands.formatting import figure_text
from glassnet_commands.table_record import units_of
from glassnet_persistence.run_files import EXPERIMENT
from glassnet_reports.summary import shape_text, summary_rows
from glassnet_runs.card.blocks import Block, Code, Grid, Paragraph, Picture, Points
from glassnet_runs.card.facts import Facts
from glassnet_runs.card.limitations import limitations
from glassnet_tables.preprocessing import TablePreprocessing

_TITLES = {"history": "The course of the training", "roc": "ROC"}


def sections(facts: Facts, place: Path) -> Iterator[tuple[str, list[Block]]]:
    """Yield the title and the blocks of each section, for a card in the folder `place`."""
    yield "", [Paragraph(headline(facts))]
    yield "Use", list(_use(facts))
    yield "Data", list(_data(facts))
    yield "Figures", list(_figures(facts))
    pictures = [_picture(file, place) for file in facts.pictures]
    if pictures:
        yield "Plots", pictures
    yield "Network and training", list(_network(facts))
    yield "Time and energy", [Points(list(_cost(facts)))]
    yield "Reproduce", list(_reproduce(facts))
    yield "Limitations", [Points(limitations(facts))]


def headline(facts: Facts) -> str:
    """Return in a sentence what the model does."""
    network, summary = facts.saved.network, facts.summary
    table = network.preprocessing
    kind = {"classification": "classifier", "regression": "regression model"}.get(facts.task, "model")
    return (
        f"A {kind} with {network.layout.size:,} parameters, trained on {summary.get('dataset', 'data')} with glassnet. "
        f"{f'It predicts {table.target.name}.' if isinstance(table, TablePreprocessing) else ''}"
    ).strip()


def _use(facts: Facts) -> Iterator[Block]:
    name = facts.run.resolve().name
    code = f'import glassnet as gn\n\nnet = gn.load("{name}/model.safetensors")\nnet.predict(x)'
    shape = shape_text(facts.saved.network.input_shape)
    table = facts.saved.network.preprocessing
    if isinstance(table, TablePreprocessing):
        given = f"x are rows with the columns {', '.join(each.name for each in table.features)}."
    else:
        given = f"x are samples of {shape} numbers each."
    yield Code(code, "python")
    yield Code(f"glassnet predict {shlex.quote(name)} FILE\nglassnet serve {shlex.quote(name)}", "sh")
    yield Paragraph(given)
    yield Paragraph("Not stated yet: what the model is for and by whom it may be used, and its licence.")


def _data(facts: Facts) -> Iterator[Block]:
    if facts.source:
        yield Paragraph(facts.source)
    rows = [("dataset", str(facts.summary.get("dataset", ""))), ("task", facts.task)]
    if facts.test is not None:
        rows.append(("rows to test with", f"{len(facts.test):,}"))
    if facts.experiment.get("validation") is not None:
        rows.append(("validation", str(facts.experiment["validation"])))
    if facts.saved.classes:
        rows.append(("classes", f"{len(facts.saved.classes)}: {', '.join(facts.saved.classes[:50])}"))
    yield Grid(("", ""), rows)
    columns = facts.summary.get("columns")
    if columns:
        heads = ("name", "type", "missing", "transforms")
        yield Grid(heads, [[str(each.get(head, "")) for head in heads] for each in columns])


def _figures(facts: Facts) -> Iterator[Block]:
    if not facts.measured:
        yield Paragraph("The run has no figures on test data.")
        return
    heads = ["figure", "test", *(["standard error"] if facts.errors else [])]
    spreads = [(words, found) for words, found in (("folds", facts.folds), ("seeds", facts.seeds)) if found]
    heads += [f"{words}: mean ± deviation" for words, _ in spreads]
    rows = []
    for name, value in facts.measured.items():
        row = [name, figure_text(value)]
        if facts.errors:
            row.append(f"± {figure_text(facts.errors[name])}" if name in facts.errors else "")
        for _, found in spreads:
            each = found.get(name)
            told = f"{figure_text(each.mean)} ± {figure_text(each.std)} ({each.count})" if each is not None else ""
            row.append(told)
        rows.append(row)
    yield Grid(heads, rows)
    units = units_of(facts.saved.network.preprocessing)
    said = [f"{units[:1].upper()}{units[1:]}."] if units else []
    if facts.errors:
        said.append(
            "The standard error is that of other test data of the same kind: test rows are drawn with replacement."
        )
    said += ["The number of trainings is in parentheses."] if spreads else []
    if not spreads:
        said.append(
            "It does not tell how figures differ between trainings: no runs with other seeds are beside this one, "
            "and it was not cross-validated."
        )
    yield Paragraph(" ".join(said))
    if facts.recalls:
        rows = [[name, f"{share:.1%}", f"{count:,}"] for name, share, count in facts.recalls[:50]]
        yield Grid(("class", "found", "test rows"), rows)


def _picture(file: Path, place: Path) -> Block:
    title = _TITLES.get(file.stem, file.stem.replace("_", " ").capitalize())
    return Picture(
        title, file, os.path.relpath(file.resolve(), place.resolve()).replace(os.sep, "/").replace(" ", "%20")
    )


def _network(facts: Facts) -> Iterator[Block]:
    network, experiment = facts.saved.network, facts.experiment
    rows = [
        (str(place), layer, shape, f"{count:,}" if count else "")
        for place, layer, shape, count, _ in summary_rows(network)
    ]
    yield Grid(("", "layer", "output", "parameters"), [("", "input", shape_text(network.input_shape), ""), *rows])
    names = ("loss", "optimizer", "schedule", "batch_size", "epochs", "regularizer", "callbacks", "seed", "dtype")
    given = [(name, _text(experiment[name])) for name in names if experiment.get(name) not in (None, [])]
    yield Grid(("option", "value"), given)


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _cost(facts: Facts) -> Iterator[str]:
    seconds = facts.summary.get("train_seconds")
    environment = facts.environment
    if seconds is not None:
        threads = environment.get("threads")
        where = f" with {threads} threads" if threads else ""
        yield (
            f"The training took {seconds:,.1f} seconds for {facts.summary.get('epochs', 0):,} epochs{where}, "
            f"on {environment.get('system', 'a computer that is not recorded')}."
        )
    joules = sum(epoch.get("energy_joules", 0.0) for epoch in facts.epochs)
    if joules:
        yield (
            f"The processors took {joules:,.0f} joules ({joules / 3.6e6:.3g} kWh) in these epochs, "
            "by their own counters: that is for all programs on them, without memory and graphics cards."
        )
    else:
        yield "Energy was not measured, and is not estimated without a measurement; the callback energy measures it."


def _reproduce(facts: Facts) -> Iterator[Block]:
    known = facts.environment.get("distributions") or {}
    versions = ", ".join(f"{name} {version}" for name, version in known.items())
    python = facts.environment.get("python")
    file = f"{facts.run.resolve().name}/{EXPERIMENT}"
    yield Paragraph(
        "With the same versions, processor and data, this repeats the run bit for bit"
        f"{f' ({versions}, Python {python})' if versions else ''}. Paths in the file start from its folder."
    )
    yield Code(f"glassnet train {shlex.quote(file)}", "sh")
    yield Code(gn.read_whole(facts.run / EXPERIMENT).decode().strip(), "toml")
