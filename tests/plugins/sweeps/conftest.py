"""The command line in this process, in an empty folder."""

from tests.plugins.commands.conftest import glassnet as glassnet, here as here
