"""Whether the tape can follow a component, so that its derivative is compared with that too."""

from __future__ import annotations

from collections.abc import Callable

from glassnet_testing.runner.check import NotChecked
from glassnet_testing.runner.subject import Subject


def tells_whether_the_tape_follows(derive: Callable[[], object]) -> None:
    """Raise `NotChecked` where the tape does not follow code, so that its gradient is compared with differences alone.

    It compares all digits, and an author should know that it did not run.
    """
    try:
        derive()
    except Exception as error:  # code that wants plain arrays fails in its own way when it is given others
        told = " ".join(f"{type(error).__name__}: {error}".split())
        raise NotChecked(f"the tape cannot follow forward, only differences were compared ({told})") from None


def compares_gradients(subject: Subject) -> bool:
    """Tell whether backward is meant to be the derivative of forward."""
    return not subject.component.checks.straight_through


def wrote_backward(subject: Subject) -> bool:
    """Tell whether there is a derivative that can be compared: one that the tape derives is the tape's."""
    return compares_gradients(subject) and not any(example.component.derives_backward for example in subject.examples)
