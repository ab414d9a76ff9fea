"""The measured libraries. Each file imports its own library only, so a missing library leaves out no other."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping

from benchmarks.peers.peer import Peer

OURS = "glassnet"
PLAIN = "glassnet, plain NumPy"
REFERENCE = "glassnet, reference mode"
DEFAULT_ADAM = "PyTorch, default Adam"
FUSED_ADAM = "PyTorch, fused Adam"
COMPILED = "PyTorch, torch.compile"
SCIKIT_LEARN = "scikit-learn"
JAX = "JAX, jit and optax"
KERAS = "Keras on JAX"
FLOOR = "matrix products alone"

_CLASSES = {
    OURS: "ours:Glassnet",
    PLAIN: "ours:PlainGlassnet",
    REFERENCE: "ours:ReferenceGlassnet",
    DEFAULT_ADAM: "pytorch:DefaultAdam",
    FUSED_ADAM: "pytorch:FusedAdam",
    COMPILED: "pytorch:Compiled",
    SCIKIT_LEARN: "scikit_learn:ScikitLearn",
    JAX: "jax_optax:Jax",
    KERAS: "keras_jax:Keras",
    FLOOR: "matrix_products:MatrixProducts",
}
ALL = tuple(_CLASSES)
_wanted: set[str] = set(ALL)


def peer_class(name: str, classes: Mapping[str, str] = _CLASSES) -> type[Peer]:
    """Return the class of a peer, and import its library."""
    module, _, class_name = classes[name].partition(":")
    found: type[Peer] = getattr(importlib.import_module(f"benchmarks.peers.{module}"), class_name)
    return found


def limit_to(names: Iterable[str]) -> None:
    """Let no others take part from now on."""
    _wanted.clear()
    _wanted.update(names)


def takes_part(name: str) -> bool:
    """Tell whether a peer is wanted."""
    return name in _wanted


def available(
    names: Iterable[str] = ALL, classes: Mapping[str, str] = _CLASSES
) -> tuple[dict[str, type[Peer]], dict[str, str]]:
    """Return the classes of the peers that are there, and why others are not.

    Parameters
    ----------
    names
        The peers that are asked for.
    classes
        The module and the class of each peer, such as ``"ours:Glassnet"``.
    """
    there: dict[str, type[Peer]] = {}
    missing: dict[str, str] = {}
    for name in filter(takes_part, names):
        try:
            found = peer_class(name, classes)
        except ImportError as error:
            missing[name] = f"{error.name or error} is not installed"
            continue
        if reason := found.why_not_here():
            missing[name] = reason
        else:
            there[name] = found
    return there, missing
