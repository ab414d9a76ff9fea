"""What a component declares to the conformance kit, `glassnet_testing`, where its defaults do not fit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import attrs

from glassnet.errors import OptionError


def _whole_interval() -> tuple[float, float]:
    return (-math.inf, math.inf)


@attrs.frozen(kw_only=True)
class Checks:
    """What the checks have to know of a component that its code does not tell.

    ::

        class Binarize(gn.Activation):
            checks = gn.Checks(straight_through=True)

    Parameters
    ----------
    kinks
        Inputs at which the derivative or the value jumps: the checks look there too.
    domain
        The two bounds between which inputs make sense.
    straight_through
        `backward` is by design not the derivative of `forward`, as in quantization or gradient reversal.
        Gradients are then not compared.
    batch_loss
        The loss compares the samples of a batch with each other, as contrastive and triplet losses do.
        It is then not the mean of the losses of single samples.
    examples
        Specs that show the component at work, as in `Component.examples`. An example may hold the path of a file.

    counterpart
        The name of what computes the same in another library, such as ``"torch.nn.functional.silu"``, for layers
        without parameters, activations, losses, optimizers, schedules and metrics. Arguments may follow in
        parentheses, written with the names of options: ``"torch.optim.Adam(betas=(beta1, beta2), eps=epsilon)"``.
        The two are compared if the library is installed.

    Raises
    ------
    OptionError
        If the lower bound of the domain is not below the upper one.
    """

    kinks: Sequence[float] = ()
    domain: tuple[float, float] = attrs.field(factory=_whole_interval)
    straight_through: bool = False
    batch_loss: bool = False
    examples: Sequence[Any] = ()
    counterpart: str = ""

    def __attrs_post_init__(self) -> None:
        if len(self.domain) != 2 or not self.domain[0] < self.domain[1]:
            raise OptionError(f"domain must be two bounds, the lower one first (got {self.domain!r})")
