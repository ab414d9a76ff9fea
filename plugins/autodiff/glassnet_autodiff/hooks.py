"""The hook by which plugins bring derivatives of functions that the tape does not know."""

from __future__ import annotations

from typing import Any

import glassnet as gn


class DerivativeHooks:
    """The hook of this plugin."""

    @gn.hookspec
    def glassnet_derivatives(self) -> Any:
        """Return derivatives of functions that the tape does not know.

        Found under the entry-point group ``glassnet.derivatives``, where an entry names a module or object that
        has this hook. Called when traced code calls a function without a derivative.

        Returns
        -------
        dict
            A rule for each function. ``rule(g, y, *arguments, **options)`` is given the gradient of the result,
            the result, and what the function was called with. It returns a gradient for each argument by position.
            That is zero where the result does not change with the argument, and None where it has no derivative.
        """
