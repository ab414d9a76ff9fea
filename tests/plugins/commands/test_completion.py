"""``glassnet completion``: what a shell is told to complete, and the scripts that ask."""

import os
import shutil
import subprocess
import sys

import pytest
from click.shell_completion import BashComplete

from glassnet.registry.registry import registry
from glassnet_commands.command_line import COMPLETE_VARIABLE, glassnet as group


def completed(*words):
    """Return what the last of some words can become."""
    *before, incomplete = words
    found = BashComplete(group, {}, "glassnet", COMPLETE_VARIABLE).get_completions(list(before), incomplete)
    return [item.value if item.type == "plain" else f"<{item.type}>" for item in found]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["tra"], ["train"]),
        (["train", "mnis"], ["mnist", "mnist_cnn"]),
        (["train", "xor", "--batch"], ["--batch-size"]),
        (["train", "xor", "--loss", "categ"], ["categorical_crossentropy"]),
        (["train", "xor", "--optimizer", "ada"], ["adagrad", "adam", "adamw"]),
        (["train", "xor", "--optimizer", "ema(rms"], ["ema(rmsprop"]),
        (["train", "xor", "--layers", "flatten dens"], ["flatten dense"]),
        (["train", "xor", "--layers", "residual([dense(2), rel"], ["residual([dense(2), relu"]),
        (["train", "xor", "--metrics", "accuracy conf"], ["accuracy confusion_matrix"]),
        (["train", "xor", "--callbacks", "early"], ["early_stopping"]),
        (["train", "xor", "--schedule", "cos"], ["cosine"]),
        (["train", "xor", "--regularizer", "l1_"], ["l1_l2"]),
        (["train", "xor", "--dtype", "float6"], ["float64"]),
        (["evaluate", "run", "mnis"], ["mnist", "mnist_cnn"]),
        (["evaluate", "run", "--metrics", "prec"], ["precision"]),
        (["plugins", "opti"], ["optimizer"]),
        (["plugins", "sho"], ["show"]),
        (["plugins", "show", "loss:hu"], ["loss:huber"]),
        (["check", "loss:huber", "activation:rel"], ["activation:relu"]),
        (["check", "--dist", "glassn"], ["glassnet"]),
        (["new", "activ"], ["activation"]),
        (["completion", "ba"], ["bash"]),
        (["no_such_command", "x"], []),
    ],
)
def test_names_are_completed(here, words, expected):
    assert completed(*words) == expected


def test_without_a_beginning_all_names_are_there(here):
    assert completed("train", "") == registry.names("dataset")
    assert completed("new", "") == list(registry.kinds)
    assert set(registry.names("command")) <= set(completed(""))


def test_run_folders_tables_and_experiments_are_completed(glassnet, here):
    glassnet("train", "xor", "--epochs", 1, "--quiet", "--no-plots")
    glassnet("train", "xor", "--epochs", 1, "--quiet", "--no-plots", "--out", "mine")
    (here / "ok.csv").touch()
    (here / "plan.toml").touch()
    (here / "notes.txt").touch()
    (here / "model.safetensors").touch()
    assert completed("train", "ok") == ["ok.csv"]
    assert completed("train", "pl") == ["plan.toml"]
    assert completed("train", "--resume", "") == ["mine", "runs/xor-1"]
    assert completed("train", "--resume", "runs/") == ["runs/xor-1"]
    assert completed("evaluate", "m") == ["mine", "model.safetensors"]
    assert completed("predict", "runs/x") == ["runs/xor-1"]


def test_where_nothing_is_known_the_shell_completes_files(here):
    assert completed("train", "elsewhere/") == ["<file>"]
    assert completed("train", "--resume", "elsewhere/") == ["<dir>"]
    assert completed("predict", "run", "dig") == ["<file>"]


def test_a_plugin_that_is_broken_is_completed_all_the_same(distribution, run_glassnet):
    distribution("broken", "1.0", {"commands": {"broken": "gone:nothing"}, "datasets": {"wrong": "gone:nothing"}})
    variables = {COMPLETE_VARIABLE: "bash_complete", "COMP_CWORD": "1"}
    outcome = run_glassnet(COMP_WORDS="glassnet bro", **variables)
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (0, "plain,broken\n", "")
    outcome = run_glassnet(COMP_WORDS="glassnet\ntrain\nwro", **{**variables, "COMP_CWORD": "2"})
    assert (outcome.stdout, outcome.stderr) == ("plain,wrong\n", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_names_the_program_and_its_variable(glassnet, shell):
    outcome = glassnet("completion", shell)
    assert outcome.code == 0
    assert f"{COMPLETE_VARIABLE}={shell}_complete" in outcome.out
    assert "glassnet completion" in glassnet("completion", "--help").out


def test_another_shell_is_refused(glassnet):
    outcome = glassnet("completion", "tcsh")
    assert outcome.code == 2
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in outcome.err


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no Bash")
@pytest.mark.parametrize(
    ("words", "reply"),
    [
        (["glassnet", "train", "mnis"], ["mnist", "mnist_cnn"]),
        # Bash breaks words at colons, and puts what is completed behind the last of them.
        (["glassnet", "plugins", "show", "loss", ":", "hu"], ["huber"]),
        (["glassnet", "check", "regularizer", ":"], ["l1", "l1_l2", "l2"]),
        (["glassnet", "train", "xor", "--layers", '"flatten dens'], ["flatten dense"]),
    ],
)
def test_bash_completes_what_it_is_told(glassnet, here, words, reply):
    (here / "script").write_text(glassnet("completion", "bash").out)
    (here / "glassnet").write_text(
        f"#!{sys.executable}\nimport sys\nfrom glassnet_commands.command_line import main\nsys.exit(main())\n"
    )
    (here / "glassnet").chmod(0o755)
    quoted = " ".join(f"'{word}'" for word in words)
    asked = f"""
    source ./script
    COMP_WORDS=({quoted})
    COMP_CWORD={len(words) - 1}
    _glassnet_completion ./glassnet
    printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    outcome = subprocess.run(
        ["bash", "--norc", "-c", asked], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert outcome.stdout.splitlines() == reply
    assert outcome.stderr == ""
