"""The components of a kind, with the first line that each says of itself."""

from __future__ import annotations

import glassnet as gn


def listed(namespace: gn.Namespace) -> str:
    """Return the components of a namespace such as ``gn.layers``, one a line."""
    plural = repr(namespace).partition(":")[0].removeprefix("<")
    names = dir(namespace)
    width = max(map(len, names), default=0)
    lines = [f"The installed {plural}. help(gn.{plural}.NAME) shows one in full.", ""]
    return "\n".join([*lines, *(f"{name:{width}}  {_first_line(namespace, name)}" for name in names)])


def _first_line(namespace: gn.Namespace, name: str) -> str:
    try:
        return (getattr(namespace, name).__doc__ or "").strip().partition("\n")[0]
    except gn.PluginLoadError as error:
        return str(error)
