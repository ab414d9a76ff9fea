"""``glassnet completion``: what a shell is told to complete, and the scripts that ask."""

import os
import re
import shutil
import subprocess
import sys

import pexpect
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
        (["train", "xor", "--layers", "dense(8) re"], ["dense(8) reshape", "dense(8) residual", "dense(8) relu"]),
        (["train", "xor", "--optimizer", "adam(be"], ["adam(beta1=", "adam(beta2="]),
        (["train", "xor", "--optimizer", "adam(lr=0.1, be"], ["adam(lr=0.1, beta1=", "adam(lr=0.1, beta2="]),
        (["train", "xor", "--optimizer", "adam(beta1=0.5, be"], ["adam(beta1=0.5, beta2="]),
        (["train", "xor", "--optimizer", "ema(adam(ep"], ["ema(adam(epsilon="]),
        (["train", "xor", "--optimizer", "ema(adam(lr=0.1), de"], ["ema(adam(lr=0.1), decay="]),
        (["train", "xor", "--layers", "dense(8, regu"], ["dense(8, regularizer="]),
        (["train", "xor", "--layers", "dense(8, regularizer=l1_"], ["dense(8, regularizer=l1_l2"]),
        (["train", "xor", "--layers", "residual([dense(8, bias=F"], ["residual([dense(8, bias=False"]),
        (["train", "xor", "--layers", "gelu(approximate=ta"], ["gelu(approximate=tanh"]),
        (["train", "xor", "--layers", "dense(8, bias=False) dense(2, bi"], ["dense(8, bias=False) dense(2, bias="]),
        (["train", "xor", "--loss", "huber(de"], ["huber(delta="]),
        (["train", "xor", "--layers", "no_such(8, bi"], []),
        (["train", "mnist(fol"], ["mnist(folder="]),
        (["train", "t.csv", "--transforms", "age: impute(by=me"], ["age: impute(by=median", "age: impute(by=mean"]),
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
        (["lab", "start", "--fault", "batch_n"], ["batch_norm_of_two"]),
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


def test_columns_of_the_table_are_completed(here):
    (here / "houses.csv").write_text("price;size;city\n1,5;30;Bonn\n2,5;40;Ulm\n")
    assert completed("train", "houses.csv", "--target", "") == ["price", "size", "city"]
    assert completed("train", "houses.csv", "--target", "price", "--ignore", "s") == ["size"]
    assert completed("train", "none.csv", "--target", "p") == []
    assert completed("train", "xor", "--target", "p") == []


def test_where_nothing_is_known_the_shell_completes_files(here):
    assert completed("train", "elsewhere/") == ["<file>"]
    assert completed("train", "--resume", "elsewhere/") == ["<dir>"]
    assert completed("predict", "run", "dig") == ["<file>"]
    assert completed("train", "mnist(folder='re") == ["<file>"]


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
        (["glassnet", "train", "xor", "--optimizer", '"adam(be'], ["adam(beta1=", "adam(beta2="]),
        (["glassnet", "train", "xor", "--optimizer", '"adam(ep'], ["adam(epsilon=", "adam(epsilon=..."]),
    ],
)
def test_bash_completes_what_it_is_told(glassnet, here, words, reply):
    (here / "script").write_text(glassnet("completion", "bash").out)
    _put_program(here)
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


# How a shell starts without the files of a user, and how it gets the script.
_SHELLS = {
    "bash": (["--norc", "--noprofile"], "source ./script"),
    "zsh": (["-f"], "autoload -Uz compinit && compinit -u && source ./script"),
    "fish": (["--no-config"], "source ./script"),
}


@pytest.mark.parametrize("shell", _SHELLS)
def test_a_tab_in_a_terminal_completes_a_spec(glassnet, here, shell):
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}")
    (here / "script").write_text(glassnet("completion", shell).out)
    _put_program(here)
    options, source = _SHELLS[shell]
    path = os.pathsep.join([str(here), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "TERM": "dumb", "HOME": str(here)}
    child = pexpect.spawn(shell, options, env=environment, encoding="utf-8", timeout=20, dimensions=(40, 200))
    child.sendline(f"{source}; echo re''ady")
    child.expect("ready")
    for typed, rest in (
        ("glassnet train mnist_c", "nn "),
        ('glassnet train xor --optimizer "adam(lr=0.1, eps', "ilon="),
        ('glassnet train xor --layers "dense(8) resh', 'ape" '),
    ):
        child.send(f"{typed}\t")
        # Bash rings the bell between, and fish writes the line once more.
        child.expect(f"{re.escape(typed)}\a?{re.escape(rest)}")
        child.sendcontrol("u")
    child.close(force=True)


def _put_program(folder):
    """Write ``glassnet`` into a folder, as pip does."""
    (folder / "glassnet").write_text(
        f"#!{sys.executable}\nimport sys\nfrom glassnet_commands.command_line import main\nsys.exit(main())\n"
    )
    (folder / "glassnet").chmod(0o755)
