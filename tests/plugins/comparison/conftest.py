"""The command line in this process, in an empty folder, and trainings of XOR."""

import pytest

from tests.plugins.commands.conftest import glassnet as glassnet, here as here


@pytest.fixture
def runs(glassnet, here):
    """``runs("a", "--lr", "0.2")`` trains XOR into the folder a."""

    def train(name, *options, data="xor"):
        done = glassnet("train", data, "--epochs", "12", "--quiet", "--no-plots", "--out", name, *options)
        assert done.code in (0, 1), done.err
        return here / name

    return train
