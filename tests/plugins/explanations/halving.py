"""An optimizer that somebody else has written."""

import glassnet as gn


class Halving(gn.Optimizer):
    """An optimizer of somebody else: momentum and decay, without terms of its own."""

    lr: float = gn.option(0.1)
    slots = ("v",)

    def update(self, p, g, state, lr, t):
        state["v"] *= 0.5
        state["v"] += g
        p *= 0.9
        p -= lr * state["v"]
