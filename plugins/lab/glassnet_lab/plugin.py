"""The plugin: in the folder of a laboratory, the components of its exercises are known by name."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import glassnet as gn

LAB_FILE = "lab.json"


@gn.hookimpl
def glassnet_register(register: Callable[[str, str, Any], None]) -> None:
    """Register the faulty components, in a laboratory alone: nowhere else is anybody to find them by accident."""
    if os.path.isfile(LAB_FILE):
        from glassnet_lab.components.table import COMPONENTS

        for kind, name, component in COMPONENTS:
            register(kind, name, component)
