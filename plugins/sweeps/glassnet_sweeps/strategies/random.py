"""Settings at random."""

from __future__ import annotations

from typing import Any

import glassnet as gn
from glassnet_sweeps.study import Study

# In a space of a few points, most draws have been drawn before.
_DRAWS = 1000


class Random(gn.Strategy):
    """Draws each setting at random, and no combination twice.

    Bergstra and Bengio (2012), Random search for hyper-parameter optimization, JMLR 13: it finds settings as good as
    those of a grid in fewer trials, since mostly few settings matter.
    """

    def propose(self, study: Study) -> dict[str, Any] | None:
        rng = study.rng
        known = [each.settings for each in study.trials]
        for _ in range(_DRAWS):
            drawn = study.space.at(rng.random(len(study.space)))
            if drawn not in known:
                return drawn
        return None  # all combinations have been tried
