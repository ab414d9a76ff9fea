"""``glassnet plugins show``: one component in full."""

import json

import pytest

import glassnet as gn
from glassnet_commands.command_line import main


def test_a_page_holds_docstring_options_formulas_source_and_distribution(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    assert main(["plugins", "show", "optimizer:momentum"]) == 0
    page = capsys.readouterr().out
    for expected in (
        "optimizer momentum",
        "nesterov",
        ">= 0 and < 1",
        "0.9",
        "glassnet_optimizers/momentum.py",
        f"glassnet {gn.__version__}",
    ):
        assert expected in page


def test_as_json_it_is_one_object(capsys):
    assert main(["plugins", "show", "activation:relu", "--json"]) == 0
    page = json.loads(capsys.readouterr().out)
    assert page["formula"] == gn.activations.relu.formula
    assert page["gradient"] == gn.activations.relu.gradient_formula
    assert page["target"] == "glassnet_activations.relu:Relu"
    assert main(["plugins", "show", "layer:dense", "--json"]) == 0
    options = {option["name"]: option for option in json.loads(capsys.readouterr().out)["options"]}
    assert options["units"] == {
        "name": "units",
        "type": "int",
        "range": ">= 1",
        "default": "",
        "help": "number of outputs",
    }
    assert options["weight_init"]["type"] == "initializer"


@pytest.mark.parametrize("kind", ["regularizer:l2", "command:train", "dataset:xor", "metric:accuracy"])
def test_every_sort_of_component_has_a_page(kind, capsys):
    assert main(["plugins", "show", kind]) == 0
    assert capsys.readouterr().out.startswith(kind.replace(":", " "))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show"], "write glassnet plugins show KIND:NAME"),
        (["show", "relu"], "expected KIND:NAME, such as activation:relu (got 'relu')"),
        (["show", "adam"], "expected KIND:NAME, such as optimizer:adam (got 'adam')"),
        (["show", "swish"], "expected KIND:NAME, such as activation:relu (got 'swish')"),
        (["show", "activation:rleu"], "unknown activation 'rleu', did you mean 'relu'?"),
        (["show", "activatoin:relu"], "unknown kind 'activatoin', did you mean 'activation'?"),
        (["activation", "relu"], "write glassnet plugins show KIND:NAME"),
    ],
)
def test_a_wrong_request_says_what_to_write(arguments, message, capsys):
    assert main(["plugins", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_derivative_that_is_found_by_tracing_is_said_to_be(capsys):
    class Bend(gn.Activation):
        """x + x^2."""

        def forward(self, x):
            return x + x * x

    with gn.registered("activation", "bend", Bend):
        assert main(["plugins", "show", "activation:bend"]) == 0
    assert "derived from forward by tracing" in capsys.readouterr().out
    assert main(["plugins", "show", "activation:relu"]) == 0
    assert "derived from forward" not in capsys.readouterr().out
