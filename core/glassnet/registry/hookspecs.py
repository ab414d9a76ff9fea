"""The index of everything that can be extended: every hook of glassnet, and nothing else.

Two pluggy projects. ``glassnet`` has the hooks by which plugins are found; a plugin that is an ordinary
component class implements them by inheritance. ``glassnet_run`` has the hooks of one training run; a callback
implements one by having a method of its name. `docs/extending.md` has a section for each.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from glassnet.registry.kinds import Kind
    from glassnet.training.run import Run

hookspec = pluggy.HookspecMarker("glassnet")
hookimpl = pluggy.HookimplMarker("glassnet")
run_hookspec = pluggy.HookspecMarker("glassnet_run")
run_hookimpl = pluggy.HookimplMarker("glassnet_run")


class PluginHooks:
    """Hooks of the registry."""

    @hookspec
    def glassnet_component(self) -> Any:
        """Return the component that an entry point stands for.

        A component class needs not write it: it inherits one that returns the class. Write it where the
        class has to be made or chosen when the plugin is loaded; the entry point then names the module or
        object that has it.

        Returns
        -------
        type or click.Command
            A subclass of the kind's base class; for the kind ``command``, a click command.
        """

    @hookspec(firstresult=True)
    def glassnet_unknown_component(self, kind: str, name: str, known: Collection[str]) -> str | None:
        """Return what to add to the message about a name that no distribution gives; the first result wins.

        Parameters
        ----------
        kind
            The kind that was asked for.
        name
            The name, without a distribution.
        known
            The names that are installed.
        """

    @hookspec
    def glassnet_missing_install(self, kinds: list[Kind], name: str) -> str | None:
        """Return what has to be installed again for `name` to be known: ``; …``, or nothing.

        Parameters
        ----------
        kinds
            The kind that was asked for, and those that may be used in its place.
        name
            The name, without a distribution.
        """

    @hookspec(firstresult=True)
    def glassnet_backward(self, component: Any) -> Any:
        """Return the derivative of a component whose author wrote none; the first result wins.

        Called when the derivative of such a component is asked for.

        Parameters
        ----------
        component
            A layer, an activation, a loss or a regularizer.

        Returns
        -------
        Layer or callable
            For a layer, the layer that a network uses in its place. For all others a function with the parameters of
            the missing method: `Activation.backward`, `Loss.backward` or `Regularizer.gradient`.
        """

    @hookspec
    def glassnet_check_components(self, objective: Any, x: Any, y: Any, step: int, seed: int) -> None:
        """Raise `TracingError` if a derivative from `glassnet_backward` is wrong.

        Called on the first batch of a run that has components without a derivative of their own.

        Parameters
        ----------
        objective
            The `Objective`: network, layers, loss and penalties.
        x, y
            The batch.
        step, seed
            Where the random numbers of the layers come from.
        """

    @hookspec(firstresult=True)
    def glassnet_executor(self) -> Any:
        """Return the `Executor` that computes pieces of work; the first result wins. Called once in a process."""

    @hookspec(firstresult=True)
    def glassnet_microbatches(self, network: Any) -> Any:
        """Return what runs the layers of `network` on a batch, a `WholeBatch`; the first result wins."""

    @hookspec
    def glassnet_derivatives(self) -> Any:
        """Return derivatives of functions that the tape does not know.

        Found under the entry-point group ``glassnet.derivatives``, where an entry names a module or object that
        has this hook, and asked for when traced code calls a function without a derivative.

        Returns
        -------
        dict
            A rule for each function. ``rule(g, y, *arguments, **options)`` is given the gradient of the result,
            the result, and what the function was called with. It returns a gradient for each argument by position:
            zero where the result does not change with the argument, and None where it has no derivative.
        """


class RunHooks:
    """Hooks of one training run, in the order in which they are called."""

    @run_hookspec
    def on_run_start(self, run: Run) -> None:
        """Called once, when data, network and optimizer are ready and no step has been taken."""

    @run_hookspec
    def on_epoch_start(self, run: Run) -> None:
        """Called before the first batch of each epoch; ``run.epoch`` counts from 0."""

    @run_hookspec
    def on_batch_start(self, run: Run) -> None:
        """Called before each batch; ``run.batch`` is ``(x, y)`` and may be replaced."""

    @run_hookspec(firstresult=True)
    def train_step(self, run: Run) -> float | None:
        """Take one step on ``run.batch`` and return its loss; the first result wins.

        ``run.compute_gradients()`` and ``run.update()`` are the two halves of the ordinary step.
        """

    @run_hookspec
    def on_after_backward(self, run: Run) -> None:
        """Called when ``run.network.gradients`` is complete and before the optimizer reads it.

        Gradients that are not finite afterwards end the run, unless ``on_divergence="continue"``.
        """

    @run_hookspec
    def on_batch_end(self, run: Run) -> None:
        """Called after each step; ``run.logs`` has the means of the epoch so far, computed where it is read."""

    @run_hookspec
    def on_validation_end(self, run: Run) -> None:
        """Called after each pass over the validation data; ``run.logs`` has its ``val_`` entries."""

    @run_hookspec
    def on_epoch_end(self, run: Run) -> None:
        """Called when an epoch is complete and is in ``run.history``."""

    @run_hookspec
    def should_stop(self, run: Run) -> bool | None:
        """Asked after each epoch: training ends when any callback returns true."""

    @run_hookspec
    def on_exception(self, run: Run, exception: BaseException) -> None:
        """Called when training is broken off, by Ctrl-C too; the exception goes on afterwards."""

    @run_hookspec
    def on_run_end(self, run: Run) -> None:
        """Called last, however the run ended."""
