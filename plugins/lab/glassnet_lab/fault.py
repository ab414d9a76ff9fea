"""A fault: one thing that is made wrong in a setup, with a hint and an explanation for the learner."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np

from glassnet_lab.setup import Setup


@attrs.frozen
class Fault:
    """One fault.

    Attributes
    ----------
    name
        Its name.
    rules
        The rules of the doctor that name it; the first one is the closest.
    part
        Where it is: ``"data"``, ``"network"``, ``"training"`` or ``"code"``.
    hint
        Where to look.
    answer
        What is wrong and how it shows.
    inject
        Changes a setup, with random numbers.
    suits
        Tells whether a setup can have it.
    """

    name: str
    rules: tuple[str, ...]
    part: str
    hint: str
    answer: str
    inject: Callable[[Setup, np.random.Generator], None]
    suits: Callable[[Setup], bool] = lambda setup: True


FAULTS: dict[str, Fault] = {}


def fault(
    *rules: str, hint: str, suits: Callable[[Setup], bool] = lambda setup: True
) -> Callable[[Callable[[Setup, np.random.Generator], None]], Callable[[Setup, np.random.Generator], None]]:
    """Return a decorator that lists a function as a fault; its docstring is the answer.

    Parameters
    ----------
    *rules
        The rules of the doctor that name the fault; the first one is the closest.
    hint
        Where to look.
    suits
        Tells whether a setup can have the fault.
    """

    def listed(inject: Callable[[Setup, np.random.Generator], None]) -> Callable[[Setup, np.random.Generator], None]:
        answer = " ".join((inject.__doc__ or "").split())
        part = inject.__module__.rpartition(".")[2]
        FAULTS[inject.__name__] = Fault(inject.__name__, rules, part, hint, answer, inject, suits)
        return inject

    return listed


def is_table(setup: Setup) -> bool:
    """Tell whether samples are rows of columns."""
    return setup.train.x.ndim == 2


def has_classes(setup: Setup) -> bool:
    """Tell whether the targets are one of several classes."""
    return setup.task == "classes"


def has_labels(setup: Setup) -> bool:
    """Tell whether the targets are classes, or yes and no."""
    return setup.task != "values"


def has_values(setup: Setup) -> bool:
    """Tell whether the targets are numbers."""
    return setup.task == "values"
