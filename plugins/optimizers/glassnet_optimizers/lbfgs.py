"""L-BFGS: Newton's method with a curvature that is learnt from the last few steps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import glassnet as gn
from glassnet_optimizers.backtracking import length_that_falls

# Of a pair that curves less than this, the curvature is rounding.
_LEAST_CURVATURE = 1e-10
# What the names of two slots take.
_NAME_BYTES = 100


class LBFGS(gn.Optimizer):
    """Limited-memory Broyden-Fletcher-Goldfarb-Shanno, for small data that are taken as one batch.

    Nocedal and Wright (2006), Numerical Optimization, algorithms 7.4 (the two loops) and 3.1 (backtracking, with
    equation 3.4 as its test). A step is halved until the loss falls enough, which evaluates it several times on the
    same batch: layers such as `batch_norm` count each. Where no step of the direction does, the parameters stay where
    they are, what was learnt is forgotten, and the next direction is the gradient's.

    Conventions
    -----------
    One step is one iteration. Without `line_search` it is PyTorch's LBFGS with ``max_iter=1``, whose first step too
    is no longer than ``lr`` in the sum of magnitudes. PyTorch's own line search, by the strong Wolfe conditions, is
    another one.
    """

    lr: float = gn.option(1.0, gt=0, log=True, help="the first step length that is tried")
    history_size: int = gn.option(10, ge=1, help="steps from which the curvature is learnt")
    line_search: bool = gn.option(True, help="halve a step until the loss falls enough")
    most_halvings: int = gn.option(20, ge=1, help="after this number of halvings no step is taken")

    formula = "p = p - lr H g,  H from the last pairs  s = change of p,  y = change of g"
    granularity = "model"
    # How many pairs were stored so far.
    scalars = ("pairs",)

    @property
    def slots(self) -> tuple[str, ...]:
        """The last step and gradient, and the pairs in a ring."""
        gn.check_memory(_NAME_BYTES * self.history_size, f"{self!r}", "give a smaller history_size")
        ring = [f"{name}{number}" for number in range(self.history_size) for name in ("s", "y")]
        return ("step", "gradient", *ring)

    def step(
        self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int, closure: Callable[[], float]
    ) -> None:
        if t > 1:
            self._remember(state["step"], g - state["gradient"], state)
        state["gradient"][:] = g
        direction = self._direction(g, state)
        length = lr if t > 1 else lr * min(1.0, 1 / max(float(np.abs(g).sum()), 1e-30))
        if self.line_search:
            slope = float(np.dot(g, direction))
            length = length_that_falls(p, direction, slope, length, self.most_halvings, closure)
            if length == 0:
                state["pairs"][0] = 0
        direction *= length
        p += direction
        state["step"][:] = direction

    def _remember(self, s: gn.Array, y: gn.Array, state: dict[str, gn.Array]) -> None:
        if float(np.dot(y, s)) > _LEAST_CURVATURE:
            place = int(state["pairs"][0]) % self.history_size
            state[f"s{place}"][:], state[f"y{place}"][:] = s, y
            state["pairs"][0] += 1

    def _direction(self, g: gn.Array, state: dict[str, gn.Array]) -> gn.Array:
        """Return -H g by the two loops, from the newest pair to the oldest and back."""
        stored = int(state["pairs"][0])
        places = [number % self.history_size for number in range(max(0, stored - self.history_size), stored)]
        pairs = [(state[f"s{place}"], state[f"y{place}"]) for place in places]
        direction = -g
        shares = []
        for s, y in reversed(pairs):
            share = float(np.dot(s, direction) / np.dot(y, s))
            shares.append(share)
            direction -= share * y
        if pairs:
            s, y = pairs[-1]
            direction *= float(np.dot(y, s) / np.dot(y, y))
        for (s, y), share in zip(pairs, reversed(shares), strict=True):
            direction += (share - float(np.dot(y, direction) / np.dot(y, s))) * s
        return direction
