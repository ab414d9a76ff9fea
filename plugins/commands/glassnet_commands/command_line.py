"""The command line: one group whose commands are plugins."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import click
from click.shell_completion import CompletionItem

from glassnet.errors import GlassnetError, PluginLoadError, UnknownComponentError, as_message
from glassnet.registry.entry_points import Entry
from glassnet.registry.registry import registry
from glassnet.support.distributions import OWN_DISTRIBUTION
from glassnet_commands.ranks import carry_out_alone, is_left_to_rank_0, silent_but_for_rank_0, stopped_together
from glassnet_commands.termination import exit_code_of, termination_raised, word_of
from glassnet_names.nearest import did_you_mean
from glassnet_terminal.standard_error import drop_output, standard_error

ANSWER_IS_NO = 1
REQUEST_IS_WRONG = 2
COMPLETE_VARIABLE = "_GLASSNET_COMPLETE"

_WIDEST_HELP = 80
# click cuts a first sentence that is longer; the help breaks it into lines instead.
_NEVER_CUT = 10_000


class _ReaderIsGoneError(Exception):
    """The output has no reader any more, such as behind ``| head``. click ends the program at this cause."""


@contextlib.contextmanager
def _own_broken_pipe() -> Iterator[None]:
    """Raise `_ReaderIsGoneError` instead of `BrokenPipeError`."""
    try:
        yield
    except BrokenPipeError as error:
        raise _ReaderIsGoneError from error


class PluginCommands(click.Group):
    """A click group that finds its commands in the registry, and imports the one that is called."""

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        # click itself takes a terminal to have 50 columns or more.
        width = min(_WIDEST_HELP, shutil.get_terminal_size().columns) - 2
        with _own_broken_pipe():
            return super().make_context(*arguments, **{"terminal_width": width, **options})

    def invoke(self, ctx: click.Context) -> Any:
        with _own_broken_pipe():
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result

    def list_commands(self, ctx: click.Context) -> list[str]:
        return registry.names("command")

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        command: click.Command = registry.resolve("command", cmd_name)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        # Commands are listed without being imported.
        names = [name for name in registry.names("command") if name.startswith(incomplete)]
        return [*map(CompletionItem, names), *click.Command.shell_complete(self, ctx, incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        # Said here and not by click, whose message cannot name what is installed.
        try:
            return super().resolve_command(ctx, args)
        except UnknownComponentError as error:
            if ctx.resilient_parsing:  # a shell completes the words behind
                return None, None, []
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
        help_text: str = registry.load(entry).get_short_help_str(limit=_NEVER_CUT)
    except PluginLoadError as error:
        return f"broken: {error.cause}"
    return help_text


@click.group(cls=PluginCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=OWN_DISTRIBUTION)
def glassnet() -> None:
    """Train, use and inspect neural networks whose every part is a plugin."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code.

    0: done. 1: the answer is no, or the training diverged. 2: the request is wrong. 130: interrupted by Ctrl-C.
    143: ended by SIGTERM. 129: ended by SIGHUP, with its terminal. A training has saved everything so far.
    """
    warnings.showwarning = lambda message, *_: _say(f"warning: {message}")
    if is_left_to_rank_0(arguments):
        return 0
    with termination_raised(), _streams_that_work(), silent_but_for_rank_0():
        carry_out_alone(arguments)
        try:
            with stopped_together(arguments):
                result: Any = glassnet.main(
                    arguments, prog_name="glassnet", complete_var=COMPLETE_VARIABLE, standalone_mode=False
                )
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            return REQUEST_IS_WRONG
        except click.UsageError as error:
            _say(f"error: {_sentence(error)}")
            return REQUEST_IS_WRONG
        except click.ClickException as error:
            _say(f"error: {error.format_message()}")
            return error.exit_code
        except (click.Abort, KeyboardInterrupt) as stop:
            # click raises its own exception from the one that it caught.
            caught = stop.__cause__ or stop
            _say(word_of(caught))
            return exit_code_of(caught)
        except GlassnetError as error:
            _say_error(str(error), error)
            return REQUEST_IS_WRONG
        except _ReaderIsGoneError:
            drop_output(sys.stdout)
            return 0
        except OSError as error:
            drop_output(sys.stdout)
            where = error.filename or "the output"
            _say_error(f"{error.strerror or error}: {where}; check the disk and the permissions", error)
            return REQUEST_IS_WRONG
        except MemoryError as error:
            cause = str(error) or "none is left"
            _say_error(f"not enough memory ({cause}); use less data, or smaller batches and layers", error)
            return REQUEST_IS_WRONG
    return result if isinstance(result, int) else 0


def _sentence(error: click.UsageError) -> str:
    """Return what is wrong with a command line, and where its help is, in one sentence."""
    message = error.message if isinstance(error, click.NoSuchOption) else error.format_message()
    message = " ".join(message.split()).rstrip(".")
    message = message[:1].lower() + message[1:]
    if error.ctx is None:
        return message
    if isinstance(error, click.NoSuchOption):
        known = [name for each in error.ctx.command.get_params(error.ctx) for name in each.opts if name[:2] == "--"]
        message += did_you_mean(error.option_name, known)
    return f"{message}; see {error.ctx.command_path} --help"


@contextlib.contextmanager
def _streams_that_work() -> Iterator[None]:
    """Have standard output and standard error in a ``with`` block, even if the program was started without them.

    Remarks that cannot be written are dropped. A file that is opened never gets the number of a standard stream that
    is closed: what libraries print there would go into the file.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # it gets the lowest free number, which is this one
    with contextlib.ExitStack() as stack:
        for stream, redirect in ((sys.stdout, contextlib.redirect_stdout), (sys.stderr, contextlib.redirect_stderr)):
            if stream is None:
                stack.enter_context(redirect(stack.enter_context(open(os.devnull, "w"))))
        stack.callback(drop_output, sys.stderr)
        stack.enter_context(contextlib.redirect_stderr(standard_error()))
        yield


def _say_error(text: str, error: BaseException) -> None:
    _say(f"error: {text}")
    for note in getattr(error, "__notes__", ()):
        _say(note)


def _say(text: str) -> None:
    print(as_message(text), file=standard_error(), flush=True)
