"""Where the time of a run goes."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from time import perf_counter
from typing import Any

import glassnet as gn
from glassnet_callbacks.profiling.profiled_run import ProfiledRun
from glassnet_callbacks.profiling.report import as_plain, print_profile
from glassnet_terminal.standard_error import standard_error

PROFILE = "profile.json"

Surrounding = Generator[None, Any, Any]


class Profile(gn.Callback):
    """Shows where the time of a run goes: by layer, forward and backward, loss, optimizer, data, callbacks, validation.

    The table appears on standard error when the run ends, however it ends, and is in the run's folder as
    ``profile.json``, in seconds. Of a run that is continued, both are about the part after the break. The whole is the
    time from the start of the run to its end. Times of a row include the rows that are set in below it; the column %
    does not, so it adds up to 100. What it took to start accelerators, before the run, is said below the table. Parts
    that take a tenth or more are bold. What is trained is the same as without a profile. To take a time costs about a
    microsecond, so rows of a few microseconds are rather too large.

    The share of matrix products (``matmul``, ``@``, ``dot``, ``einsum``, ``tensordot`` and the like, which run in
    BLAS or could) is measured in one step of `watch_every`. In it, layers and optimizer get views of their arrays
    that tell when they go into such a function; that work has a row of its own. The share is that of these steps,
    without what watching adds to them, times the share of all steps in the whole. It is at most 100 %. The figure
    behind ± is its standard error. A product appears about 0.2 µs longer than it is. Timed
    is the run's own thread: where a layer shares its work between threads, it stands for all. Not seen are products of
    a layer whose backward is derived from its forward, those in compiled code that is not a NumPy ufunc, such as that
    of an accelerated conv2d, and products of arrays that have nothing to do with those that the layer was given.
    """

    only_watches = True

    watch_every: int = gn.option(20, ge=1, help="one step in `watch_every` is watched for matrix products")

    @gn.run_hookimpl(wrapper=True, tryfirst=True)
    def run_training(self, run: gn.Run) -> Surrounding:
        run.state_of(self)._profiled = ProfiledRun(run, self.watch_every)
        return (yield)

    @gn.run_hookimpl(wrapper=True)
    def prepare_component(self, run: gn.Run, component: Any) -> Surrounding:
        started_at = perf_counter()
        found = yield
        prepared = component if found is None else found
        return _profiled(self, run).prepared(component, prepared, perf_counter() - started_at)

    # First, so that what the others do when the run starts is timed; and last, so that all of it is.
    @gn.run_hookimpl(tryfirst=True)
    def on_run_start(self, run: gn.Run) -> None:
        _profiled(self, run).start()

    @gn.run_hookimpl(wrapper=True)
    def epoch_batches(self, run: gn.Run) -> Surrounding:
        return _profiled(self, run).batches((yield))

    @gn.run_hookimpl(wrapper=True)
    def forward_step(self, run: gn.Run) -> Surrounding:
        with _profiled(self, run).between:
            return (yield)

    @gn.run_hookimpl(wrapper=True)
    def loss_step(self, run: gn.Run) -> Surrounding:
        with _profiled(self, run).between:
            return (yield)

    @gn.run_hookimpl(wrapper=True)
    def backward_step(self, run: gn.Run) -> Surrounding:
        with _profiled(self, run).between:
            return (yield)

    @gn.run_hookimpl(wrapper=True)
    def optimizer_step(self, run: gn.Run) -> Surrounding:
        with _profiled(self, run).optimizer:
            return (yield)

    @gn.run_hookimpl(wrapper=True)
    def metrics_step(self, run: gn.Run) -> Surrounding:
        with _profiled(self, run).metrics:
            return (yield)

    @gn.run_hookimpl(wrapper=True)
    def run_validation(self, run: gn.Run) -> Surrounding:
        with _profiled(self, run).validation:
            return (yield)

    @gn.run_hookimpl(wrapper=True)
    def hook_call(self, run: gn.Run, component: Any, hook: str, call: Callable[[], Any]) -> Surrounding:
        if component is self:
            return (yield)
        with _profiled(self, run).callback(component):
            return (yield)

    @gn.run_hookimpl(trylast=True)
    def on_run_end(self, run: gn.Run) -> None:
        profiled = _profiled(self, run)
        if not profiled.is_running:
            return  # another callback failed before the clock was started
        profiled.end()
        from glassnet_terminal.printed import SafeConsole

        print_profile(profiled, SafeConsole(file=standard_error(), markup=False, emoji=False, highlight=False))
        if run.folder is not None and not run.is_as_saved:
            text = json.dumps(as_plain(profiled), indent=2, ensure_ascii=False, allow_nan=False)
            gn.atomic_write(run.folder / PROFILE, f"{text}\n".encode())


def _profiled(callback: Profile, run: gn.Run) -> ProfiledRun:
    profiled: ProfiledRun = run.state_of(callback)._profiled
    return profiled
