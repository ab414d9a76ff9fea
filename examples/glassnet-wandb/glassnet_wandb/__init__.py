"""The callback wandb: runs of Weights & Biases."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import glassnet as gn


class Wandb(gn.Tracker):
    """Sends the figures of a run to Weights & Biases, by default to files alone: ``wandb sync`` sends them later.

    A continued run goes on under the same id. Source: Biewald (2020), Experiment Tracking with Weights and Biases.
    """

    project: str = gn.option("glassnet", help="the project that the run belongs to")
    mode: str = gn.option("offline", choices=("offline", "online"), help="offline needs no account")

    def begin(self, run: gn.Run) -> None:
        import wandb  # late: it takes longer to import than small trainings take

        memory = run.state_of(self)
        memory._run = wandb.init(
            project=self.project,
            name=None if run.folder is None else Path(run.folder).name,
            dir=None if run.folder is None else str(run.folder),
            id=getattr(memory, "run_id", None),
            resume="allow",
            mode=self.mode,
            config=self.parameters(run),
        )
        memory.run_id = memory._run.id

    def log(self, run: gn.Run, epoch: int, figures: Mapping[str, float], seconds: float) -> None:
        run.state_of(self)._run.log(dict(figures), step=epoch)

    def finish(self, run: gn.Run, status: str) -> None:
        run.state_of(self)._run.finish(exit_code=0 if status == "finished" else 1)
