"""The hooks by which other plugins say more about a name that is not known."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import glassnet as gn

if TYPE_CHECKING:
    from glassnet.registry.kinds import Kind


class NameHooks:
    """Hooks for unknown names. Mark implementations optional, ``gn.hookimpl(optionalhook=True)``."""

    @gn.hookspec(firstresult=True)
    def glassnet_unknown_component(self, kinds: list[Kind], name: str, known: Collection[str]) -> str | None:
        """Return what to add to the message about a name that no distribution gives; the first result wins.

        Parameters
        ----------
        kinds
            The kind that was asked for, and those that may be used in its place.
        name
            The name, which may be qualified by a distribution.
        known
            The names that are installed.
        """

    @gn.hookspec(firstresult=True)
    def glassnet_missing_install(self, kinds: list[Kind], name: str) -> str | None:
        """Return what has to be installed or switched on for `name` to be known: ``; …``; the first result wins.

        Parameters
        ----------
        kinds
            The kind that was asked for, and those that may be used in its place.
        name
            The name, without a distribution.
        """
