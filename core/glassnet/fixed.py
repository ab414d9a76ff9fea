"""Attributes that cannot be set, since nothing would come of it."""

from __future__ import annotations

from collections.abc import Mapping

from glassnet.errors import FixedError, did_you_mean


def refuse_fixed(owner: object, name: str, instead: Mapping[str, str]) -> None:
    """Raise `FixedError` if `name` is an attribute that cannot be set.

    Parameters
    ----------
    owner
        The object. What its class, derived by a user, adds to the framework's can be set.
    name
        The attribute.
    instead
        What to do instead, for the attributes that people are likely to set.
    """
    kind = type(owner)
    described = f"a {kind.__name__.lower()}"
    if name in instead:
        raise FixedError(f"the {name} of {described} cannot be set; {instead[name]}")
    found = getattr(kind, name, None)
    if isinstance(found, property) and found.fset is None:
        raise FixedError(f"the {name} of {described} cannot be set: it is computed")
    if found is None and kind.__module__.startswith("glassnet."):
        settable = [each for each in dir(kind) if isinstance(getattr(kind, each), property)]
        raise FixedError(
            f"{described} has no attribute {name!r}{did_you_mean(name, settable)}; nothing would come of setting it"
        )
