"""``gn.verify(run)``: whether a run can be repeated to the same bytes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import attrs
import numpy as np

import glassnet as gn
from glassnet.components.services import explained
from glassnet_comparison.first_record import different, first_epoch, first_sample
from glassnet_comparison.paged_result import PagedResult
from glassnet_comparison.parting import Parting, first_parting
from glassnet_comparison.recorded_run import RecordedRun, history_in, opened
from glassnet_comparison.repetition import ReachedError, Repetition, repetition
from glassnet_persistence.run_files import HISTORY, MODEL

if TYPE_CHECKING:
    from glassnet_explanations.page.blocks import Page


# What tells where a training diverged.
_PLACE = ("epoch", "step", "operation", "layer")


@attrs.frozen
class Verification(PagedResult):
    """Whether a run was repeated to the same bytes.

    Attributes
    ----------
    run
        The folder of the run.
    is_same
        Whether everything that was compared is the same.
    compared
        What was compared, and whether it is the same: ``model``, ``history``; of a run that was broken off, the
        ``parameters`` after its last saved step; of one that diverged, the ``divergence``.
    differences
        The first differences, in words.
    versions
        What the run depended on and is otherwise now: name, then and now.
    parting
        Where two repetitions part; None if they do not, or were not needed.
    """

    plural: ClassVar[str] = "verifications"

    run: str
    is_same: bool
    compared: dict[str, bool]
    differences: list[str] = attrs.Factory(list)
    versions: list[tuple[str, str, str]] = attrs.Factory(list)
    parting: Parting | None = None

    def __bool__(self) -> bool:
        """Return whether the run was repeated."""
        return self.is_same

    def lines(self) -> list[str]:
        """Return what is to be said, line by line."""
        told = ", ".join(f"{name} {'same' if same else 'different'}" for name, same in self.compared.items())
        lines = [f"{self.run}: {'repeated to the same bytes' if self.is_same else 'not repeated'} ({told})"]
        if self.is_same:
            return lines
        lines += [f"first difference: {each}" for each in self.differences]
        lines += [f"{name} was {then or 'not there'}, and is {now or 'not there'}" for name, then, now in self.versions]
        if self.parting is not None:
            lines.append(f"two repetitions differ here, so the training is not reproducible: {self.parting}")
        else:
            lines.append("two repetitions here give the same, so the recorded one was computed otherwise")
        return lines

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def page(self) -> Page:
        from glassnet_explanations.page.blocks import Page, Section, Table, Text

        first, *rest = map(Text, self.lines())
        rows = tuple((name, "same" if same else "different") for name, same in self.compared.items())
        sections = [Section("Compared", (Table("compared", ("", "then and now"), rows),))]
        if rest:
            sections.append(Section("What differs", tuple(rest)))
        if self.versions:
            versions = tuple((name, then or "not there", now or "not there") for name, then, now in self.versions)
            sections.append(Section("Versions", (Table("versions", ("", "then", "now"), versions),)))
        return Page(f"Verification of {self.run}", (first,), tuple(sections))

    def as_plain(self) -> dict[str, Any]:
        """Return the result as JSON holds it."""
        versions = [{"name": name, "then": then, "now": now} for name, then, now in self.versions]
        parting = None if self.parting is None else attrs.asdict(self.parting)
        rest = {name: getattr(self, name) for name in ("run", "is_same", "compared", "differences")}
        return {**rest, "versions": versions, "parting": parting}


@explained
def verify(
    run: str | os.PathLike[str],
    x: Any = None,
    y: Any = None,
    *,
    validation: Any = None,
    sample_weight: Any = None,
    class_weight: Any = None,
) -> Verification:
    """Train a recorded run again in a temporary folder, and return whether model and history have the same bytes.

    The folder of the run stays as it is. If something differs, the run is trained twice more, to find the first step
    and layer in which two repetitions part.

    Parameters
    ----------
    run
        The folder of a run: of ``glassnet train``, or of ``fit(folder=…)``.
    x, y, validation, sample_weight, class_weight
        What `fit` was given, for a run that was started from Python. A run of ``glassnet train`` names its data itself.

    Returns
    -------
    Verification
        It counts as true if the run was repeated.

    Raises
    ------
    FileError
        If `run` is not the folder of a run.
    OptionError
        If its data are not given, or it went on from a network that was trained before.
    """
    recorded = opened(Path(run))
    given = {"validation": validation, "sample_weight": sample_weight, "class_weight": class_weight}
    named = {name: value for name, value in given.items() if value is not None}
    with repetition(recorded, x, y, **named) as again, tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "run"
        if recorded.diverged is not None:
            found = _of_diverged(recorded, again, place)
        elif recorded.is_finished:
            again.train(folder=place)
            found = _of_finished(recorded, place)
        else:
            found = _of_broken_off(recorded, again, place)
        if found.is_same:
            return found
        return attrs.evolve(found, parting=first_parting(again, again))


def _of_finished(recorded: RecordedRun, place: Path) -> Verification:
    """Compare a run with its repetition in another folder."""
    compared = {
        name: gn.read_whole(recorded.path / file) == gn.read_whole(place / file)
        for name, file in (("model", MODEL), ("history", HISTORY))
        if (recorded.path / file).is_file()
    }
    if all(compared.values()):
        return Verification(str(recorded.path), True, compared)
    repeated = opened(place)
    told = [
        _other_data(recorded, repeated),
        first_sample(recorded, repeated),
        first_epoch(recorded.history, repeated.history),
        _first_parameter(recorded.network, repeated.network),
    ]
    if len(recorded.history) != len(repeated.history):
        told.append(f"{len(recorded.history)} epochs were recorded, and {len(repeated.history)} came of it")
    if not compared["model"] and told[-1] is None and told[-2] is None:
        told.append("the parameters are the same, and what the file of the model says besides is not")
    then, now = recorded.versions(), repeated.versions()
    versions = [each for each in different(then, now) if each[0] in then and each[0] in now]
    return Verification(str(recorded.path), False, compared, [each for each in told if each], versions)


def _other_data(recorded: RecordedRun, repeated: RecordedRun) -> str | None:
    """Return which data are not those of the run, in words."""
    then, now = recorded.data(), repeated.data()
    others = [name for name, _, _ in different(then, now) if name in then and name in now]
    return f"the data: {' and '.join(others)} given now is not that of the run" if others else None


def _of_diverged(recorded: RecordedRun, again: Repetition, place: Path) -> Verification:
    """Compare a run that arrived at NaN or infinity with its repetition."""
    now: Mapping[str, Any] = {}
    try:
        again.train(folder=place)
    except gn.NonFiniteError as error:
        now = error.diverged or {}
    then = recorded.diverged or {}
    names = [name for name in _PLACE if then.get(name) != now.get(name)]
    first = first_epoch(recorded.history, history_in(place / HISTORY))
    told = [f"it diverged with {name} {then.get(name)!r}, and now with {now.get(name)!r}" for name in names]
    compared = {"divergence": not names, "history": first is None}
    return Verification(str(recorded.path), not told and first is None, compared, [*told, *filter(None, [first])])


def _of_broken_off(recorded: RecordedRun, again: Repetition, place: Path) -> Verification:
    """Compare a run that has not come to its end with its repetition up to the last state that was saved."""
    if recorded.state is None:
        raise gn.FileError(f"{recorded.path} holds no state: the run was broken off too early to be compared")
    kept: list[gn.Array] = []
    try:
        network = again.train(_StopAfter(step=int(recorded.state["step"]), kept=kept), folder=place)
    except gn.NonFiniteError:  # as the recorded one did
        network = recorded.network
    parameters = kept[0] if kept else network.flat_parameters
    history = history_in(place / HISTORY)
    first = first_epoch(recorded.history, history)
    same = np.array_equal(parameters, recorded.state["parameters"], equal_nan=True)
    compared = {"parameters": bool(same), "history": first is None and len(recorded.history) <= len(history) + 1}
    told = [first] if first is not None else []
    if not same:
        told.append(f"the parameters after step {recorded.state['step']}, where the run was saved last")
    return Verification(str(recorded.path), all(compared.values()), compared, told)


class _StopAfter(gn.Callback):
    """Ends a run after a step, and keeps its parameters."""

    step: int = gn.option(help="the step")
    kept: Any = gn.option(help="a list for the parameters")

    @gn.run_hookimpl(trylast=True)
    def on_batch_end(self, run: gn.Run) -> None:
        if run.step == self.step and not self.kept:
            vector = run.network.flat_parameters if run.last_vector is None else run.last_vector
            self.kept.append(vector.copy())

    @gn.run_hookimpl(trylast=True)
    def on_epoch_end(self, run: gn.Run) -> None:
        if run.step >= self.step:
            raise ReachedError


def _first_parameter(one: gn.Network, other: gn.Network) -> str | None:
    """Return the first parameter that differs at the end, in words."""
    theirs = other.parameters
    for name, mine in one.parameters.items():
        if name not in theirs or mine.shape != theirs[name].shape:
            return f"there is no parameter {name!r} of the same shape in both"
        gap = np.abs(mine.astype(np.float64) - theirs[name].astype(np.float64))
        if not np.array_equal(mine, theirs[name], equal_nan=True):
            return f"{name!r} at the end, by at most {float(np.max(gap)):.3g}"
    return None
