"""The plugin: requests that take more memory than is left end in a sentence."""

from __future__ import annotations

import glassnet as gn


@gn.hookimpl
def glassnet_check_memory(needed: float, what: str, advice: str) -> None:
    """Compare what is needed with what is left."""
    from glassnet_memory.memory_limit import check_memory

    check_memory(needed, what, advice)


@gn.hookimpl
def glassnet_out_of_memory(function: str, error: MemoryError) -> Exception:
    """Say which function found too little memory."""
    from glassnet_memory.memory_limit import out_of_memory

    return out_of_memory(function, error)
