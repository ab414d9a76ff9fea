"""Write docs/glassnet.1, the manual page of the command line, from its commands: ``python tools/man_page.py``.

Wheels install it as share/man/man1/glassnet.1, so ``man glassnet`` shows it.
"""

from __future__ import annotations

import re
import textwrap
import tomllib
from collections.abc import Iterable, Iterator
from inspect import cleandoc
from pathlib import Path

import click

from glassnet.registry.entry_points import Entry
from glassnet.registry.registry import registry
from glassnet_commands.command_line import glassnet

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "glassnet.1"
_WIDTH = 76
EXIT_CODES = {
    "0": "All is done.",
    "1": "The answer is no, the doctor has a finding, or the training diverged.",
    "2": "The request is wrong.",
    "129": "Ended by SIGHUP, with its terminal. A training has saved everything so far.",
    "130": "Ended by Ctrl-C. A training has saved everything so far.",
    "143": "Ended by SIGTERM. A training has saved everything so far.",
}
SETTINGS_INTRODUCTION = (
    "The table [tool.glassnet] of the nearest pyproject.toml sets them too, without GLASSNET_ and in small letters: "
    "threads = 2. The environment wins."
)


def page() -> str:
    """Return the manual page."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    context = click.Context(glassnet, info_name="glassnet")
    commands = [(name, registry.load(entry)) for name, entry in own_commands()]
    lines = [
        f'.TH GLASSNET 1 "" "glassnet {version}" "User Commands"',
        ".SH NAME",
        rf"glassnet \- {escaped(first_sentence(glassnet))}",
        ".SH SYNOPSIS",
        r"\fBglassnet\fR \fICOMMAND\fR [\fIOPTIONS\fR] [\fIARGUMENTS\fR]",
        ".SH DESCRIPTION",
        *paragraphs(cleandoc(glassnet.help or "")),
        r"\fBglassnet \fICOMMAND\fB \-\-help\fR shows the help of a command. Plugins may bring further commands.",
        ".SH COMMANDS",
    ]
    for name, command in commands:
        lines += described(name, command, context)
    lines += [".SH EXIT STATUS", *terms(EXIT_CODES.items())]
    lines += [".SH ENVIRONMENT", *paragraphs(SETTINGS_INTRODUCTION)]
    lines += terms(variables())
    lines += [".SH FILES", *terms([("runs/DATASET-N", "The folder of a run: experiment.toml repeats it.")])]
    return "\n".join(lines) + "\n"


def variables() -> list[tuple[str, str]]:
    """Return the environment variables, as the README's table describes them."""
    rows = re.findall(r"^\| `(GLASSNET_[A-Z]+)` \| (.+) \|$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    return [(name, re.sub(r" \(\[.*?\]\(.*?\)\)", "", text).replace("`", "")) for name, text in rows]


def own_commands() -> Iterator[tuple[str, Entry]]:
    """Yield the names and entries of the commands that glassnet itself ships."""
    for entry in registry.entries("command"):
        if entry.is_own:
            yield registry.name_for(entry), entry


def described(name: str, command: click.Command, above: click.Context) -> Iterator[str]:
    """Yield the part of the page about one command, and about its own commands."""
    context = click.Context(command, info_name=name, parent=above)
    usage = " ".join(command.collect_usage_pieces(context))
    yield rf".SS \fB{escaped(context.command_path)}\fR {escaped(usage)}"
    yield from paragraphs(cleandoc(command.help or ""))
    records = (parameter.get_help_record(context) for parameter in command.get_params(context))
    # Arguments have no help of their own: the text above names them.
    yield from terms(record for record in records if record and record[1] and "--help" not in record[0])
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            yield from described(below, command.commands[below], context)


def paragraphs(text: str) -> Iterator[str]:
    """Yield the paragraphs of a text."""
    for number, paragraph in enumerate(re.split(r"\n\s*\n", text)):
        if number:
            yield ".PP"
        yield from wrapped(" ".join(paragraph.split()))


def terms(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield terms with what they mean."""
    for term, text in pairs:
        yield from (".TP", rf"\fB{escaped(term)}\fR", *wrapped(text))


def wrapped(text: str) -> Iterator[str]:
    """Yield the lines of a paragraph."""
    yield from map(escaped, textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False))


def first_sentence(command: click.Command) -> str:
    """Return what a command does, as the list of manual pages has it."""
    sentence = command.get_short_help_str(limit=1000).rstrip(".")
    return sentence[:1].lower() + sentence[1:]


def escaped(text: str) -> str:
    """Return a text in which roff sees no requests."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{text}" if text.startswith((".", "'")) else text


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
