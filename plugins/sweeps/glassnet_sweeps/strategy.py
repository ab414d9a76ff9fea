"""The base class of strategies."""

from __future__ import annotations

from typing import Any

from glassnet.components.component import Component
from glassnet_sweeps.space import Space
from glassnet_sweeps.study import Study

TRIALS = 20


class Strategy(Component):
    """Chooses the settings of the next trial of a sweep.

    An author writes `propose`. A strategy holds nothing from a sweep: all that it needs is in `Study.trials`, so that
    a sweep which was broken off goes on from its journal.
    """

    kind = "strategy"

    def total(self, space: Space, trials: int | None) -> int:
        """Return the number of trials that a sweep will have at most.

        Parameters
        ----------
        space
            The settings that vary.
        trials
            The number that is asked for, or None.

        Raises
        ------
        OptionError
            If the strategy cannot have that number.
        """
        return TRIALS if trials is None else trials

    def propose(self, study: Study) -> dict[str, Any] | None:
        """Return the settings of the next trial by name, or None to wait until the running ones have ended.

        If it returns None and nothing is running, the sweep is over. A setting that does not vary may be set too, such
        as ``epochs``.
        """
        raise NotImplementedError(f"{type(self).__name__} needs propose()")
