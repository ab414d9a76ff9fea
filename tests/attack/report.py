"""What a driver has found: figures, and faults by name."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.attack.known import KNOWN


@dataclass
class Report:
    """The outcome of one driver.

    Attributes
    ----------
    driver
        Its name, such as ``"kills"``.
    figures
        What was counted, in the order of the page.
    faults
        The smallest example of each fault, by the fault's name.
    """

    driver: str
    figures: dict[str, int | float] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    def count(self, figure: str, number: int = 1) -> None:
        """Add to a figure."""
        self.figures[figure] = self.figures.get(figure, 0) + number

    def fault(self, name: str, example: str) -> None:
        """Keep the shortest example of a fault."""
        full = f"{self.driver}: {name}"
        if full not in self.faults or len(example) < len(self.faults[full]):
            self.faults[full] = example

    def new_faults(self) -> dict[str, str]:
        """Return the faults that are not listed as known."""
        return {name: example for name, example in self.faults.items() if name not in KNOWN}

    def mended(self) -> list[str]:
        """Return the known faults of this driver that did not show up: they are to be taken off the list."""
        return [name for name in KNOWN if name.startswith(f"{self.driver}: ") and name not in self.faults]
