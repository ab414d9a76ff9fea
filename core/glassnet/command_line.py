"""The command line: one group whose commands are plugins."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

import click

from glassnet.errors import GlassnetError, PluginLoadError, UnknownComponentError
from glassnet.registry import OWN_DISTRIBUTION, Entry, registry

REQUEST_IS_WRONG = 2
INTERRUPTED = 130


class PluginCommands(click.Group):
    """A click group that finds its commands in the registry, and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return registry.names("command")

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        command: click.Command = registry.resolve("command", cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        # Said here and not by click, whose message cannot name what is installed.
        try:
            return super().resolve_command(ctx, args)
        except UnknownComponentError as error:
            raise click.UsageError(str(error), ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            entries = registry.entries("command")
            formatter.write_dl([(registry.name_for(entry), _described(entry)) for entry in entries])


def _described(entry: Entry) -> str:
    """Return a command's line in the help. Other people's commands are not imported to be listed."""
    if not entry.is_own:
        return f"from {entry.distribution} {entry.version}"
    try:
        help_text: str = registry.load(entry).get_short_help_str(limit=80)
    except PluginLoadError as error:
        return f"broken: {error.cause}"
    return help_text


@click.group(cls=PluginCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=OWN_DISTRIBUTION)
def glassnet() -> None:
    """Train, use and inspect neural networks whose every part is a plugin."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code.

    0: done. 1: the answer is no. 2: the request is wrong. 130: interrupted, with everything so far saved.
    """
    warnings.showwarning = lambda message, *_: _say(f"warning: {message}")
    try:
        result: Any = glassnet.main(arguments, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted")
        return INTERRUPTED
    except GlassnetError as error:
        _say(f"error: {error}")
        for note in getattr(error, "__notes__", ()):
            _say(note)
        return REQUEST_IS_WRONG
    except BrokenPipeError:
        # Whoever read our output has gone, such as `head`; Python would complain once more when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return result if isinstance(result, int) else 0


def _say(text: str) -> None:
    print(text, file=sys.stderr)
