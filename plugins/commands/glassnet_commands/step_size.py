"""The step size of an optimizer that is given apart, by ``--lr``."""

from __future__ import annotations

import glassnet as gn


def with_step_size(optimizer: gn.Optimizer, lr: float) -> gn.Optimizer:
    """Return an optimizer whose step size is `lr`; if it holds another optimizer, as ema does, that one's.

    Raises
    ------
    OptionError
        If the optimizer has no step size, or `lr` is out of range.
    """
    if "lr" in optimizer.options:
        return optimizer.replace(lr=lr)
    held = {name: value for name, value in optimizer.options.items() if isinstance(value, gn.Optimizer)}
    if not held:
        raise gn.OptionError(f"the optimizer {optimizer!r} has no option lr; leave --lr out")
    return optimizer.replace(**{name: with_step_size(value, lr) for name, value in held.items()})
