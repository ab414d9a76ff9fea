"""What tests of the core share: distributions that are installed for one test, as folders on the path."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from glassnet.registry import plugins as plugins_module, registry as registry_module
from glassnet.registry.plugins import Plugins
from glassnet.registry.registry import Registry

SWISH = """
    import glassnet as gn
    import numpy as np

    class Swish(gn.Activation):
        \"\"\"x times the logistic function of beta x.\"\"\"

        beta: float = gn.option(1.0, gt=0, help="steepness")

        def forward(self, x):
            return x / (1 + np.exp(-self.beta * x))

        def backward(self, dy, x, y):
            s = 1 / (1 + np.exp(-self.beta * x))
            return dy * (s + self.beta * x * s * (1 - s))
"""


@pytest.fixture
def swish() -> str:
    """The source of a module with a working activation, `Swish`."""
    return textwrap.dedent(SWISH)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Path]]:
    """Return a function that installs a distribution until the test is over; what it imported is forgotten then."""

    def install(
        name: str,
        entry_points: dict[str, str],
        modules: dict[str, str] | None = None,
        *,
        version: str = "1.0",
        requires: Sequence[str] = ("glassnet",),
        checkout: Path | None = None,
    ) -> Path:
        folder = tmp_path / "installed" / f"{name}-{version}"
        metadata = folder / f"{name.replace('-', '_')}-{version}.dist-info"
        metadata.mkdir(parents=True)
        needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}")
        lines = []
        for key, target in entry_points.items():
            group, _, point = key.partition("/")
            lines.append(f"[glassnet.{group}]\n{point} = {target}\n")
        (metadata / "entry_points.txt").write_text("\n".join(lines))
        if checkout is not None:
            source = {"url": checkout.as_uri(), "dir_info": {"editable": True}}
            (metadata / "direct_url.json").write_text(json.dumps(source))
        for file, source in (modules or {}).items():
            path = folder / f"{file}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(source))
        monkeypatch.syspath_prepend(str(folder))
        return folder

    yield install
    for name, module in list(sys.modules.items()):
        if str(tmp_path) in str(getattr(module, "__file__", None)):
            del sys.modules[name]


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    """The program's registry, as it is in a program that has just started, and without the user's settings."""
    for variable in ("GLASSNET_PREFER", "GLASSNET_DISABLE", "GLASSNET_AUTOLOAD", "GLASSNET_STRICT"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(plugins_module.plugins, "__dict__", Plugins().__dict__)
    monkeypatch.setattr(registry_module.registry, "__dict__", Registry(plugins_module.plugins).__dict__)
    return registry_module.registry
