"""Settings that fill the space evenly."""

from __future__ import annotations

import warnings
from typing import Any

import glassnet as gn
from glassnet_sweeps.study import Study


class Sobol(gn.Strategy):
    """Takes points of a scrambled Sobol sequence, which fill the space more evenly than random ones.

    Sobol (1967), On the distribution of points in a cube and the approximate evaluation of integrals; scrambled as by
    Owen (1998). Best with a power of two of trials. It takes SciPy, which comes with the extra ``sweep``.
    """

    def propose(self, study: Study) -> dict[str, Any] | None:
        with gn.needs_extra("the strategy sobol needs the package scipy", "sweep"):
            from scipy.stats import qmc
        sequence = qmc.Sobol(len(study.space), scramble=True, rng=study.seed)
        with warnings.catch_warnings():  # the sequence is taken one point at a time
            warnings.simplefilter("ignore", UserWarning)
            if study.trials:  # SciPy cannot go forward by nothing
                sequence.fast_forward(len(study.trials))
            return study.space.at(sequence.random(1)[0])
