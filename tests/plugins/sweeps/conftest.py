"""The command line in this process, in an empty folder."""

import json
from typing import NamedTuple

import pytest

from glassnet_commands.command_line import main


class Outcome(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def plain(self):
        return json.loads(self.out)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def glassnet(here, capsys):
    """``glassnet("sweep", "xor", …)`` runs the command line and returns exit code, output and messages."""

    def run(*arguments):
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return Outcome(code, *capsys.readouterr())

    return run
