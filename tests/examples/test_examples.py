"""The example plugins, installed for real: checked, and used to train MNIST in every way that there is."""

import json
import shutil
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ("glassnet-swish", "glassnet-parity", "glassnet-corrupt", "glassnet-wandb")
pytestmark = pytest.mark.slow

IN_PYTHON = """
import glassnet as gn

data = gn.datasets.mnist().load()
net = gn.Network("flatten scale dense(32) swish(beta=1.5) dense(10) softmax")
net.fit(data.train[:20000], loss="cce", optimizer="adam(lr=0.002)", batch_size=64, metrics=["accuracy"],
        callbacks=["time_limit(seconds=600)"])
net.save("python.safetensors")
print(gn.load("python.safetensors").evaluate(data.test)["accuracy"])
"""

EXPERIMENT = """
format = 1
dataset = "mnist"
layers = ["flatten", "scale", "dense(32)", "swish(beta=1.5)", "dense(10)", "softmax"]
loss = "cce"
optimizer = "adam(lr=0.002)"
batch_size = 64
metrics = ["accuracy"]
callbacks = ["time_limit(seconds=600)"]
"""


@pytest.fixture
def installed(environment, tmp_path):
    """Return an environment with all examples, installed from copies of their folders."""
    for name in NAMES:
        shutil.copytree(EXAMPLES / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        environment.shell(f"pip install --no-build-isolation --no-deps -e {name}", tmp_path)
    return environment


def test_examples_are_listed_checked_and_train_mnist_in_every_way(installed, tmp_path):
    def shell(command):
        return installed.shell(command, tmp_path)

    listed = json.loads(shell("glassnet plugins --json"))["plugins"]
    theirs = {plugin["kind"] + ":" + plugin["name"]: plugin for plugin in listed if plugin["dist"] != "glassnet"}
    assert set(theirs) == {
        "activation:swish",
        "layer:scale",
        "dataset:parity",
        "callback:time_limit",
        "command:important",
        "kind:corruption",
        "corruption:blank",
        "corruption:jitter",
        "callback:corrupt",
        "callback:wandb",
    }
    assert {plugin["status"] for plugin in theirs.values()} == {"ok"}

    shell("glassnet check activation:swish")
    shell("glassnet check --dist glassnet-parity")
    shell("glassnet check --dist glassnet-corrupt")
    for name in NAMES:
        assert " passed" in installed.shell("python -m pytest", tmp_path / name)

    (tmp_path / "train.py").write_text(IN_PYTHON)
    assert float(shell("python train.py")) > 0.9

    (tmp_path / "mnist.toml").write_text(EXPERIMENT)
    from_file = json.loads(shell("glassnet train mnist.toml --json --out file --no-plots"))
    assert from_file["test"]["accuracy"] > 0.93
    assert json.loads((tmp_path / "file" / "environment.json").read_text())["distributions"].keys() >= {
        "glassnet-swish",
        "glassnet-parity",
    }

    layers = "flatten scale dense(32) swish(beta=1.5) dense(10) softmax"
    from_line = json.loads(
        shell(f'glassnet train mnist --layers "{layers}" --epochs 1 --callbacks time_limit --json --out line')
    )
    assert from_line["test"]["accuracy"] > 0.93

    parity = json.loads(shell("glassnet train parity --json --out parity"))
    assert parity["test"]["accuracy"] > 0.97
    drawing = shell("glassnet important parity/model.safetensors")
    assert len(drawing.splitlines()) == 28


def test_without_the_plugin_its_model_file_says_what_to_install(installed, tmp_path):
    installed.shell(
        'glassnet train xor --layers "dense(8) swish dense(1) sigmoid" --epochs 5 --out run --no-plots', tmp_path
    )
    installed.shell("pip uninstall --yes glassnet-swish", tmp_path)
    message = installed.shell("glassnet evaluate run 2>&1", tmp_path, expected=2)
    assert "activation swish from glassnet-swish" in message
    assert "Traceback" not in message


def test_a_kind_of_its_own_trains_and_begins_a_project(installed, tmp_path):
    command = 'glassnet train mnist --layers "flatten dense(32) relu dense(10) softmax" --epochs 1 --json --out run'
    trained = json.loads(installed.shell(f'{command} --callbacks "corrupt([blank(0.1), jitter(0.1)])"', tmp_path))
    assert trained["test"]["accuracy"] > 0.9
    experiment = (tmp_path / "run" / "experiment.toml").read_text()
    assert "corrupt([blank(probability=0.1), jitter])" in experiment
    installed.shell("glassnet new corruption crop", tmp_path)
    installed.shell("pip install --no-build-isolation --no-deps -e glassnet-crop", tmp_path)
    assert " passed" in installed.shell("python -m pytest", tmp_path / "glassnet-crop")
