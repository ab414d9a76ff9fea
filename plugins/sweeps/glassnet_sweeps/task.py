"""What a worker of a sweep does: one trial, recorded in a folder of its own."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import attrs

import glassnet as gn
from glassnet.options.options import Options
from glassnet_persistence.folder_claim import LOCK, Claim, claim
from glassnet_sweeps.journal import Journal
from glassnet_sweeps.space import with_settings
from glassnet_sweeps.trial import DIVERGED, FAILED, Trial

_WAIT = 0.2
# The settings are not to blame for these: the sweep ends, and can be continued.
_NOT_OF_THE_SETTINGS = (gn.FileError, gn.ResumeError, gn.MissingExtraError, gn.OutOfMemoryError)


@attrs.frozen(eq=False)
class Task:
    """Trains one trial after another, in any process.

    Attributes
    ----------
    folder
        The folder of the sweep.
    threads
        The number of threads of a worker, or None for what it would take.
    coordinator
        The process that started the sweep, whose number of threads stays as it is.
    """

    folder: Path
    threads: int | None = None
    coordinator: int = attrs.Factory(os.getpid)

    def base(self) -> Options:
        """Return the experiment that all trials vary."""
        raise NotImplementedError

    @property
    def free(self) -> Collection[str]:
        """Names of settings that are not options of the experiment."""
        return ()

    def experiment(self, base: Any, settings: Mapping[str, Any]) -> Any:
        """Return an experiment with the settings of a trial."""
        return with_settings(base, settings)

    def check(self, experiment: Any) -> None:
        """Raise an error if an experiment cannot be trained; called before the first trial."""
        raise NotImplementedError

    def train(self, trial: Trial, experiment: Any, claimed: Claim) -> Trial:
        """Train a trial, or continue it, and return how it ended; as it is if it was broken off."""
        raise NotImplementedError

    def __call__(self, trial: Trial) -> Trial:
        """Train a trial, unless a process that was started before has done so, and note in the journal how it ended."""
        if self.threads is not None and os.getpid() != self.coordinator:
            # Read at the first computation of a process.
            os.environ["GLASSNET_THREADS"] = str(self.threads)
        journal = Journal(self.folder)
        with _claim_when_free(self.folder / trial.name) as claimed:
            known = {each.number: each for each in journal.trials()}.get(trial.number, trial)
            if known.has_ended:
                return known
            ended = self._ended(trial, claimed)
            if ended.has_ended:
                journal.ended(ended)
        return ended

    def _ended(self, trial: Trial, claimed: Claim) -> Trial:
        try:
            return self.train(trial, self.experiment(self.base(), trial.settings), claimed)
        except gn.NonFiniteError as error:
            return attrs.evolve(trial, state=DIVERGED, reason=str(error))
        except _NOT_OF_THE_SETTINGS:
            raise
        except gn.GlassnetError as error:
            return attrs.evolve(trial, state=FAILED, reason=str(error))


@contextmanager
def _claim_when_free(folder: Path) -> Iterator[Claim]:
    """Claim the folder of a trial; if a worker of a sweep that was killed still trains there, wait until it ends."""
    with ExitStack() as stack:
        while True:
            try:
                claimed = stack.enter_context(claim(folder))
                break
            except gn.FileError:
                if not (folder / LOCK).exists():
                    raise
                time.sleep(_WAIT)
        yield claimed
