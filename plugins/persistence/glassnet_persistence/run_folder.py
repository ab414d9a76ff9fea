"""The folder that records a run: its history, model and state, and what it depended on."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glassnet.registry.hookspecs import run_hookimpl
from glassnet.run.run_hooks import Callback
from glassnet_divergence.finite import first_not_finite
from glassnet_files.files import ensure_directory
from glassnet_files.history_csv import save_csv
from glassnet_inputs.finite import are_finite
from glassnet_persistence.checkpoint import save_checkpoint, saved_state
from glassnet_persistence.fingerprint import Contents, fingerprint
from glassnet_persistence.folder_claim import claim
from glassnet_persistence.model_file import save
from glassnet_persistence.processor import rounding_environment
from glassnet_persistence.provenance import check_loadable, provenance
from glassnet_persistence.resume import check_same_run, identity
from glassnet_persistence.run_files import (
    CHECKPOINT,
    ENVIRONMENT,
    HISTORY,
    MODEL,
    check_resumed,
    is_continued,
    refuse_run,
    remove_run,
    write_json,
)
from glassnet_persistence.run_state import RunState, check_place, restore, state_of

if TYPE_CHECKING:
    from glassnet.training.run import Run

# Small networks run through hundreds of epochs in a second; more work than this is never lost.
_SECONDS_BETWEEN_SAVES = 2.0


class RunFolder(Callback):
    """Claims the folder of a run and keeps it up to date. Its hooks come last: it saves what other callbacks leave."""

    @run_hookimpl(wrapper=True)
    def run_training(self, run: Run) -> Generator[None, Any, Any]:
        config, options = run.config, run.options
        if config.folder is not None:
            check_loadable(run.network.layers, options.loss, options.metrics, options.regularizer)
        with nullcontext() if config.folder is None else claim(config.folder):
            if config.folder is not None:
                ensure_directory(config.folder)
                if not config.overwrite:
                    refuse_run(config.folder, config.resume_from)
            if config.resume_from is not None:
                check_resumed(config.resume_from, config.folder)
                run.saved = saved_state(config.resume_from)
                run.starts_over = run.saved is None and (Path(config.resume_from) / HISTORY).exists()
            return (yield)

    def check_run(self, run: Run) -> None:
        config, memory = run.config, run.state_of(self)
        memory._contents = None
        memory._changes = []
        if run.saved is not None:
            memory._changes = check_same_run(run, run.saved, self._contents(run))
        if config.folder is not None and config.overwrite and not is_continued(config.folder, config.resume_from):
            remove_run(Path(config.folder))

    @run_hookimpl(trylast=True)
    def on_run_start(self, run: Run) -> None:
        memory = run.state_of(self)
        memory._is_described = False
        memory._is_writable = True
        memory._saved_at = time.monotonic()
        if not run.is_as_saved:
            self._save_results(run)

    @run_hookimpl(trylast=True)
    def on_epoch_end(self, run: Run) -> None:
        memory = run.state_of(self)
        if run.epoch == run.epochs or time.monotonic() - memory._saved_at > _SECONDS_BETWEEN_SAVES:
            memory._is_writable = False
            # In this order: a run that is killed in between goes on from the state, and loses no result.
            run.save_state()
            self._save_results(run)
            memory._is_writable = True
            memory._saved_at = time.monotonic()

    def restore_state(self, run: Run, state: RunState) -> None:
        restore(run, state)

    @run_hookimpl(tryfirst=True)
    def on_resume(self, run: Run) -> None:
        check_place(run)  # here, since other plugins may count the batches of a restored run in another way

    def save_state(self, run: Run) -> None:
        network = run.network
        is_finite = first_not_finite(network) is None and (run.last_vector is None or are_finite(run.last_vector))
        if run.folder is not None and is_finite:
            save_checkpoint(self._complete(run), run.folder / CHECKPOINT)

    def _complete(self, run: Run) -> RunState:
        """Return the state of a run with what a continued run is compared with."""
        return {
            "training": identity(run),
            "contents": self._contents(run),
            "computed_with": run.numerics,
            "changes": run.state_of(self)._changes,
            **state_of(run),
        }

    def _contents(self, run: Run) -> Contents:
        """Return the fingerprints of what the run is given, taken once."""
        memory = run.state_of(self)
        if memory._contents is None:
            memory._contents = fingerprint(run.data, run.validation, run.config.class_weights)
        contents: Contents = memory._contents
        return contents

    def numerics(self, run: Run) -> RunState:
        return rounding_environment()

    @run_hookimpl(trylast=True)
    def on_exception(self, run: Run, exception: BaseException) -> None:
        memory = run.state_of(self)
        # A folder that could not be written a moment ago would give the same error once more.
        memory._has_nothing_new = run.is_as_saved or not getattr(memory, "_is_writable", True)

    @run_hookimpl(trylast=True)
    def on_run_end(self, run: Run) -> None:
        memory = run.state_of(self)
        # If a callback before this one has failed in on_run_start, the folder holds nothing of the run.
        if hasattr(memory, "_saved_at") and not getattr(memory, "_has_nothing_new", False):
            self._save_results(run)

    def _save_results(self, run: Run) -> None:
        """Write history and model, if it is finite, and first of all what the run depends on."""
        if run.folder is None:
            return
        memory = run.state_of(self)
        if not memory._is_described:
            described = provenance((*run.network.layers, run.options)) | run.numerics
            write_json(run.folder / ENVIRONMENT, described | run.describe() | {"changes": memory._changes})
            memory._is_described = True
        save_csv(run.history, run.folder / HISTORY)
        if first_not_finite(run.network) is None:
            save(run.network, run.folder / MODEL)
