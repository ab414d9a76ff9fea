"""glassnet: a neural-network framework in which every part can be seen and replaced.

::

    import glassnet as gn

    data = gn.datasets.mnist().load()
    net = gn.Network(["flatten", "dense(128)", "relu", "dense(10)", "softmax"])
    net.fit(data.train, loss="categorical_crossentropy", optimizer="adam", epochs=5)

A name is imported when it is first used, so ``import glassnet`` costs next to nothing. The file ``__init__.pyi`` says
where each name of the kernel is; plugins give the others, and each kind has one that lists its components.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any


@cache
def _modules() -> dict[str, str | None]:
    """Return the module of each public name; None if a plugin gives it."""
    import ast

    with open(f"{__file__}i", encoding="utf-8") as stub:  # __init__.pyi
        statements = ast.parse(stub.read()).body
    modules: dict[str, str | None] = {}
    for each in statements:
        if isinstance(each, ast.ImportFrom):
            module = each.module if each.module and each.module.startswith("glassnet.") else None
            modules |= {alias.name: module for alias in each.names}
        elif isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            modules[each.target.id] = None
    return modules


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return sorted(_modules())
    if name == "__version__":
        return importlib.import_module("importlib_metadata").version("glassnet")
    module = _modules().get(name)
    value = _of_plugin(name) if module is None else getattr(importlib.import_module(module), name)
    if name in _modules():
        globals()[name] = value  # so that the next use is an ordinary one
    return value


def _of_plugin(name: str) -> Any:
    """Return a public name that a plugin gives, or the namespace of a kind."""
    from importlib.util import find_spec

    # ``from glassnet import registry`` asks here before it imports the module.
    if name.startswith("_") or find_spec(f"glassnet.{name}") is not None:
        raise AttributeError(f"module 'glassnet' has no attribute {name!r}")
    from glassnet.components.attributes import public_name

    return public_name(name)


def __dir__() -> list[str]:
    return sorted(_modules())
