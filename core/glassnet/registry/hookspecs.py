"""The hooks of plugins, and the markers of both pluggy projects.

``glassnet`` has the hooks by which the kernel asks plugins; an ordinary component class implements them
by inheritance. ``glassnet_run`` has the hooks of one training run, in `glassnet.training.run_hooks`; a callback
implements one by having a method of its name. `docs/extending.md` has a section for each.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from glassnet.registry.kinds import Kind

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

    @hookspec
    def glassnet_default_callbacks(self, config: Any) -> list[Any] | None:
        """Return the callbacks that a run needs besides those that its user lists.

        Parameters
        ----------
        config
            What `Network.fit` was given: a `glassnet.training.config.FitConfig`.
        """

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
