"""AdamW: Adam whose weights decay by themselves, not by a penalty in the gradient."""

from __future__ import annotations

import glassnet as gn
from glassnet_optimizers.adam import Adam


class AdamW(Adam):
    """Adam with decoupled weight decay.

    Loshchilov and Hutter (2019), Decoupled Weight Decay Regularization, arXiv:1711.05101, Algorithm 2. The decay is
    not divided by the root mean square gradient, as that of an L2 penalty is.

    Conventions
    -----------
    The defaults are PyTorch's. As there, the decay is multiplied with the step size, the whole of it; in the paper only
    with the schedule's value. As there too, and unlike a regularizer, biases decay. Keras has a decay of 0.004.
    """

    weight_decay: float = gn.option(
        0.01, ge=0, lt=1, log=True, help="part of each parameter that a step of size 1 takes away"
    )

    formula = f"p = p (1 - lr weight_decay),  then as Adam:  {Adam.formula}"
    checks = gn.Checks(counterpart="torch.optim.AdamW(betas=(beta1, beta2), eps=epsilon, weight_decay=weight_decay)")

    @property
    def updates_at_zero_gradient(self) -> bool:
        """Whether there is a decay."""
        return self.weight_decay > 0

    def update(self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int) -> None:
        p *= 1 - lr * self.weight_decay
        super().update(p, g, state, lr, t)

    def update_terms(
        self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int
    ) -> dict[str, gn.Array]:
        return {"decay": -lr * self.weight_decay * p, **super().update_terms(p, g, state, lr, t)}
