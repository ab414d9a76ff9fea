"""A run with the options of `fit`, before its first step."""

from __future__ import annotations

from inspect import signature
from typing import Any

import glassnet as gn


def new_run(network: gn.Network, x: Any, y: Any, options: dict[str, Any]) -> gn.Run:
    """Return a run with the options of `fit` that has not begun; build the network first if needed.

    Raises
    ------
    OptionError
        If `fit` does not take the options.
    """
    function = gn.Network.fit
    found = signature(function)
    try:
        bound = found.bind(network, x, y, **options)
    except TypeError as error:
        wrong = gn.plugin_hooks().glassnet_wrong_call(function=function, values=(network, x, y), named=options)
        raise wrong or error from None
    bound.apply_defaults()
    by_name = [name for name, one in found.parameters.items() if one.kind in (one.KEYWORD_ONLY, one.VAR_KEYWORD)]
    given = {name: bound.arguments[name] for name in by_name}
    return network.new_run(x, y, given)
