"""``glassnet export`` and ``glassnet import``: models in the formats of other programs."""

from __future__ import annotations

from pathlib import Path

import click

from glassnet_commands.completed import runs, specs
from glassnet_commands.echoed import echo


@click.command()
@click.argument("run_or_model", type=click.Path(path_type=Path), shell_complete=runs(".safetensors"))
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "described",
    metavar="SPEC",
    shell_complete=specs("format"),
    help='The format with options: "onnx(opset=23)". [by the ending of FILE]',
)
def export(run_or_model: Path, file: Path, described: str | None) -> None:
    """Write a trained network to FILE in the format that its ending names, such as m.onnx.

    RUN_OR_MODEL is the folder of a run, or a model file.
    """
    import glassnet as gn
    from glassnet_commands.saved_run import open_saved

    network = open_saved(run_or_model).network
    if described is None:
        network.save(file)
    else:
        gn.create("format", described).save(network, file)
    echo(f"{file}: {file.stat().st_size:,} bytes")


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="The model file to write; by default FILE.safetensors.")
def import_model(file: Path, out: Path | None) -> None:
    """Read the network in FILE, such as m.onnx, print it, and write it as a model file of glassnet."""
    import glassnet as gn

    network = gn.load(file)
    network.summary()
    target = out or file.with_suffix(".safetensors")
    network.save(target)
    echo(f"written to {target}")
