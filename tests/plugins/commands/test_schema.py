"""``glassnet schema``, judged by another library's reader of JSON schemas."""

import json
import re
import tomllib

import jsonschema
import pytest

import glassnet as gn
from glassnet.registry.registry import registry
from glassnet_persistence.experiment_schema import experiment_schema

EXPERIMENT = {
    "format": 1,
    "layers": ["dense(8, bias=False)", "residual([dense(8), tanh])", "glassnet:dense(units=1)", "sigmoid"],
    "dataset": "xor",
    "loss": "binary_crossentropy",
    "optimizer": "adam(lr=0.1, beta1=0.8)",
    "metrics": ["accuracy"],
    "epochs": 3,
    "validation": 0.25,
}


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(json.dumps(experiment_schema()))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def test_an_experiment_is_valid(validator):
    validator.validate(EXPERIMENT)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"optimiser": "adam"}, []),
        ({"optimizer": "adam(learning=0.1)"}, ["optimizer"]),
        ({"optimizer": "adem"}, ["optimizer"]),
        ({"optimizer": "adam(lr=0.1"}, ["optimizer"]),
        ({"optimizer": "other-package:adam"}, ["optimizer"]),
        ({"optimizer": 3}, ["optimizer"]),
        ({"layers": ["dense(8, bais=False)"]}, ["layers", 0]),
        ({"layers": ["dense"]}, ["layers", 0]),
        ({"layers": "dense(8)"}, ["layers"]),
        ({"layers": ["relu", "huber"]}, ["layers", 1]),
        ({"metrics": ["acuracy"]}, ["metrics"]),
        ({"dataset": "mnits"}, ["dataset"]),
        ({"epochs": 0}, ["epochs"]),
        ({"epochs": 1.5}, ["epochs"]),
        ({"validation": 1.0}, ["validation"]),
        ({"dtype": "float16"}, ["dtype"]),
        ({"format": 2}, ["format"]),
    ],
)
def test_a_mistake_is_found_at_its_place(validator, changes, place):
    errors = list(validator.iter_errors({**EXPERIMENT, **changes}))
    assert [list(error.path) for error in errors] == [place]


@pytest.mark.parametrize("missing", ["layers", "loss", "optimizer", "dataset"])
def test_what_an_experiment_needs_is_required(validator, missing):
    part = {name: value for name, value in EXPERIMENT.items() if name != missing}
    assert [error.validator for error in validator.iter_errors(part)] == ["required"]


def test_every_example_of_every_component_is_valid(validator):
    fields = {"layer": "layers", "activation": "layers", "metric": "metrics", "callback": "callbacks"}
    checked = 0
    for kind in (
        "layer",
        "activation",
        "loss",
        "optimizer",
        "metric",
        "callback",
        "schedule",
        "regularizer",
        "dataset",
    ):
        for entry in registry.entries(kind):
            for example in registry.load(entry).examples:
                spec = example if isinstance(example, str) else example[0]
                field = fields.get(kind, kind)
                value = [spec] if field in fields.values() else spec
                assert list(validator.iter_errors({**EXPERIMENT, field: value})) == [], spec
                checked += 1
    assert checked > 60


def test_the_file_of_every_recipe_is_valid(validator):
    recipes = 0
    for name in ("iris", "xor", "spiral", "moons", "sine", "digits"):
        source = registry.create("dataset", name)
        recipe = source.load().recipe
        if recipe is not None:
            text = gn.Experiment(**recipe.options, dataset=source).to_toml()
            validator.validate(tomllib.loads(text))
            recipes += 1
    assert recipes == 6


def test_the_file_of_a_run_is_valid(glassnet, here):
    trained = glassnet(
        "train", "xor", "--epochs", 1, "--quiet", "--no-plots", "--schedule", "cosine(final_fraction=0.1)"
    )
    assert trained.code == 0, trained.err
    printed = json.loads(glassnet("schema").out)
    recorded = tomllib.loads((here / "runs/xor-1/experiment.toml").read_text())
    jsonschema.Draft7Validator(printed).validate(recorded)


def test_components_of_other_packages_are_in_it(distribution, run_glassnet):
    source = (
        "import glassnet as gn\n\n"
        "class Twice(gn.Activation):\n    '''Twice the input.'''\n    factor: float = gn.option(2.0, help='factor')\n"
    )
    points = {"activations": {"twice": "twice_module:Twice", "broken": "gone:Nothing"}}
    distribution("glassnet-twice", "1.0", points, twice_module=source)
    outcome = run_glassnet("schema")
    assert (outcome.returncode, outcome.stderr) == (0, "")
    validator = jsonschema.Draft7Validator(json.loads(outcome.stdout))
    for spec in ("twice", "twice(factor=3)", "glassnet-twice:twice(3)", "broken(anything=1)"):
        validator.validate({**EXPERIMENT, "layers": [spec]})
    assert not validator.is_valid({**EXPERIMENT, "layers": ["twice(facter=3)"]})


def test_patterns_are_regular_expressions_of_javascript_too():
    text = json.dumps(experiment_schema())
    patterns = [json.loads(found) for found in re.findall(r'"pattern": ("(?:[^"\\]|\\.)*")', text)]
    assert len(patterns) > 100
    for pattern in patterns:
        # With the flag u, a backslash stands before signs with a meaning only.
        assert set(re.findall(r"\\(.)", pattern)) <= set("sw.\\()[]{}")
