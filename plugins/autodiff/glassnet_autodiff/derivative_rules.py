"""What an entry point under ``glassnet.derivatives`` names."""

from __future__ import annotations

from typing import Any


class _HasTheHook(type):
    def __instancecheck__(cls, thing: Any) -> bool:
        hook = getattr(thing, "glassnet_derivatives", None)
        return hasattr(hook, "glassnet_impl")  # the mark of @gn.hookimpl


class DerivativeRules(metaclass=_HasTheHook):
    """A module or object that implements the hook ``glassnet_derivatives``."""
