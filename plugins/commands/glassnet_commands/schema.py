"""``glassnet schema``: what an editor needs to complete and check experiment files."""

from __future__ import annotations

import click

_LINES = [
    ("in a shell", "glassnet schema > glassnet.schema.json"),
    ("first line of a .toml", "#:schema ./glassnet.schema.json"),
]


class _Schema(click.Command):
    """A command that says where its output belongs."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Lines"):
            formatter.write_dl(_LINES)


@click.command(cls=_Schema)
def schema() -> None:
    """Print the JSON schema of experiment files, for editors.

    It holds every component that is installed, of plugins too, with its options. Write it into a file, and name that
    file in the first line of an experiment. Editors that know schemas of TOML then explain what an option does, and
    mark a name that is misspelt.
    """
    # Late: to list this command is not to need what reads experiments.
    from glassnet_persistence.experiment_schema import experiment_schema
    from glassnet_persistence.json_text import json_text

    click.echo(json_text(experiment_schema(), indent=2, ensure_ascii=False))
