"""``glassnet completion``: what a shell needs to complete commands, options and names."""

from __future__ import annotations

import click

from glassnet_commands.resources import resource_text

_LINES = [
    ("~/.bashrc", 'eval "$(glassnet completion bash)"'),
    ("~/.zshrc", 'eval "$(glassnet completion zsh)"'),
    ("~/.config/fish/config.fish", "glassnet completion fish | source"),
]


class _Completion(click.Command):
    """A command that says where its output belongs."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Lines"):
            formatter.write_dl(_LINES)


@click.command(cls=_Completion)
@click.argument("shell", metavar="SHELL", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a script that makes a shell complete commands, options and names.

    It completes datasets, run folders, layers, optimizers, losses, metrics and kinds, of plugins too. Put the line
    below into the file that your SHELL, which is bash, zsh or fish, reads when it starts.
    """
    click.echo(resource_text(f"glassnet_commands:scripts/glassnet.{shell}"), nl=False)
