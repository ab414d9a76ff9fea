"""Requests that are wrong: one message, exit code 2, no traceback, and nothing half-written."""

import json
import shutil

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

import glassnet as gn
from glassnet_persistence.tensor_file import encode


@pytest.fixture
def refused(glassnet, here):
    """``refused("train", …)`` runs a command that is to be refused, and returns its message."""

    def run(*arguments):
        before = everything_in(here)
        outcome = glassnet(*arguments)
        assert outcome.code == 2
        assert outcome.out == ""
        assert "Traceback" not in outcome.err
        message = outcome.err.strip()
        assert message.lower().startswith(("error: ", "usage: "))
        assert len([line for line in message.splitlines() if line.lower().startswith("error")]) == 1
        assert everything_in(here) == before
        return message

    return run


def everything_in(folder):
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


# --- names and specs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--optimizer", "admm", "unknown optimizer 'admm', did you mean 'adam'? (installed: "),
        ("--loss", "mean_square_error", "unknown loss 'mean_square_error', did you mean 'mean_squared_error'?"),
        ("--layers", "dens(8) tanh dense(1) sigmoid", "unknown layer 'dens', did you mean 'dense'?"),
        ("--layers", "dense(8) rellu dense(1) sigmoid", "unknown layer 'rellu', did you mean 'relu'?"),
        ("--layers", "dense(8, weight_init=he_norml) dense(1) sigmoid", "unknown initializer 'he_norml', did you mean"),
        ("--metrics", "acuracy", "unknown metric 'acuracy', did you mean 'accuracy'?"),
        ("--callbacks", "early_stoping", "unknown callback 'early_stoping', did you mean 'early_stopping'?"),
        ("--schedule", "cosin", "unknown schedule 'cosin', did you mean 'cosine'?"),
        ("--regularizer", "l3", "unknown regularizer 'l3'"),
        ("--metrics", "accur", "unknown metric 'accur', did you mean 'accuracy'?"),
        ("--metrics", "huber", "unknown metric 'huber': 'huber' is a loss (installed: "),
        ("--optimizer", "cosine", "unknown optimizer 'cosine': 'cosine' is a schedule; it is an option of fit(): "),
        ("--layers", "dense(1) adam", "unknown layer 'adam': 'adam' is an optimizer (installed: "),
    ],
)
def test_unknown_component(refused, option, value, message):
    assert message in refused("train", "xor", option, value)


def test_unknown_dataset(refused):
    message = refused("train", "mnst")
    assert "unknown dataset 'mnst', did you mean 'mnist'? (installed: " in message
    assert "xor" in message
    assert "unknown dataset 'fashion'" in refused("train", "fashion")


def test_unknown_option_of_a_component(refused):
    message = refused("train", "xor", "--optimizer", "adam(learning_rate=0.1)")
    assert "adam has no option 'learning_rate'" in message
    message = refused("train", "xor", "--layers", "dense(8, unit=3) dense(1) sigmoid")
    assert "dense has no option 'unit', did you mean 'units'?" in message
    assert "mnist has no option 'folders', did you mean 'folder'?" in refused("train", "mnist(folders='x')")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--optimizer", "adam(lr=-1)"], "adam: lr must be > 0 (got -1)"),
        (["--optimizer", "adam(lr='fast')"], "adam: lr must be float (got 'fast')"),
        (["--layers", "dense(0) dense(1) sigmoid"], "dense: units must be >= 1 (got 0)"),
        (["--layers", "dense(8) dropout(1.5) dense(1) sigmoid"], "dropout: rate must be"),
        (["--batch-size", "0"], "batch_size must be >= 1 (got 0)"),
        (["--batch-size", "-4"], "batch_size must be >= 1 (got -4)"),
        (["--epochs", "0"], "epochs must be >= 1 (got 0)"),
        (["--seed", "-1"], "seed must be >= 0 (got -1)"),
        (["--validation", "1"], "validation must be > 0 and < 1 (got 1.0)"),
        (["--validation", "nan"], "validation must be > 0 and < 1 (got nan)"),
        (["--dtype", "float16"], "dtype must be one of 'float32', 'float64' (got 'float16')"),
    ],
)
def test_option_out_of_range(refused, arguments, message):
    assert message in refused("train", "xor", *arguments)


@pytest.mark.parametrize(
    "spec",
    [
        "dense(__import__('os'))",
        "dense(__import__('os').system('touch sprung'))",
        "dense((lambda: 1)())",
        "dense(8 if True else 9)",
        "dense(*[8])",
        "dense(**{'units': 8})",
        "[dense(8)]",
        "dense(8",
        "dense(8))",
        "dense(units.bit_length())",
        "(" * 500,
    ],
)
def test_a_spec_that_is_no_literal_runs_nothing(refused, here, spec):
    refused("train", "xor", "--layers", f"{spec} dense(1) sigmoid")
    refused("train", "xor", "--optimizer", spec)
    refused("train", spec)
    assert not (here / "sprung").exists()


