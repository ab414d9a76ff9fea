"""Gradients that accumulate: those of earlier batches are still in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_doctor.foreign import difference_of_passes, exact_twin, foreign_parts, gradients_of, where_is

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class GradientsAccumulate(gn.Rule):
    """Runs one batch backward twice, if a layer is not one of glassnet's, and finds gradients that have grown."""

    reference = "Goodfellow, Bengio and Courville (2016), Deep Learning, section 6.5"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        suspects = foreign_parts(case)
        if not suspects or difference_of_passes(case) > 0:
            return
        twin, x, y = exact_twin(case)
        first, second = gradients_of(case, twin, x, y), gradients_of(case, twin, x, y)
        for slice_ in twin.layout.slices:
            once, twice = (slice_.view(each).reshape(-1) for each in (first, second))
            size = float(np.linalg.norm(once))
            growth = float(np.linalg.norm(twice)) / size if size > 0 else 1.0
            if growth > 1.2:
                layer = case.network.layers[int(slice_.name.split(".")[0])]
                yield self.finding(
                    0.99,
                    f"{slice_.name!r} of {where_is(case, layer)}",
                    "the gradient of the same batch is larger the second time: those of batches before are still in it",
                    "assign gradients in backward, grads['weights'][...] = …, and add nothing to them",
                    growth=growth,
                )
                return
