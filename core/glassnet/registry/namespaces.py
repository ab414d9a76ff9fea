"""``gn.layers.dense(128)``, ``gn.optimizers.adam(lr=0.01)``: one namespace for each kind of component."""

from __future__ import annotations

from typing import Any

from glassnet.errors import UnknownAttributeError, UnknownComponentError
from glassnet.registry.kinds import KINDS
from glassnet.registry.registry import registry


class Namespace:
    """The installed components of one kind, as attributes."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # what no component is called, and what notebooks ask every object for
            raise AttributeError(name)
        try:
            return registry.resolve(self._kind, name)
        except UnknownComponentError as error:
            raise UnknownAttributeError(str(error)) from None

    def __getitem__(self, name: str) -> Any:
        """Return a component by a name that may be qualified: ``gn.activations["glassnet-swish:swish"]``."""
        return registry.resolve(self._kind, name)

    def __dir__(self) -> list[str]:
        """Return the names, for completion. None of them is imported for that."""
        return registry.names(self._kind)

    def __repr__(self) -> str:
        return f"<{KINDS[self._kind].plural}: {', '.join(dir(self))}>"


layers = Namespace("layer")
activations = Namespace("activation")
losses = Namespace("loss")
optimizers = Namespace("optimizer")
initializers = Namespace("initializer")
regularizers = Namespace("regularizer")
constraints = Namespace("constraint")
schedules = Namespace("schedule")
metrics = Namespace("metric")
datasets = Namespace("dataset")
callbacks = Namespace("callback")
accelerators = Namespace("accelerator")
commands = Namespace("command")
