"""The hooks by which plugins say more: in messages after a mistake, and in warnings before one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from glassnet.registry.entry_points import Entry
    from glassnet.registry.kinds import Kind
    from glassnet.types import Shape

hookspec = pluggy.HookspecMarker("glassnet")


class MessageHooks:
    """Hooks for mistakes."""

    @hookspec(firstresult=True)
    def glassnet_name_error(
        self, kinds: list[Kind], name: str, candidates: list[Entry], known: list[str]
    ) -> str | None:
        """Return the message about a name that means nothing, or too much; the first result wins.

        Parameters
        ----------
        kinds
            The kind that was asked for, and those that may be used in its place.
        name
            The name, which may be qualified by a distribution.
        candidates
            What the name may mean; empty if nothing gives it.
        known
            The names that are installed, if nothing gives it.
        """

    @hookspec(firstresult=True)
    def glassnet_check_distribution(self, distribution: Any) -> str | None:
        """Return why the components of another distribution cannot be used; the first result wins.

        Parameters
        ----------
        distribution
            An `importlib_metadata.Distribution`, or None if it is not known.
        """

    @hookspec
    def glassnet_name_shared(self, entry: Entry, candidates: list[Entry]) -> None:
        """Warn of a name that several distributions give, and that was taken to mean `entry`."""

    @hookspec(firstresult=True)
    def glassnet_wrong_component(self, entry: Entry, found: Any, kinds: Mapping[str, Kind]) -> str | None:
        """Return why `found`, which an entry names, cannot be its component; the first result wins."""

    @hookspec(firstresult=True)
    def glassnet_show(self, thing: Any, form: str) -> str | None:
        """Return an object as a notebook or `help` shows it; None shows its `repr`. The first result wins.

        Parameters
        ----------
        thing
            A network, a dataset, a split, a history, named arrays, a component, or the namespace of a kind.
        form
            ``"html"`` for a notebook, such as a table, or ``"help"`` for plain text.
        """

    @hookspec
    def glassnet_remarks(self, layers: Sequence[Any]) -> list[str] | None:
        """Return what the text of a network says of its layers beside the layers themselves."""

    @hookspec
    def glassnet_check_loss(self, loss: Any, layers: Sequence[Any], shapes: Sequence[Shape]) -> None:
        """Raise `ShapeError` or warn if a loss is not defined for what the last layer gives.

        Parameters
        ----------
        loss, layers
            What the outputs are measured by, and the layers of the network.
        shapes
            Shape of one sample before the first layer, between layers, and after the last.
        """

    @hookspec
    def glassnet_check_figures(self, network: Any, metrics: Sequence[Any], figures: Mapping[str, Any]) -> None:
        """Warn of figures that `Network.evaluate` is about to return, such as a loss that is not finite."""

    @hookspec(firstresult=True)
    def glassnet_target_check(self, network: Any, loss: Any) -> Callable[[Any, str], Any] | None:
        """Return a function that is given targets as the loss takes them, may warn of them, and returns them.

        Its second argument is what to call the targets, such as ``"validation "``. It is asked for once for the data of
        a training, and once for each evaluation. The targets of batches come one batch after another. None if there is
        nothing to look for; the first result wins.
        """

    @hookspec(firstresult=True)
    def glassnet_fixed_attribute(self, name: str, exists: bool) -> str | None:
        """Return why an attribute of a network cannot be set, and what to do; the first result wins."""

    @hookspec(firstresult=True)
    def glassnet_unknown_option(self, kind: str, name: str, known: Collection[str]) -> str | None:
        """Return what to add to the message about an option that a component does not have; the first result wins."""

    @hookspec(firstresult=True)
    def glassnet_nearest_name(self, wrong: str, known: Iterable[str]) -> str | None:
        """Return the nearest of the names that exist as what a message adds: ``, …``; the first result wins."""

    @hookspec(firstresult=True)
    def glassnet_public_name(self, name: str) -> Any:
        """Return what ``glassnet.NAME`` is, if nothing else has the name; the first result wins."""

    @hookspec(firstresult=True)
    def glassnet_unknown_attribute(self, owner: Any, name: str) -> str | None:
        """Return what to add to the message about a missing attribute; the first result wins.

        Parameters
        ----------
        owner
            The class of the object, or the module `glassnet`.
        name
            The attribute.
        """

    @hookspec(firstresult=True)
    def glassnet_wrong_call(
        self, function: Callable[..., Any], values: tuple[Any, ...], named: Mapping[str, Any]
    ) -> Exception | None:
        """Return the error for arguments that do not fit the signature of `function`; the first result wins."""

    @hookspec(firstresult=True)
    def glassnet_wrong_result(self, error: Exception) -> Exception | None:
        """Return the error that names the component whose result ended a call in `error`; the first result wins."""

    @hookspec
    def glassnet_fit_options(self) -> Collection[str] | None:
        """Return names of arguments of `fit` that the plugin takes out of `given` in `glassnet_prepare_rows`."""

    @hookspec
    def glassnet_check_memory(self, needed: float, what: str, advice: str) -> None:
        """Raise `OutOfMemoryError` if less memory is left than needed. Called for 64 MiB or more.

        Parameters
        ----------
        needed
            The number of bytes that are certainly taken.
        what, advice
            What takes them, and what to do if they are too many, in the words of the message.
        """

    @hookspec(firstresult=True)
    def glassnet_out_of_memory(self, function: str, error: MemoryError) -> Exception | None:
        """Return the error for a public function that ended in a `MemoryError`; the first result wins."""

    @hookspec(firstresult=True)
    def glassnet_wrong_value(self, value: Any, kind: str) -> str | None:
        """Return where a value belongs that an option cannot take: ``; …``; the first result wins.

        Parameters
        ----------
        value
            What was given.
        kind
            The kind of component that is wanted, such as ``"optimizer"``; empty for an option of another type.
        """

    @hookspec(firstresult=True)
    def glassnet_called_component(self, kind: str) -> str | None:
        """Return what computes with a component that was called like a function; the first result wins."""