def test_a_required_option_that_is_missing_is_named_with_its_meaning(refused):
    assert "dense needs units: " in refused("train", "xor", "--layers", "dense dense(1) sigmoid")


# --- the command line itself ------------------------------------------------------------------------------------


def test_unknown_command(refused):
    assert "unknown command 'trian', did you mean 'train'?" in refused("trian", "xor")


def test_unknown_option_of_a_command(refused):
    message = refused("train", "xor", "--epoch", "3")
    assert "--epoch" in message
    assert "--epochs" in message


@pytest.mark.parametrize("arguments", [["--epochs", "many"], ["--epochs", "1.5"], ["--batch-size", ""], ["--seed"]])
def test_a_value_that_is_no_number(refused, arguments):
    assert arguments[0] in refused("train", "xor", *arguments)


def test_a_missing_argument(refused):
    assert "WHAT" in refused("train")
    assert "FILE" in refused("predict", "somewhere")
    assert "RUN_OR_MODEL" in refused("evaluate")


# --- networks and data that do not fit ----------------------------------------------------------------------------


def test_softmax_followed_by_softmax(refused):
    message = refused("train", "xor", "--layers", "dense(2) softmax softmax", "--loss", "cce")
    assert "layer 2 'softmax' follows 'softmax'" in message


def test_layers_that_do_not_take_the_input(refused, digits):
    message = refused("train", f'mnist(folder="{digits}")', "--layers", "dense(10) softmax")
    assert "28" in message


def test_a_network_with_the_wrong_number_of_outputs(refused):
    message = refused("train", "xor", "--layers", "dense(3) sigmoid")
    assert "expects targets of shape (batch, 3), got (4, 1)" in message


def test_labels_out_of_range(refused, digits):
    spec = f'mnist(folder="{digits}")'
    message = refused("train", spec, "--layers", "flatten dense(5) softmax")
    assert "label 5 at sample 5 is none of 0..4" in message


def test_no_layers_at_all(refused):
    refused("train", "xor", "--layers", "")


def from_arrays(train, test=None):
    """A dataset with a recipe for two inputs and one output, given as ``(x, y)``."""

    class Given(gn.DataSource):
        def load(self):
            recipe = gn.datasets.xor().load().recipe
            return gn.Dataset(train=gn.Split(*train), test=gn.Split(*(test or train)), recipe=recipe)

    return gn.registered("dataset", "given", Given)


GOOD_X, GOOD_Y = np.zeros((4, 2), np.float32), np.zeros((4, 1), np.float32)


def spoiled(array, value):
    copy = array.copy()
    copy[2, 0] = value
    return copy


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (spoiled(GOOD_X, np.nan), GOOD_Y, "x has nan at sample 2"),
        (spoiled(GOOD_X, np.inf), GOOD_Y, "x has inf at sample 2"),
        (GOOD_X, spoiled(GOOD_Y, np.nan), "y has nan at sample 2"),
        (GOOD_X, spoiled(GOOD_Y, 3), "3.0 at sample 2 is outside 0..1"),
        (GOOD_X[:0], GOOD_Y[:0], "x is empty"),
        (GOOD_X, GOOD_Y[:3], "x has 4 samples and y has 3"),
        (GOOD_X.astype(str), GOOD_Y, "x has element type"),
    ],
    ids=["NaN", "infinity", "NaN in targets", "target out of range", "empty", "different lengths", "text"],
)
@pytest.mark.parametrize("split", ["train", "test"])
def test_data_that_cannot_be_used(refused, x, y, message, split):
    with from_arrays((x, y)) if split == "train" else from_arrays((GOOD_X, GOOD_Y), (x, y)):
        assert message in refused("train", "given")


def test_a_width_that_the_test_data_have_not(refused):
    with from_arrays((GOOD_X, GOOD_Y), (np.zeros((4, 3), np.float32), GOOD_Y)):
        message = refused("train", "given")
    assert "test x" in message
    assert "(batch, 2)" in message
    assert "(4, 3)" in message


def test_a_fraction_that_leaves_nothing(refused):
    assert "validation=0.01 of 4 samples leaves 4 to train on and 0 to validate" in refused(
        "train", "xor", "--validation", "0.01"
    )


# --- files ------------------------------------------------------------------------------------------------------


@pytest.fixture
def damaged(digits, tmp_path):
    """``damaged(file, change)`` copies the small MNIST, changes one file, and returns a spec for the copy."""

    def make(file, change):
        folder = tmp_path / "damaged"
        shutil.copytree(digits, folder)
        (folder / file).write_bytes(change((folder / file).read_bytes()))
        return f'mnist(folder="{folder}")'

    return make


