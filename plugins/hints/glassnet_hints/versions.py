"""Distributions that were made for another version of glassnet."""

from __future__ import annotations

from typing import Any

import importlib_metadata

from glassnet.support.distributions import OWN_DISTRIBUTION, canonical


def other_version_needed(distribution: Any) -> str | None:
    """Return that the metadata of a distribution ask for another version of glassnet than this one, if they do."""
    # Importing it takes a fifth of the time that `glassnet --help` has.
    from packaging.requirements import Requirement

    for requirement in map(Requirement, (distribution.requires if distribution is not None else None) or ()):
        if canonical(requirement.name) != OWN_DISTRIBUTION:
            continue
        present = importlib_metadata.version(OWN_DISTRIBUTION)
        applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if applies and not requirement.specifier.contains(present, prereleases=True):
            return f"it needs glassnet{requirement.specifier}, and this is glassnet {present}"
    return None
