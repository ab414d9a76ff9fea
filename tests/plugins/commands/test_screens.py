"""What the commands print at any width and into a pipe: lines that fit, whole words, no blanks at their ends."""

import inspect
import re

import click
import pytest

import glassnet as gn
from glassnet.registry.registry import registry
from glassnet_commands.docstring_text import wrapped_docstring
from glassnet_commands.formula_text import wrapped_formula
from glassnet_commands.resources import resource_text

WIDTHS = [40, 80, 200]
COMPONENTS = [f"{entry.kind.name}:{entry.name}" for entry in registry.entries() if entry.is_own]


def words(text):
    return text.split()


# --- formulas -----------------------------------------------------------------------------------------------------

ADAM = (
    "m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2,  "
    "p = p - lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)"
)


def test_each_equation_has_a_line():
    assert wrapped_formula(ADAM, 80) == [
        "m = beta1 m + (1 - beta1) g,",
        "v = beta2 v + (1 - beta2) g^2,",
        "p = p - lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)",
    ]


def test_an_equation_that_is_too_long_is_broken_between_its_terms():
    assert wrapped_formula(ADAM, 50)[2:] == [
        "p = p - lr m / (1 - beta1^t)",
        "  / (sqrt(v / (1 - beta2^t)) + epsilon)",
    ]
    assert wrapped_formula("y = a b c + d (e + f) g + h i", 16) == ["y = a b c", "  + d (e + f) g", "  + h i"]


def test_a_long_term_is_broken_within_its_brackets():
    assert wrapped_formula("y = x (aaaa + bbbb + cccc)", 14) == ["y = x (aaaa", "  + bbbb", "  + cccc)"]


def test_a_list_in_brackets_is_no_list_of_equations():
    assert wrapped_formula("r = (a  if t > 5,  else 1),  p = r", 80) == ["r = (a  if t > 5,  else 1),", "p = r"]


# --- docstrings ---------------------------------------------------------------------------------------------------

DOCSTRING = """One line
that goes on.

Shapes
------
input
    ``(batch, time, features)``, a long
    description of it
output
    short

- an item that is
  longer than a line
- another one

>>> keep(  this  )
| a | b |
"""


def test_paragraphs_are_broken_anew_with_their_indentation():
    assert wrapped_docstring(DOCSTRING, 32) == [
        "One line that goes on.",
        "",
        "Shapes",
        "------",
        "input",
        "    ``(batch, time, features)``,",
        "    a long description of it",
        "output",
        "    short",
        "",
        "- an item that is longer than a",
        "  line",
        "- another one",
        "",
        ">>> keep(  this  )",
        "| a | b |",
    ]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("component", COMPONENTS)
def test_a_page_fits_and_loses_no_word(glassnet, monkeypatch, component, width):
    monkeypatch.setenv("COLUMNS", str(width))
    outcome = glassnet("plugins", "show", component)
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert [line for line in lines if line != line.rstrip()] == []
    paths = ("source ", "target ", "from ", "home page", component.replace(":", " "))
    too_long = [line for line in lines if len(line) > width and not line.startswith(paths)]
    # A single word may be longer than a narrow terminal.
    assert [line for line in too_long if len(words(line)) > 1 and "``" not in line] == []
    described = registry.load(registry.find(*component.split(":")))
    if isinstance(described, gn.Kind):
        docstring = resource_text(described.page) if described.page else described.base_class().__doc__
    else:
        docstring = described.help if isinstance(described, click.Command) else described.__doc__
    shown = " ".join(words(outcome.out))
    assert " ".join(words(inspect.cleandoc(docstring))) in shown
    for name in ("formula", "gradient"):
        formula = getattr(described, name, "")
        if isinstance(formula, str):
            assert " ".join(words(formula)) in shown


# --- help ---------------------------------------------------------------------------------------------------------

COMMANDS = [[], *([name] for name in registry.names("command"))]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_and_is_not_cut(glassnet, monkeypatch, command, width):
    monkeypatch.setenv("COLUMNS", str(width))
    outcome = glassnet(*command, "--help")
    assert outcome.code == 0
    assert max(map(len, outcome.out.splitlines())) <= width
    assert "\\b" not in outcome.out
    assert "\b" not in outcome.out
    assert not re.search(r"[a-z]\.\.\.$", outcome.out, re.MULTILINE)


def test_help_lists_what_can_be_named(glassnet):
    assert "Datasets:\n  blobs, " in glassnet("train", "--help").out
    assert "Kinds:\n  layer, " in glassnet("plugins", "--help").out
    assert "  broken     it cannot be used; the cause is shown\n" in glassnet("plugins", "--help").out


def test_train_without_arguments_lists_the_datasets(glassnet):
    outcome = glassnet("train")
    assert outcome.code == 2
    for name in registry.names("dataset"):
        assert re.search(rf"\b{name}\b", outcome.err)


def test_without_a_command_there_is_help(glassnet):
    outcome = glassnet()
    assert outcome.code == 2
    assert outcome.err.startswith("Usage: glassnet [OPTIONS] COMMAND")


# --- options that are called otherwise elsewhere --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("--learning-rate", "--lr"),
        ("--learning_rate", "--lr"),
        ("--batch", "--batch-size"),
        ("--epoch", "--epochs"),
        ("--optimiser", "--optimizer"),
        ("--optim", "--optimizer"),
        ("--metric", "--metrics"),
        ("--network", "--layers"),
        ("--criterion", "--loss"),
        ("--val-split", "--validation"),
        ("--output-dir", "--out"),
        ("--random-state", "--seed"),
        ("--scheduler", "--schedule"),
        ("--early-stopping", "early_stopping"),
        ("--epohcs", "--epochs"),
        ("--sed", "--seed"),
        ("--quit", "--quiet"),
    ],
)
def test_an_option_of_another_program_gets_the_name_that_it_has_here(glassnet, wrong, meant):
    outcome = glassnet("train", "xor", wrong, "1")
    assert outcome.code == 2
    assert outcome.err.startswith(f"error: no such option {wrong!r}")
    assert outcome.err.count("\n") == 1
    hint = outcome.err.partition("see glassnet")[0].replace(wrong, "", 1)
    assert re.search(rf"{re.escape(meant)}(?![-\w])", hint)


def test_every_option_that_a_hint_names_exists():
    from glassnet_commands.other_names import OTHER_NAMES
    from glassnet_commands.train import train

    known = {name for parameter in train.params for name in parameter.opts}
    for wrong, hint in OTHER_NAMES.items():
        assert wrong not in known
        assert set(re.findall(r"(?<!\w)--[a-z-]+", hint)) <= known
        for option, spec in re.findall(r'--([a-z]+) "([^"]+)"', hint):
            kind = {"callbacks": "callback", "metrics": "metric"}.get(option, option)
            gn.create(kind, spec)
