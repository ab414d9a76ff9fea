"""The hook by which plugins read what they put into model files."""

from __future__ import annotations

from typing import Any

import glassnet as gn


class FileHooks:
    """Hooks of model files. Mark implementations optional, ``gn.hookimpl(optionalhook=True)``."""

    @gn.hookspec(firstresult=True)
    def glassnet_preprocessing(self, name: str, described: dict[str, Any], arrays: dict[str, Any]) -> Any:
        """Return the preprocessing of a network in a model file; the first result wins.

        Parameters
        ----------
        name
            The attribute `name` of the object that was saved.
        described, arrays
            What its methods of these names returned.
        """
