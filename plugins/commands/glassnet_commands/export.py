"""``glassnet export`` and ``glassnet import``: models in the formats of other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from glassnet_commands.completed import runs
from glassnet_commands.echoed import echo


class _Export(click.Command):
    """The command with the options of all formats: ``--int8``, ``--opset 23``."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the command's own parameters, and an option for each flag, number and word of a format."""
        *own, help_option = super().get_params(ctx)
        return [*own, *_options_of_formats(), help_option]


@click.command(cls=_Export)
@click.argument("run_or_model", type=click.Path(path_type=Path), shell_complete=runs(".safetensors"))
@click.argument("file", type=click.Path(path_type=Path))
def export(run_or_model: Path, file: Path, **options: Any) -> None:
    """Write a trained network to FILE in the format that its ending names: m.onnx, model.py, model.h, model.js.

    RUN_OR_MODEL is the folder of a run, or a model file.
    """
    from glassnet_commands.saved_run import open_saved
    from glassnet_persistence.format import writer_for

    file, writer = writer_for(file)
    writer = _with_options(writer, {name: value for name, value in options.items() if value is not None}, file)
    saved = open_saved(run_or_model)
    if saved.classes and "classes" in writer.options:
        writer = writer.replace(classes=tuple(saved.classes))
    writer.save(saved.network, file)
    echo(f"{file}: {file.stat().st_size:,} bytes")


def _options_of_formats() -> list[click.Parameter]:
    """Return an option for each flag, number and word that a format declares."""
    from glassnet.errors import GlassnetError
    from glassnet.options.declaration import options_of
    from glassnet.registry.registry import registry

    found: dict[str, click.Parameter] = {}
    for name in registry.names("format"):
        try:
            declared = options_of(registry.resolve("format", name))
        except GlassnetError:  # a broken plugin has no options; glassnet plugins tells of it
            continue
        for option, field in declared.items():
            if isinstance(field.default, bool | int | float | str):
                flag = isinstance(field.default, bool)
                told = f"{field.metadata['option'].help} (of {name})".removeprefix("whether ")
                found[option] = click.Option(
                    [f"--{option.replace('_', '-')}", option],
                    is_flag=flag,
                    default=None,
                    help=told[0].upper() + told[1:],
                    metavar=None if flag else option.upper(),
                )
    return list(found.values())


def _with_options(writer: Any, given: dict[str, Any], file: Path) -> Any:
    """Return a format with the options of the command line.

    Raises
    ------
    UsageError
        If the format does not have one of them.
    """
    import glassnet as gn

    for name in given:
        if name not in writer.options:
            known = ", ".join(f"--{each}" for each in writer.options if each != "classes") or "none"
            raise click.UsageError(
                f"{file} is written as {writer.title()}, which has no option --{name}; its options: {known}"
            )
    spec = ", ".join(
        f"{name}={value!r}" if isinstance(value, bool) else f"{name}={value}" for name, value in given.items()
    )
    return gn.create("format", f"{writer.title()}({spec})") if given else writer


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
