"""``glassnet new``: a project of every kind, that installs and passes its own tests as it is written."""

import sys
import tomllib

import pytest

from glassnet.registry.registry import registry
from glassnet_commands.command_line import main
from tests.attack.children import in_child
from tests.attack.recipes import call
from tests.attack.sabotage import Sabotage


@pytest.mark.parametrize("kind", registry.kinds)
def test_a_project_is_complete_and_names_what_it_brings(kind, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["new", kind, "my_own"]) == 0
    project = tmp_path / "glassnet-my-own"
    written = sorted(str(path.relative_to(project)) for path in project.rglob("*") if path.is_file())
    assert written == [
        "LICENSE",
        "README.md",
        "glassnet_my_own/__init__.py",
        "glassnet_my_own/py.typed",
        "pyproject.toml",
        "tests/test_my_own.py",
    ]
    described = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    assert described["name"] == "glassnet-my-own"
    target = described["entry-points"][registry.kinds[kind].group]["my_own"]
    module = (project / "glassnet_my_own" / "__init__.py").read_text()
    attribute = target.partition(":")[2].partition(" [")[0]
    if attribute:
        assert any(f"{start}{attribute}" in module for start in ("class ", "def ", "\n"))
    assert not any("$" in (project / path).read_text() for path in written)
    assert "next: cd glassnet-my-own" in capsys.readouterr().out


def test_what_exists_is_never_overwritten(tmp_path, capsys):
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "precious").write_text("kept")
    assert main(["new", "layer", "mine", "--dir", str(tmp_path / "here")]) == 2
    assert "exists already; choose another folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.rglob("*")] == ["here", "precious"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["activaton", "mine"], "unknown kind 'activaton', did you mean 'activation'?"),
        (["activation", "My-Own"], "lower-case letters, digits and underscores"),
        (["activation", "../up"], "lower-case letters, digits and underscores"),
    ],
)
def test_a_wrong_request_writes_nothing(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["new", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_named(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["new", "layer", "mine", "--dir", str(tmp_path / "file" / "project")]) == 2
    assert "cannot write into" in capsys.readouterr().err


@pytest.mark.slow
def test_projects_of_every_kind_install_and_pass_their_tests_at_once(environment, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for kind in registry.kinds:
        assert main(["new", kind, f"own_{kind}"]) == 0
    projects = sorted(tmp_path.glob("glassnet-own-*"))
    assert len(projects) == len(registry.kinds)
    editable = " ".join(f"-e {project.name}" for project in projects)
    environment.shell(f"pip install --no-build-isolation --no-deps {editable}", tmp_path)
    for project in projects:
        printed = environment.shell("python -m pytest", project)
        assert " passed" in printed
        assert "skipped" not in printed


@pytest.mark.skipif(sys.platform != "linux", reason="children are forked from a server")
@pytest.mark.parametrize(
    ("plan", "how"), [(Sabotage("replace", 1, "die"), "killed"), (Sabotage("write", 4, "fail"), "refused")]
)
def test_what_was_left_half_written_is_gone_after_the_next(tmp_path, plan, how):
    words = ["new", "layer", "mine", "--dir", str(tmp_path / "project")]
    assert in_child(call, words, plan).how == how
    assert not (tmp_path / "project").exists()
    assert (list(tmp_path.iterdir()) == []) is (how == "refused")
    assert in_child(call, words, None).how == "done"
    assert [path.name for path in tmp_path.iterdir()] == ["project"]
    assert len(list((tmp_path / "project").rglob("*"))) == 8
