"""``glassnet new``: a complete plugin project of any kind, ready to be changed."""

from __future__ import annotations

import contextlib
import datetime
import shutil
import string
from importlib.resources import files
from pathlib import Path

import click

import glassnet as gn
from glassnet.errors import SpecError
from glassnet.registry.kinds import Kind
from glassnet.registry.registry import registry
from glassnet.registry.spec import bad_name, is_name
from glassnet_commands.completed import kinds
from glassnet_commands.echoed import echo
from glassnet_commands.resources import resource_text
from glassnet_files.files import ensure_directory, new_part

_TEMPLATES = files("glassnet_commands") / "templates"
# How the first line of a template begins that names another entry point than ``$module:$attribute``.
_TARGET = "# entry point: "


@click.command()
@click.argument("kind", shell_complete=kinds())
@click.argument("name")
@click.option("--dir", "folder", type=click.Path(path_type=Path), help="Where to; by default ./glassnet-NAME.")
def new(kind: str, name: str, folder: Path | None) -> None:
    """Write a plugin project of any kind, ready to be changed.

    KIND is what the project brings, such as activation, and NAME what that is called.

    The project has a working, explained example, tests that call the conformance kit, a README and a licence.
    Nothing is downloaded, and nothing that exists is overwritten.
    """
    of_kind = registry.kind(kind)
    if not is_name(name):
        raise SpecError(bad_name(name))
    distribution = f"glassnet-{name.replace('_', '-')}"
    target = folder if folder is not None else Path(distribution)
    if target.exists():
        raise gn.FileError(f"{target} exists already; choose another folder with --dir, or another name")
    _write(target, _project(of_kind, name, distribution))
    echo(f"wrote {target}: {of_kind.article} called {name}")
    echo(f'next: cd {target} && pip install -e ".[test]" && pytest')


def _project(kind: Kind, name: str, distribution: str) -> dict[str, str]:
    """Return the files of a project: path to text."""
    module = f"glassnet_{name}"
    camel_case = "".join(part.capitalize() for part in name.split("_"))
    words = {
        "kind": kind.name,
        "group": kind.group,
        "name": name,
        "attribute": name if kind.instances else camel_case,
        "base": camel_case,
        "module": module,
        "distribution": distribution,
        "summary": f"The {kind.name} {name} for glassnet.",
        "dependencies": _dependencies(kind),
        "year": str(datetime.date.today().year),
    }
    text = _template(kind)
    target, text = text.split("\n", 1) if text.startswith(_TARGET) else (_TARGET + "$module:$attribute", text)
    words["target"] = string.Template(target.removeprefix(_TARGET)).substitute(words)
    templates = {
        "pyproject.toml": "pyproject.toml.txt",
        "README.md": "README.md.txt",
        "LICENSE": "LICENSE.txt",
        f"tests/test_{name}.py": "tests/test_name.py.txt",
    }
    texts = {path: (_TEMPLATES / "project" / template).read_text("utf-8") for path, template in templates.items()}
    texts[f"{module}/__init__.py"] = text
    return {f"{module}/py.typed": "", **{path: string.Template(text).substitute(words) for path, text in texts.items()}}


def _dependencies(kind: Kind) -> str:
    """Return what a component of the kind needs, as the elements of a TOML list."""
    declared = [entry for entry in registry.entries("kind") if entry.name == kind.name and not entry.is_own]
    needed = [("glassnet", gn.__version__), *((entry.distribution, entry.version) for entry in declared)]
    return ", ".join(f'"{name}>={version}"' for name, version in needed)


def _template(kind: Kind) -> str:
    """Return the text from which a component of a kind is made: what the kind brings, or what is beside this command.

    Raises
    ------
    SpecError
        If there is none.
    """
    if kind.template:
        return resource_text(kind.template)
    file = _TEMPLATES / "modules" / f"{kind.name}.py.txt"
    if not file.is_file():
        raise SpecError(f"there is no template for {kind.article}; the package that declares the kind can bring one")
    return file.read_text("utf-8")


def _write(target: Path, texts: dict[str, str]) -> None:
    """Write a project's files, all of them or none."""
    ensure_directory(target.parent)
    # It is locked, and its name follows from that of the target: what a killed process has left is found by it.
    with new_part(target) as part:
        project = Path(f"{part.name}-project")
        shutil.rmtree(project, ignore_errors=True)
        try:
            for path, text in texts.items():
                (project / path).parent.mkdir(parents=True, exist_ok=True)
                (project / path).write_text(text, "utf-8")
            project.rename(target)
        finally:
            shutil.rmtree(project, ignore_errors=True)
            with contextlib.suppress(OSError):
                Path(part.name).unlink()
