"""Every accelerator of glassnet says what it replaces, by which trick, and what was measured."""

import inspect
import re

import pytest

from glassnet.registry.registry import registry

OURS = [entry for entry in registry.entries("accelerator") if entry.distribution == "glassnet"]
GAIN = re.compile(r"\btakes? .*\b0\.\d+\b.* of (?:its|the) (?:formula's )?time")


@pytest.mark.parametrize("entry", OURS, ids=lambda entry: entry.name)
def test_an_accelerator_names_component_trick_and_gain(entry):
    accelerator = registry.load(entry)
    text = " ".join((inspect.getdoc(accelerator) or "").split())
    component = accelerator.replaces.rpartition(".")[2]
    assert re.match(rf"{component}\b,? \w+", text), text
    assert GAIN.search(text), text


def test_each_accelerator_has_a_file_of_its_own():
    files = [inspect.getsourcefile(registry.load(entry)) for entry in OURS]
    assert sorted(set(files)) == sorted(files)