@pytest.mark.parametrize("file", ["train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content[:-5], "is cut short"),
        (lambda content: b"", "is cut short"),
        (lambda content: b"\x01" + content[1:], "is not an IDX file"),
        (lambda content: content + b"more", "has bytes behind its end"),
        (lambda content: b"\x1f\x8b" + content[2:], "has damaged gzip data"),
    ],
    ids=["truncated", "empty", "magic", "longer", "gzip"],
)
def test_a_damaged_mnist_file_is_named(refused, damaged, file, change, message):
    refusal = refused("train", damaged(file, change))
    assert message in refusal
    assert file in refusal


def test_a_folder_without_the_data(refused, tmp_path):
    assert "cannot find train-images in" in refused("train", f'mnist(folder="{tmp_path}")')


def test_an_experiment_file_that_is_not_there(refused):
    assert "cannot read the experiment mine.toml: No such file or directory" in refused("train", "mine.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('epoch = 3\ndataset = "xor"', "experiment has no option 'epoch', did you mean 'epochs'?"),
        ("epochs = ", "mine.toml is not an experiment file"),
        ("format = 99", "mine.toml has a format newer than this glassnet reads"),
        ('dataset = "xor"', "experiment needs "),
        ('dataset = "xor"\nloss = "mse"\noptimizer = "sgd"\nlayers = "dense(1)"', "layers must be a list of layers"),
        ('dataset = "xor"\nloss = "mse"\noptimizer = "sgd"\nlayers = ["dense(1)"]\nepochs = "3"', "epochs must be int"),
        ('dataset = 3\nloss = "mse"\noptimizer = "sgd"\nlayers = ["dense(1)"]', "expected a dataset"),
        ('[model]\nlayers = ["dense(1)"]', "experiment has no option 'model'"),
    ],
)
def test_an_experiment_file_that_is_wrong(refused, here, text, message):
    (here / "mine.toml").write_text(text)
    refusal = refused("train", "mine.toml")
    assert message in refusal
    assert "mine.toml" in refusal


def test_an_experiment_file_in_another_encoding(refused, here):
    (here / "mine.toml").write_bytes(b"\xff\xfe\x00")
    assert "mine.toml is not an experiment file" in refused("train", "mine.toml")


@pytest.mark.parametrize("out", ["file", "file/below", "file/far/below"])
def test_an_output_folder_that_cannot_be_written(refused, here, out):
    (here / "file").write_text("a file")
    assert f"cannot write into {out}: " in refused("train", "xor", "--out", out)


def test_a_folder_name_that_is_too_long_leaves_no_folders(refused):
    assert "File name too long" in refused("train", "xor", "--out", f"new/{'x' * 300}")


def test_the_default_folder_that_cannot_be_made(refused, here):
    (here / "runs").write_text("a file")
    assert "cannot write into runs: " in refused("train", "xor")


# --- models -----------------------------------------------------------------------------------------------------


COMMANDS = [["evaluate", "xor"], ["predict", "x.npy"]]


@pytest.fixture
def model(here):
    """A model file of a small network."""
    np.save("x.npy", np.zeros(2, np.float32))
    gn.Network("dense(1) sigmoid").build((2,)).save("model.safetensors")
    return here / "model.safetensors"


@pytest.mark.parametrize(("command", "argument"), COMMANDS)
@pytest.mark.parametrize("keep", [0, 5, 50, -3])
def test_a_damaged_model_file(refused, model, command, argument, keep):
    model.write_bytes(model.read_bytes()[:keep])
    assert "model.safetensors is damaged or no model file" in refused(command, "model.safetensors", argument)


@pytest.mark.parametrize(("command", "argument"), COMMANDS)
def test_a_model_file_of_somebody_else(refused, model, command, argument):
    save_file({"weights": np.zeros(3)}, model)
    assert "is a safetensors file, but not one of glassnet's" in refused(command, "model.safetensors", argument)


@pytest.mark.parametrize(("command", "argument"), COMMANDS)
def test_a_model_that_is_not_there(refused, command, argument):
    assert "cannot read the model away.safetensors" in refused(command, "away.safetensors", argument)


def with_description(model, change):
    """Rewrite the description in a model file, and the digest that belongs to it."""
    with safe_open(model, framework="numpy") as file:
        described = json.loads(file.metadata()["glassnet"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is not a dict
    change(described)
    del described["digest"]
    model.write_bytes(encode(tensors, "glassnet", json.dumps(described)))


@pytest.mark.parametrize(("command", "argument"), COMMANDS)
def test_a_model_that_needs_a_plugin_which_is_not_installed(refused, model, command, argument):
    def change(described):
        described["layers"].append("swish(beta=2.0)")
        described["components"]["activation swish"] = "glassnet-swish"

    with_description(model, change)
    message = refused(command, "model.safetensors", argument)
    assert "model.safetensors needs activation swish from glassnet-swish, which is not installed" in message


@pytest.mark.parametrize(("command", "argument"), COMMANDS)
def test_a_model_of_a_newer_format(refused, model, command, argument):
    with_description(model, lambda described: described.update(format=99))
    assert "has format 99" in refused(command, "model.safetensors", argument)
