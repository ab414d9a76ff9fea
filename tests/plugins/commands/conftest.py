"""The command line in this process, in an empty folder, and a small stand-in for MNIST."""

import json
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from glassnet_commands.command_line import main

# As the script that pip installs.
GLASSNET = "import sys; from glassnet_commands.command_line import main; sys.exit(main())"


class Outcome(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def plain(self):
        """The object that was printed as JSON."""
        return json.loads(self.out)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty current folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("GLASSNET_DATA", raising=False)
    return folder


@pytest.fixture
def glassnet(here, capsys):
    """``glassnet("train", "xor")`` runs the command line and returns exit code, output and messages."""

    def run(*arguments):
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return Outcome(code, *capsys.readouterr())

    return run


def write_idx(path, array):
    header = bytes([0, 0, 0x08, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(header + array.astype(np.uint8).tobytes())


def blocks(labels):
    """Images of 28 x 28 pixels that are dark but for a light block whose place tells the label."""
    images = np.zeros((len(labels), 28, 28), np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[2 * label : 2 * label + 3, 4:20] = 200
    return images


@pytest.fixture(scope="session")
def digits(tmp_path_factory):
    """A folder with 200 and 40 easy images in the files of MNIST."""
    folder: Path = tmp_path_factory.mktemp("digits")
    for part, labels in (("train", np.arange(200) % 10), ("t10k", np.arange(40) % 7)):
        write_idx(folder / f"{part}-images-idx3-ubyte", blocks(labels))
        write_idx(folder / f"{part}-labels-idx1-ubyte", labels)
    return folder


@pytest.fixture(scope="session")
def runs(tmp_path_factory, digits):
    """A folder with two finished runs, ``digits`` and ``xor``."""
    folder = tmp_path_factory.mktemp("runs")
    for name, dataset in (("digits", f'mnist(folder="{digits}")'), ("xor", "xor")):
        out = ["--out", str(folder / name), "--batch-size", "20"]
        assert main(["train", dataset, *out, "--quiet", "--no-plots"]) == 0
    return folder


@pytest.fixture
def trained_on_digits(here, runs):
    """The folder of a run that has learnt the easy images."""
    return shutil.copytree(runs / "digits", Path("runs/mnist-1"))


@pytest.fixture
def trained_on_xor(here, runs):
    """The folder of a run that has learnt XOR."""
    return shutil.copytree(runs / "xor", Path("runs/xor-1"))


@pytest.fixture
def site(tmp_path):
    """A folder for further distributions."""
    folder = tmp_path / "site"
    folder.mkdir()
    return folder


@pytest.fixture
def distribution(site):
    """``distribution("glassnet-x", "1.0", {"layers": {"x": "module:X"}}, module=source)`` installs one in `site`."""

    def install(name, version, entry_points, **modules):
        information = site / f"{name.replace('-', '_')}-{version}.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        lines = []
        for group, points in entry_points.items():
            lines += [f"[glassnet.{group}]", *(f"{point} = {target}" for point, target in points.items())]
        (information / "entry_points.txt").write_text("\n".join(lines) + "\n")
        for module, source in modules.items():
            (site / f"{module}.py").write_text(source)

    return install


@pytest.fixture
def run_glassnet(here, site):
    """Run the command line in a process of its own that sees the distributions in `site`."""

    def run(*arguments, **variables):
        return subprocess.run(
            [sys.executable, "-c", GLASSNET, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            env=environment(site, variables),
        )

    return run


def environment(site, variables):
    path = os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", **variables}
