"""Trees of arrays: dictionaries by name, nested as the layers of a network are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def tree_map(change: Callable[[Any], Any], tree: dict[str, Any]) -> dict[str, Any]:
    """Return a tree with each leaf changed; a branch that occurs twice stays one object."""
    done: dict[int, dict[str, Any]] = {}

    def of(branch: dict[str, Any]) -> dict[str, Any]:
        if id(branch) not in done:
            changed = {name: of(one) if isinstance(one, dict) else change(one) for name, one in branch.items()}
            done[id(branch)] = changed
        return done[id(branch)]

    return of(tree)


def named_leaves(tree: dict[str, Any]) -> dict[str, Any]:
    """Return the leaves of a tree by full name: ``{"0": {"mean": a}}`` as ``{"0.mean": a}``.

    A branch that occurs in several places is listed under the first.
    """
    leaves: dict[str, Any] = {}
    listed: set[int] = set()

    def put(branch: dict[str, Any], prefix: str) -> None:
        if id(branch) in listed:
            return
        listed.add(id(branch))
        for name, below in branch.items():
            if isinstance(below, dict):
                put(below, f"{prefix}{name}.")
            else:
                leaves[prefix + name] = below

    put(tree, "")
    return leaves
