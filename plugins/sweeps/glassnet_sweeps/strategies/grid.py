"""Every combination."""

from __future__ import annotations

from typing import Any

import glassnet as gn
from glassnet_sweeps.space import Space
from glassnet_sweeps.study import Study


class Grid(gn.Strategy):
    """Takes every combination of values; of a range, as many as it says, five by default.

    For one or two settings. With more, random search looks at more values of each setting in as many trials: Bergstra
    and Bengio (2012), Random search for hyper-parameter optimization, JMLR 13.
    """

    def total(self, space: Space, trials: int | None) -> int:
        count = space.grid_count
        if trials is not None and trials < count:
            raise gn.OptionError(
                f"the grid has {count} combinations, and trials={trials}; leave out trials, or take another strategy, "
                "such as random"
            )
        return count

    def propose(self, study: Study) -> dict[str, Any] | None:
        number = len(study.trials)
        return study.space.grid_at(number) if number < study.space.grid_count else None
