"""Energy: what the processors have taken in each epoch."""

from __future__ import annotations

from pathlib import Path

import glassnet as gn

# Linux: a folder for each package of the RAPL counters of Intel and AMD.
_COUNTERS = Path("/sys/class/powercap")


class Energy(gn.Callback):
    """Reports the energy of an epoch as the figure ``energy_joules``, from the counters of the processors.

    The counters are RAPL's, which Linux shows below ``/sys/class/powercap``. They count all programs on the processors,
    and neither memory nor graphics cards. Where the user may read none, as in most virtual machines, nothing is
    reported: an estimate without a measurement would be a guess.

    Source: Khan et al. (2018), RAPL in Action: Experiences in Using RAPL for Power Measurements, ACM TOMPECS 3(2).
    """

    only_watches = True

    def on_epoch_start(self, run: gn.Run) -> None:
        run.state_of(self)._before = _read()

    def on_epoch_end(self, run: gn.Run) -> None:
        before, after = getattr(run.state_of(self), "_before", {}), _read()
        if before and before.keys() == after.keys():
            run.report("energy_joules", sum(_between(before[name], after[name]) for name in before))


def _read() -> dict[str, tuple[int, int]]:
    """Return the microjoules of each processor, and the number at which its counter begins again."""
    found = {}
    for folder in sorted(_COUNTERS.glob("intel-rapl:*")):
        if folder.name.count(":") == 1:  # a package; with two colons it is a part of one
            try:
                counted, most = (int((folder / name).read_text()) for name in ("energy_uj", "max_energy_range_uj"))
            except (OSError, ValueError):  # it is for the administrator alone
                continue
            found[folder.name] = (counted, most)
    return found


def _between(before: tuple[int, int], after: tuple[int, int]) -> float:
    """Return the joules between two counts; a counter that is full begins at 0 again."""
    counted = after[0] - before[0]
    return (counted if counted >= 0 else counted + after[1]) / 1e6
