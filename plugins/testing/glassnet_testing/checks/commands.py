"""What holds for every command."""

from __future__ import annotations

import traceback

import click
from click.testing import CliRunner

from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.subject import Subject


@check(hint="the docstring of the function below @click.command() is its help")
def help_is_written(subject: Subject) -> None:
    """The command says what it does."""
    command: click.Command = subject.component
    if not (command.help or "").strip():
        raise Failure(subject.title, "help", "none")


@check(hint='@click.option("--seed", help="Where all random numbers come from.")')
def options_have_help(subject: Subject) -> None:
    """Every option says what it is for."""
    for parameter in subject.component.params:
        if isinstance(parameter, click.Option) and not parameter.hidden and not (parameter.help or "").strip():
            raise Failure(f"{subject.title} {parameter.opts[0]}", "help", "none")


@check(hint="do nothing while the command is imported")
def help_is_printed(subject: Subject) -> None:
    """--help prints help, and exit code 0 says that all is well."""
    result = CliRunner().invoke(subject.component, ["--help"])
    if result.exit_code != 0 or "Usage:" not in result.output:
        told = _told(result.exception) if result.exception else result.output
        raise Failure(f"{subject.name} --help", "exit code 0 and a usage line", f"exit code {result.exit_code}: {told}")


@check(hint="leave ignore_unknown_options off")
def unknown_options_are_refused(subject: Subject) -> None:
    """An option that does not exist is refused with a message and exit code 2."""
    result = CliRunner().invoke(subject.component, ["--no-such-option"])
    if result.exit_code != 2:
        told = _told(result.exception) if result.exception else result.output
        raise Failure(f"{subject.name} --no-such-option", "exit code 2", f"exit code {result.exit_code}: {told}")


def _told(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(error)).strip()
