"""The plugin: what ``fit(distributed=True)`` does. Its modules are imported when a training is shared."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import glassnet as gn
from glassnet_distributed.launcher import launched_ranks


@gn.hookimpl
def glassnet_fit_options() -> tuple[str, ...]:
    """Let `fit` share a training between the processes that ``mpiexec`` started.

    ``distributed=True`` does so, and ``distributed="float16"``, or another compression, also says how gradients travel.
    """
    return ("distributed",)


@gn.hookimpl(wrapper=True)
def glassnet_prepare_rows(network: gn.Network, x: Any, y: Any, given: dict[str, Any]) -> Generator[None, Any, Any]:
    """Give this rank its part of the data, and leave to rank 0 what is written and shown."""
    found = yield
    if not given.get("distributed"):
        return found
    from glassnet_distributed.requested import shared_fit

    return shared_fit(*((x, y, given) if found is None else found))


@gn.hookimpl(tryfirst=True)
def glassnet_data_loader(x: Any) -> Any:
    """Take the part of a rank as it is."""
    return x if getattr(type(x), "shares_ranks", False) else None


@gn.hookimpl
def glassnet_default_callbacks(config: Any) -> list[gn.Callback]:
    """Sum over the ranks in each step; and let one process continue what several began."""
    if getattr(type(config.data), "shares_ranks", False):
        from glassnet_distributed.callback import Distributed, SavedState

        return [Distributed(), SavedState()]
    if config.resume_from is None:
        return []
    from glassnet_distributed import continued

    return [continued.Distributed()]


if launched_ranks() > 1:
    from glassnet_distributed.uncaught import tell_of_uncaught_errors

    tell_of_uncaught_errors()
