"""An exercise: a recipe, a seed and a fault, known by one number that does not give them away."""

from __future__ import annotations

import attrs
import numpy as np

import glassnet as gn
from glassnet_lab.catalogue import FAULTS
from glassnet_lab.fault import Fault
from glassnet_lab.recipes import RECIPES
from glassnet_lab.setup import Setup


@attrs.frozen
class Exercise:
    """A training with a fault.

    Attributes
    ----------
    recipe, fault
        Their names.
    seed
        Where data, first parameters and the fault come from.
    """

    recipe: str
    fault: Fault
    seed: int

    @property
    def number(self) -> int:
        """The number of the exercise."""
        recipes, faults = sorted(RECIPES), sorted(FAULTS)
        return (self.seed * len(recipes) + recipes.index(self.recipe)) * len(faults) + faults.index(self.fault.name)

    @classmethod
    def of_number(cls, number: int) -> Exercise:
        """Return the exercise of a number."""
        recipes, faults = sorted(RECIPES), sorted(FAULTS)
        rest, fault = divmod(number, len(faults))
        seed, recipe = divmod(rest, len(recipes))
        return cls(recipes[recipe], FAULTS[faults[fault]], seed)

    @classmethod
    def drawn(cls, rng: np.random.Generator, fault: str | None = None) -> Exercise:
        """Draw an exercise.

        Parameters
        ----------
        rng
            Where the random numbers come from.
        fault
            The name of the fault; by default it is drawn too.

        Raises
        ------
        OptionError
            If there is no such fault.
        """
        if fault is not None and fault not in FAULTS:
            raise gn.OptionError(f"no fault {fault!r}{gn.did_you_mean(fault, FAULTS)}; see glassnet lab faults")
        chosen = FAULTS[fault or str(rng.choice(sorted(FAULTS)))]
        seed = int(rng.integers(1000))
        suiting = [name for name, recipe in sorted(RECIPES.items()) if chosen.suits(recipe(seed))]
        return cls(str(rng.choice(suiting)), chosen, seed)

    def setup(self) -> Setup:
        """Return the recipe with the fault."""
        setup = RECIPES[self.recipe](self.seed)
        self.fault.inject(setup, np.random.default_rng(self.seed))
        return setup
