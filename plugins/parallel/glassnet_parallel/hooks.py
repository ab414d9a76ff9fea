"""The hook that is called when a network predicts NaN or infinity."""

from __future__ import annotations

from typing import Any

import glassnet as gn


class PredictionHooks:
    """Hooks of predictions. Mark implementations optional, ``gn.hookimpl(optionalhook=True)``."""

    @gn.hookspec
    def glassnet_nonfinite_outputs(self, network: Any) -> None:
        """Warn of a network whose outputs are NaN or infinite. Called by `Network.predict`."""
