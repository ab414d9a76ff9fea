"""A suite: what a package that declares a kind of its own has to say about the checks of its components."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs

from glassnet_testing.runner.check import Check


@attrs.frozen
class Suite:
    """The checks of one kind, which `Kind.checks` names.

    What holds for components of every kind is checked besides: docstring and source code, help and range of each
    option, the spec that makes a component again.

    Attributes
    ----------
    checks
        What has to hold for a component of the kind, in the order in which it is checked.
    use
        Uses a component once with a seed, and yields arrays. With it, the kit checks that two uses, two threads and
        two instances give the same bytes, and that a component keeps nothing.
    entrance
        Checks without which none of the others can be made.
    """

    checks: tuple[Check, ...]
    use: Callable[[Any, int], Iterator[Any]] | None = None
    entrance: tuple[Check, ...] = ()
