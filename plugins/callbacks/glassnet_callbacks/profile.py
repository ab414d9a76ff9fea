"""Where the time of a run goes."""

from __future__ import annotations

import glassnet as gn
from glassnet.run_folder import write_json
from glassnet_callbacks.profiling.profiled_run import ProfiledRun
from glassnet_callbacks.profiling.report import as_plain, print_profile

PROFILE = "profile.json"


class Profile(gn.Callback):
    """Shows where the time of a run goes: by layer, forward and backward, loss, optimizer, data, callbacks, validation.

    The table appears on standard error when the run ends, however it ends, and is in the run's folder as
    ``profile.json``. Of a run that is continued, it is about the part after the break. The rows add up to the time from
    the start of the run to its end; rows that are set in are part of the one above them. Parts of at least a tenth are
    bold. Each time that is taken costs about half a microsecond, so rows of a few microseconds are rather too large.

    The share of the time in matrix products (``matmul``, ``@``, ``dot``, ``einsum``, ``tensordot`` and the like, which
    run in BLAS or could) is measured in one step of `watch_every`, in which layers and optimizer are given views of
    their arrays that tell when they go into such a function. What is calculated is the same. The figure behind ± is the
    standard error over these steps. They take longer than others by about two microseconds for each call of NumPy, and
    a product appears about 0.2 µs longer than it is. Only products in the run's own thread are timed: of a layer that
    shares its work between threads, that thread stands for all. Products are not seen where a layer's backward is
    derived from its forward, and where a function is given neither a layer's arrays nor anything made of them by NumPy.
    """

    watch_every: int = gn.option(20, ge=1, help="one step in so many is watched for matrix products")

    # First, so that what the others do when the run starts is timed; and last, so that all of it is.
    @gn.run_hookimpl(tryfirst=True)
    def on_run_start(self, run: gn.Run) -> None:
        run.memory(self)._profiled = ProfiledRun(run, self.watch_every, by=self)

    @gn.run_hookimpl(trylast=True)
    def on_run_end(self, run: gn.Run) -> None:
        profiled = getattr(run.memory(self), "_profiled", None)
        if profiled is None:
            return  # another callback failed before the clock was started
        profiled.end()
        from rich.console import Console

        print_profile(profiled, Console(stderr=True, markup=False, emoji=False, highlight=False))
        if run.folder is not None:
            write_json(run.folder / PROFILE, as_plain(profiled))
