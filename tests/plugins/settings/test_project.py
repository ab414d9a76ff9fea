"""``[tool.glassnet]`` of ``pyproject.toml``: the variables ``GLASSNET_…`` of a project."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from importlib_metadata import EntryPoint

from glassnet.errors import FileError, OptionError
from glassnet.registry.plugins import Plugins, plugins
from glassnet_settings.project import read_project

VARIABLES = ("ACCELERATORS", "AUTOLOAD", "DATA", "DISABLE", "PREFER", "STRICT", "THREADS")


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Have an environment without variables of glassnet, and restore what `read_project` changes."""
    monkeypatch.setattr(os, "environ", {n: v for n, v in os.environ.items() if not n.startswith("GLASSNET_")})


@pytest.fixture
def project(tmp_path, monkeypatch):
    """``project(text)`` writes a ``pyproject.toml``; the current folder is two below it."""
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)

    def write(text, folder=tmp_path):
        (folder / "pyproject.toml").write_text(text)
        return folder

    return write


def set_by_project():
    read_project(plugins.groups)
    return {name: value for name, value in os.environ.items() if name.startswith("GLASSNET_")}


def test_every_variable_can_be_set(project):
    folder = project(
        '[tool.glassnet]\nthreads = 2\naccelerators = "off"\nstrict = true\nautoload = false\n'
        'disable = ["hints", "lab"]\nprefer = "glassnet-swish"\ndata = "my/data"\n'
    )
    assert set_by_project() == {
        "GLASSNET_THREADS": "2",
        "GLASSNET_ACCELERATORS": "off",
        "GLASSNET_STRICT": "1",
        "GLASSNET_AUTOLOAD": "0",
        "GLASSNET_DISABLE": "hints,lab",
        "GLASSNET_PREFER": "glassnet-swish",
        "GLASSNET_DATA": str(folder / "my/data"),
    }


def test_the_environment_wins(project):
    project("[tool.glassnet]\nthreads = 2\nstrict = true\n")
    os.environ["GLASSNET_THREADS"] = "5"
    os.environ["GLASSNET_STRICT"] = ""
    assert set_by_project() == {"GLASSNET_THREADS": "5", "GLASSNET_STRICT": ""}


def test_the_nearest_table_counts_alone(project, tmp_path):
    project("[tool.glassnet]\nthreads = 2\nstrict = true\n")
    project("[tool.glassnet]\nthreads = 3\n", tmp_path / "a")
    project('[project]\nname = "glassnet-mine"\n', tmp_path / "a" / "b")
    assert set_by_project() == {"GLASSNET_THREADS": "3"}


@pytest.mark.parametrize(
    "text",
    [
        "[tool.glassnet]\nthreads = 2",
        "[tool]\nglassnet = {threads = 2}",
        '[ tool . "glassnet" ]\nthreads = 2',
        "tool.glassnet.threads = 2",
        "tool = {glassnet = {threads = 2}}",
        "[\"tool\"]\n\n['tool'.glassnet]\nthreads = 2",
    ],
)
def test_toml_may_spell_the_table_in_several_ways(project, text):
    project(text)
    assert set_by_project() == {"GLASSNET_THREADS": "2"}


def test_without_a_table_nothing_is_set(project):
    project("this is not [ TOML, and not ours: glassnet")
    assert set_by_project() == {}


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("thread = 2", OptionError, "has no setting 'thread', did you mean 'threads'? (its settings: accelerators, "),
        ("threads = 1.5", OptionError, "must be a text, a whole number, true, false or a list of texts (got 1.5)"),
        ("disable = [1]", OptionError, "(got [1])"),
        ("threads = ", FileError, "cannot read [tool.glassnet] of "),
    ],
)
def test_a_mistake_is_one_sentence_with_the_file(project, text, error, message):
    folder = project(f"[tool.glassnet]\n{text}\n")
    with pytest.raises(error) as caught:
        read_project(plugins.groups)
    assert message in str(caught.value)
    assert str(folder / "pyproject.toml") in str(caught.value)


def test_what_is_not_a_table_is_told(project):
    folder = project("[tool]\nglassnet = 3\n")
    with pytest.raises(OptionError, match=r"is not a table \(got 3\); write settings as name = value") as caught:
        read_project(plugins.groups)
    assert str(folder / "pyproject.toml") in str(caught.value)
    project("tool = 3\n")
    assert set_by_project() == {}


def test_another_package_may_declare_a_setting(project):
    project("[tool.glassnet]\ncolour = 3\n")
    point = EntryPoint("colour", "glassnet_colour:read", "glassnet.settings")
    read_project({"glassnet.settings": [point]})
    assert os.environ["GLASSNET_COLOUR"] == "3"


def test_a_mistake_stays_an_error_at_every_use(project):
    project("[tool.glassnet]\nthread = 2\n")
    again = Plugins()
    for _ in range(2):
        with pytest.raises(OptionError, match="has no setting 'thread'"):
            _ = again.hooks


def test_components_that_a_project_disables_are_unknown(project, tmp_path):
    project('[tool.glassnet]\ndisable = ["schedules"]\nthreads = 1\n')
    code = (
        "from glassnet.registry.registry import registry\nfrom glassnet_parallel.thread_pool import num_threads\n"
        "print(registry.names('schedule'), num_threads())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=False)
    assert (done.stdout, done.stderr) == ("[] 1\n", "")


def test_a_deleted_folder_has_no_settings(tmp_path, monkeypatch):
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    assert set_by_project() == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('prefer = "a\\u0000b"', "has a null character"),
        (f"threads = {'[' * 5000}", "it is nested too deeply"),
    ],
)
def test_values_that_no_variable_holds_are_errors(project, text, message):
    project(f"[tool.glassnet]\n{text}\n")
    with pytest.raises((OptionError, FileError), match=message):
        read_project(plugins.groups)


def test_large_numbers_and_unknown_homes_are_taken_as_text(project, tmp_path):
    project(f'[tool.glassnet]\nthreads = 0x{"f" * 5000}\ndata = "~nosuchuser/x"\n')
    found = set_by_project()
    assert int(found["GLASSNET_THREADS"], 16) == 16**5000 - 1
    assert found["GLASSNET_DATA"] == str(tmp_path / "~nosuchuser/x")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are of Unix")
def test_a_pipe_with_the_name_of_the_file_is_passed_over(project, tmp_path):
    project("[tool.glassnet]\nthreads = 1\n")
    os.mkfifo(tmp_path / "a" / "b" / "pyproject.toml")
    assert set_by_project() == {"GLASSNET_THREADS": "1"}


def test_a_file_that_may_not_be_read_is_passed_over(project, tmp_path, monkeypatch):
    project("[tool.glassnet]\nthreads = 2\n")
    nearer = project("[tool.glassnet]\nthreads = 3\n", tmp_path / "a") / "pyproject.toml"
    read = Path.read_bytes

    def refused(file):
        if file == nearer:
            raise PermissionError(13, "Permission denied", str(file))
        return read(file)

    monkeypatch.setattr(Path, "read_bytes", refused)
    assert set_by_project() == {"GLASSNET_THREADS": "2"}
