"""A build hook of hatchling: wheels and editable installs hold the kernel and each package below ``plugins/``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Packages(BuildHookInterface[Any]):
    """Lists the packages, so that a new plugin is a new folder and no line of ``pyproject.toml``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before hatchling looks at the list."""
        found = Path(self.root).glob("plugins/*/glassnet_*/__init__.py")
        packages = [init.parent.relative_to(self.root).as_posix() for init in found]
        self.build_config.target_config["packages"] = ["core/glassnet", *sorted(packages)]
