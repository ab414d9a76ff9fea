"""What is shipped: the wheel and the editable install give the same plugins, data and licences."""

import json
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_ships_data_types_and_licences(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for shipped in (
        "glassnet_datasets/data/mnist/train-images-idx3-ubyte.gz",
        "glassnet_datasets/data/mnist/ATTRIBUTION.md",
        "glassnet/py.typed",
        "glassnet_layers/py.typed",
    ):
        assert shipped in names
    assert any(name.endswith("dist-info/licenses/LICENSE") for name in names)
    assert any(name.endswith(".data/data/share/man/man1/glassnet.1") for name in names)
    attribution = zipfile.ZipFile(wheel).read("glassnet_datasets/data/mnist/ATTRIBUTION.md").decode()
    for named in ("LeCun", "Cortes", "Burges", "CC BY-SA 3.0"):
        assert named in attribution


def test_every_entry_point_of_the_project_names_something_in_the_wheel(wheel):
    contents = set(zipfile.ZipFile(wheel).namelist())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    points = [value for group in project["entry-points"].values() for value in group.values()]
    assert len(points) > 30
    for target in points:
        module = EntryPoint("", target, "").module.replace(".", "/")
        assert {f"{module}.py", f"{module}/__init__.py"} & contents, target


def test_imports_point_the_right_way():
    done = subprocess.run([Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 kept, 0 broken" in done.stdout


@pytest.mark.slow
def test_wheel_and_editable_install_expose_the_same_plugins(wheel, tmp_path):
    """Both are installed in empty environments, with everything that they depend on."""
    listed = []
    for name, what in (("wheel", [wheel]), ("editable", ["--editable", ROOT])):
        venv.create(tmp_path / name, with_pip=True)
        programs = tmp_path / name / "bin"
        subprocess.run([programs / "pip", "install", "--quiet", *what], check=True)
        done = subprocess.run([programs / "glassnet", "plugins", "--check", "--json"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        plugins = json.loads(done.stdout)["plugins"]
        assert {plugin["status"] for plugin in plugins} == {"ok"}
        listed.append([(plugin["kind"], plugin["name"], plugin["target"]) for plugin in plugins])
    assert listed[0] == listed[1]
    assert ("activation", "relu", "glassnet_activations.relu:Relu") in listed[0]
