"""What differs between runs: settings, data, versions, results, and whether two that should be equal are."""

from __future__ import annotations

from typing import Any

import attrs

from glassnet_comparison.parting import Parting
from glassnet_comparison.recorded_run import RecordedRun


@attrs.frozen
class Pair:
    """The first run beside another one.

    Attributes
    ----------
    one, other
        Their folders.
    should_be_equal
        Whether settings and data are the same; the number of epochs may differ.
    is_equal
        Whether model and history have the same bytes; None if they should not.
    recorded
        The first differences between what was recorded, in words.
    parting
        Where they part when both are repeated here; None if they do not, or were not repeated.
    repeated
        What was found by repeating them, in words.
    """

    one: str
    other: str
    should_be_equal: bool
    is_equal: bool | None = None
    recorded: list[str] = attrs.Factory(list)
    parting: Parting | None = None
    repeated: str = ""


@attrs.frozen(eq=False, repr=False)
class Differences:
    """What differs between runs, as tables.

    Attributes
    ----------
    runs
        The runs.
    pairs
        The first run beside each of the others.
    """

    runs: list[RecordedRun]
    pairs: list[Pair]

    @property
    def names(self) -> list[str]:
        """The folders of the runs."""
        return [str(each.path) for each in self.runs]

    def differences(self, part: str) -> dict[str, list[str]]:
        """Return what differs in ``"settings"``, ``"data"`` or ``"versions"``: by name, a value for each run."""
        described = [getattr(each, part)() for each in self.runs]
        names = dict.fromkeys(name for each in described for name in each)
        rows = {name: [each.get(name, "") for each in described] for name in names}
        return {name: values for name, values in rows.items() if len(set(values)) > 1}

    def results(self) -> dict[str, list[float]]:
        """Return the figures of the last epoch and on the test data: by name, one for each run."""
        described = [each.results() for each in self.runs]
        names = dict.fromkeys(name for each in described for name in each)
        return {name: [each.get(name, float("nan")) for each in described] for name in names}

    def as_plain(self) -> dict[str, Any]:
        """Return the comparison as JSON holds it."""
        return {
            "runs": self.names,
            **{part: self.differences(part) for part in ("settings", "data", "versions")},
            "results": self.results(),
            "curves": {name: each.history for name, each in zip(self.names, self.runs, strict=True)},
            "pairs": [attrs.asdict(each) for each in self.pairs],
        }
