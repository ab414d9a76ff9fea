"""EMA: another optimizer, and an average of the parameters that it passes through."""

from __future__ import annotations

from collections.abc import Callable

import glassnet as gn
from glassnet_optimizers.stateful_wrapper import StatefulWrapper


class EMA(StatefulWrapper):
    """Keeps an exponential moving average of the parameters, which the network is validated with and ends with.

    Polyak and Juditsky (1992), Acceleration of Stochastic Approximation by Averaging; with exponential weights as
    in Kingma and Ba (2015), arXiv:1412.6980, section 7.2, and with their correction for an average that starts
    at zero.

    Training goes on from the parameters themselves: the average is kept beside them. It is of parameters alone: what a
    layer such as `batch_norm` carries is that of training. Where `accumulate` is inside, every batch counts, also those
    between two steps, and a step for batches left over counts as one more.

    The slot holds a decaying sum, which takes one pass over the parameters less than a mean. The corrected average is
    the sum over the sum of its weights.

    Conventions
    -----------
    PyTorch's ``swa_utils.get_ema_multi_avg_fn`` starts the average with the first parameters instead of correcting
    it.
    """

    decay: float = gn.option(0.999, ge=0, lt=1, help="part of the average that is kept each step")

    examples = ("ema", "ema(accumulate(adam(lr=0.01), steps=2), decay=0.9)")
    formula = "a = decay a + (1 - decay) p,  used with  a / (1 - decay^t)"
    own_slots = ("sum",)
    own_scalars = ("steps",)

    def step(
        self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int, closure: Callable[[], float]
    ) -> None:
        self.optimizer.step(p, g, self.inside(state), lr, t, closure)
        self._add(p, state, t)

    def finish(
        self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int, closure: Callable[[], float]
    ) -> bool:
        has_stepped = self.optimizer.finish(p, g, self.inside(state), lr, t, closure)
        if has_stepped:
            self._add(p, state, t + 1)
        return has_stepped

    def _add(self, p: gn.Array, state: dict[str, gn.Array], t: int) -> None:
        total = state["sum"]
        total *= self.decay
        total += p
        state["steps"][0] = t

    def averaged_parameters(self, p: gn.Array, state: dict[str, gn.Array]) -> gn.Array | None:
        steps = float(state["steps"][0])
        if steps == 0:
            return None
        weights = (1 - self.decay**steps) / (1 - self.decay)
        corrected: gn.Array = state["sum"] / weights
        return corrected

    def update_terms(
        self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int
    ) -> dict[str, gn.Array] | None:
        return self.optimizer.update_terms(p, g, self.inside(state), lr, t)
