"""The hooks of plugins, and the markers of both pluggy projects.

``glassnet`` has the hooks by which the kernel asks plugins; an ordinary component class implements them
by inheritance. ``glassnet_run`` has the hooks of one training run, in `glassnet.run.run_hooks`; a callback
implements one by having a method of its name. `docs/extending.md` has a section for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

from glassnet.registry.message_hooks import MessageHooks, hookspec

if TYPE_CHECKING:
    from glassnet.types import Shape

hookimpl = pluggy.HookimplMarker("glassnet")
run_hookspec = pluggy.HookspecMarker("glassnet_run")
run_hookimpl = pluggy.HookimplMarker("glassnet_run")


class PluginHooks(MessageHooks):
    """All hooks of plugins."""

    @hookspec
    def glassnet_component(self) -> Any:
        """Return the component that an entry point stands for.

        A component class does not write it: it inherits one that returns the class. Write it where the
        class has to be made or chosen when the plugin is loaded. The entry point then names the module or
        object that has it.

        Returns
        -------
        type or click.Command
            A subclass of the kind's base class; for the kind ``command``, a click command.
        """

    @hookspec
    def glassnet_register(self, register: Callable[[str, str, Any], None]) -> None:
        """Register components of any kinds in one call: ``register(kind, name, component)`` for each.

        Implemented by a module under the entry-point group ``glassnet.plugins``. Such a component is found like one
        with an entry point of its own, but its module is imported whenever anything is looked up. The arguments of
        ``register`` are a kind, such as ``"activation"``, a name, and a class.
        """

    @hookspec
    def glassnet_hookspecs(self) -> Any:
        """Return a class or module with hooks of your own, which other plugins can implement.

        Implemented by a module under ``glassnet.plugins``. Its functions are marked with
        ``pluggy.HookspecMarker("glassnet")``, and `glassnet.plugin_hooks` calls them.
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

    @hookspec(firstresult=True)
    def glassnet_executor(self) -> Any:
        """Return the `Executor` that computes pieces of work; the first result wins. Called once in a process."""

    @hookspec(firstresult=True)
    def glassnet_preparation(self) -> Callable[[], Callable[[Any], Any] | None] | None:
        """Return what gives the function that replaces components where nothing is trained; the first result wins.

        The hook is called once in a process. `evaluate` and `predict` call what it returns, and then the function that
        they are given, with each layer, activation and loss. `fit` does so with each regularizer and constraint. They
        compute with what this one returns: a faster replacement, or the component. A network keeps the answers for its
        layers until another function, or None, is given.
        """

    @hookspec(firstresult=True)
    def glassnet_predictor(self) -> Callable[..., Any] | None:
        """Return what `Network.predict` calls; the first result wins. Called once in a process.

        It is given the network, the samples as an array of numbers, the names of their columns, and the array for the
        outputs. The last two may be None. It returns the outputs.
        """

    @hookspec(firstresult=True)
    def glassnet_layout(self, layers: Sequence[Any], tree: dict[str, Any]) -> Any:
        """Return where the parameters of `layers` are, a `ParameterLayout` of `tree`; the first result wins.

        Parameters
        ----------
        layers
            The layers of a network.
        tree
            Parameters as the layers describe them, nested by place.
        """

    @hookspec(firstresult=True)
    def glassnet_join(self, layers: Sequence[Any], tree: dict[str, Any]) -> dict[str, Any] | None:
        """Return a tree of state in which places that share their arrays have one branch; the first result wins."""

    @hookspec(firstresult=True)
    def glassnet_array_access(self) -> Any:
        """Return how arrays of a network are named and assigned to, an `ArrayAccess`; the first result wins.

        Called once in a process.
        """

    @hookspec(firstresult=True)
    def glassnet_microbatches(self, network: Any, sequence: Any) -> Any:
        """Return what runs layers on a batch, a `WholeBatch`; the first result wins.

        Parameters
        ----------
        network
            The network that is trained or measured.
        sequence
            Its layers as they are run, a `LayerSequence`; accelerators may have replaced some.
        """

    @hookspec(firstresult=True)
    def glassnet_array(
        self, values: Any, name: str, sample_shape: Shape | None
    ) -> tuple[Any, tuple[str, ...] | None] | None:
        """Return values that are not an array of NumPy as one, and the names of their columns; the first result wins.

        Called for samples, targets and weights other than native arrays of real numbers.

        Parameters
        ----------
        values
            What was given.
        name
            Its name in messages, such as ``"x"``.
        sample_shape
            The shape that one sample should have, or None if it is not known.

        Returns
        -------
        tuple or None
            An array of real numbers, or what has its ``shape``, ``dtype`` and slices and stays in a file. The second
            value is the names of its columns, or None.
        """

    @hookspec(firstresult=True)
    def glassnet_input_rules(self) -> Any:
        """Return how samples are checked and read: an `InputRules` of `glassnet.data.preparation`. Called once."""

    @hookspec(firstresult=True)
    def glassnet_row_blocks(self, array: Any, multiple_of: int) -> Iterable[slice] | None:
        """Return the places of an array in a file that are read one after another; the first result wins.

        Parameters
        ----------
        array
            An array whose memory is not NumPy's own.
        multiple_of
            The number of rows in each place but the last one is a multiple of this.
        """

    @hookspec(firstresult=True)
    def glassnet_data_loader(self, x: Any, y: Any, sample_weight: Any, epochs: int, batch_size: int | None) -> Any:
        """Return what hands out the batches of some data, or None for arrays in memory; the first result wins.

        Called once for each training, validation and evaluation with data, before anything else looks at them.

        Parameters
        ----------
        x, y, sample_weight
            What `fit` or `evaluate` was given.
        epochs
            The number of epochs in which the data are drawn.
        batch_size
            The batch size that was asked for, or None.

        Returns
        -------
        DataLoader or None
            An object with the methods of the protocol `glassnet.data.loader.DataLoader`.
        """

    @hookspec(firstresult=True)
    def glassnet_validation_loader(self, given: Any, epochs: int) -> Any:
        """Return what hands out the batches of what `fit` was given as `validation`; the first result wins."""

    @hookspec(firstresult=True)
    def glassnet_class_weights(self, class_weight: Any, data: Any, output_shape: Shape) -> Any:
        """Return how much the samples of each class count in the loss; the first result wins.

        Parameters
        ----------
        class_weight
            What `fit` or `evaluate` was given; not None.
        data
            The loader of the data that the weights are for.
        output_shape
            The shape of one output of the network.

        Returns
        -------
        ClassWeights or None
            An object with the methods of the protocol `glassnet.data.arrays.ClassWeights`.
        """

    @hookspec(firstresult=True)
    def glassnet_prepare_rows(self, network: Any, x: Any, y: Any, given: dict[str, Any]) -> Any:
        """Return samples, targets and arguments of `fit` for rows, such as a data frame; the first result wins.

        What turns the rows into samples is assigned to ``network.preprocessing``; `docs/extending.md` says what it has.

        Parameters
        ----------
        network, x, y, given
            What is trained, and on what; and the other arguments of `fit` by name, such as ``"target"``.
        """

    @hookspec
    def glassnet_default_callbacks(self, config: Any) -> list[Any] | None:
        """Return the callbacks that a run needs besides those that its user lists.

        Parameters
        ----------
        config
            What `Network.fit` was given: a `glassnet.run.config.FitConfig`.
        """
