"""Every command of the plugin tutorial, run as a reader types it."""

import re
from pathlib import Path

import pytest

TUTORIAL = Path(__file__).parents[1] / "docs" / "tutorial-plugin.md"


def blocks(language):
    """Return the code blocks of one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", TUTORIAL.read_text(), flags=re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_every_command_of_the_tutorial_runs(environment, tmp_path):
    folder = tmp_path
    outputs = []
    first, *others = blocks("sh")
    module, backward = blocks("python")

    def run(block):
        nonlocal folder
        for command in block.splitlines():
            if command.startswith("cd "):
                folder = folder / command.removeprefix("cd ")
            else:
                outputs.append(environment.shell(command, folder))

    run(first)
    assert " passed" in outputs[-1]
    package = folder / "glassnet_softsign" / "__init__.py"
    listing, checks, use, publish = others
    run(listing)
    assert "softsign" in outputs[-1]

    # Without a derivative, and then with it.
    package.write_text(module)
    run(checks)
    package.write_text(module + "\n" + backward)
    run(checks)
    assert "passed" in outputs[-1]

    # As the page says: a changed sign is found.
    package.write_text(module + "\n" + backward.replace("return dy /", "return -dy /"))
    failed = environment.shell("glassnet check activation:softsign", folder, expected=1)
    assert "expected" in failed
    assert "got" in failed
    package.write_text(module + "\n" + backward)

    run(use)
    run(publish)
    assert len(list((folder / "dist").iterdir())) == 2


def test_the_tutorial_names_only_commands_that_are_there():
    for block in blocks("sh"):
        for command in block.splitlines():
            assert command.split()[0] in ("glassnet", "cd", "pip", "pytest", "python")
