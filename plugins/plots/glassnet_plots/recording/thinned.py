"""Values of a training that is of any length, at a bounded number of its steps."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Thinned(Generic[T]):
    """Values at steps that are evenly far apart: when there are too many, every second one is dropped.

    Once there have been `most` values, there are always more than half as many.

    Attributes
    ----------
    stride
        The number of steps from one value to the next.
    steps, values
        What is kept, in order.

    Parameters
    ----------
    most
        The number of values that is never passed, 2 or more; besides them there may be one of the last step.
    stride, steps, values
        What another one has kept, to go on from there.
    """

    def __init__(self, most: int, stride: int = 1, steps: Any = (), values: Any = ()) -> None:
        self.most = max(2, most)
        self.stride = stride
        self.steps: list[int] = [int(step) for step in steps]
        self.values: list[T] = list(values)

    def is_due(self, step: int) -> bool:
        """Tell whether the value of a step is wanted."""
        return step % self.stride == 0

    def add(self, step: int, value: T) -> None:
        """Keep the value of a step that is due."""
        self.steps.append(step)
        self.values.append(value)
        while len(self.steps) > self.most:
            self.stride *= 2
            self._keep([place for place, each in enumerate(self.steps) if self.is_due(each)])

    def cut(self, step: int) -> None:
        """Drop what is behind a step, and what is not due: the last step of a training that goes on now."""
        self._keep([place for place, each in enumerate(self.steps) if each <= step and self.is_due(each)])

    def close(self, step: int, value: T) -> None:
        """Keep the value of the last step, whether it is due or not."""
        if not self.steps or self.steps[-1] < step:
            self.steps.append(step)
            self.values.append(value)

    def _keep(self, places: list[int]) -> None:
        self.steps = [self.steps[place] for place in places]
        self.values = [self.values[place] for place in places]
