"""How much a component has to compute in a run."""

from __future__ import annotations

from typing import NamedTuple


class Workload(NamedTuple):
    """How much a component has to compute in a run, by which an accelerator tells whether it is worth its start.

    Attributes
    ----------
    steps
        The number of steps of the run; infinite if the accelerator costs no start, because what it requires was
        imported before. A run of unknown length counts as one of 10,000 steps.
    elements
        The number of elements in a step. Of an optimizer these are the parameters, of a loss the network's outputs,
        of a layer or an activation the elements between the two layers that have most between them.
    products
        The number of multiplications in the matrix products of a step: parameters of the network times samples.
    """

    steps: float
    elements: int
    products: int

    @property
    def total_elements(self) -> float:
        """The number of elements in all steps of the run."""
        return self.steps * self.elements

    @property
    def total_products(self) -> float:
        """The number of multiplications in all steps of the run."""
        return self.steps * self.products
