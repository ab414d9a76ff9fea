"""``glassnet new``: a complete plugin project of any kind, ready to be changed."""

from __future__ import annotations

import datetime
import re
import shutil
import string
import tempfile
from importlib.resources import files
from pathlib import Path

import click

import glassnet as gn
from glassnet.errors import SpecError
from glassnet.registry.kinds import Kind
from glassnet.registry.registry import registry
from glassnet.support.files import make_folder
from glassnet_commands.completed import kinds
from glassnet_commands.echoed import echo

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TEMPLATES = files("glassnet_commands") / "templates"


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
    if not _NAME.fullmatch(name):
        raise SpecError(
            f"a component's name is lower-case letters, digits and underscores, and begins with a letter (got {name!r})"
        )
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
    words = {
        "kind": kind.name,
        "group": kind.group,
        "name": name,
        "attribute": name if kind.instances else "".join(part.capitalize() for part in name.split("_")),
        "module": module,
        # What the template of an accelerator stands in for.
        "speeds_up": " [optimizer.glassnet.sgd]" if kind.name == "accelerator" else "",
        "distribution": distribution,
        "summary": f"The {kind.name} {name} for glassnet.",
        "glassnet_version": gn.__version__,
        "year": str(datetime.date.today().year),
    }
    templates = {
        "pyproject.toml": "project/pyproject.toml.txt",
        "README.md": "project/README.md.txt",
        "LICENSE": "project/LICENSE.txt",
        f"{module}/__init__.py": f"modules/{kind.name}.py.txt",
        f"tests/test_{name}.py": "project/tests/test_name.py.txt",
    }
    texts = {path: (_TEMPLATES / template).read_text("utf-8") for path, template in templates.items()}
    return {f"{module}/py.typed": "", **{path: string.Template(text).substitute(words) for path, text in texts.items()}}


def _write(target: Path, texts: dict[str, str]) -> None:
    """Write a project's files, all of them or none."""
    above = make_folder(target.parent)
    with tempfile.TemporaryDirectory(dir=above, prefix=".glassnet-new-") as temporary:
        project = Path(temporary) / "project"
        for path, text in texts.items():
            (project / path).parent.mkdir(parents=True, exist_ok=True)
            (project / path).write_text(text, "utf-8")
        shutil.move(project, target)
