"""The kinds of component: what can be replaced, under which entry-point group, from which base class."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from glassnet.errors import UnknownComponentError, did_you_mean


@dataclass(frozen=True)
class Kind:
    """One kind of component.

    Attributes
    ----------
    name
        ``"layer"``, ``"loss"``, …
    base
        Where the kind's base class is, as ``module:attribute``; imported when it is needed.
    plural
        The attribute of `glassnet` that lists the kind, and the end of its entry-point group.
    also
        Kinds whose components may stand wherever one of this kind does.
    instances
        The components are instances of the base class, not subclasses of it.
    """

    name: str
    base: str
    plural: str
    also: tuple[str, ...] = ()
    instances: bool = False

    @property
    def group(self) -> str:
        """The entry-point group."""
        return f"glassnet.{self.plural}"

    @property
    def article(self) -> str:
        """The kind with its article: ``an activation``, ``a loss``."""
        return f"{'an' if self.name[0] in 'aeiou' else 'a'} {self.name}"

    def base_class(self) -> type:
        """Import and return the base class."""
        module, _, attribute = self.base.partition(":")
        base: type = getattr(importlib.import_module(module), attribute)
        return base

    def accepts(self, component: Any) -> bool:
        """Tell whether `component` is of this kind."""
        base = self.base_class()
        if self.instances:
            return isinstance(component, base)
            # An activation is a layer too, and belongs to its own kind.
        own = isinstance(component, type) and getattr(component, "kind", self.name) == self.name
        return own and issubclass(component, base)


KINDS = {
    kind.name: kind
    for kind in (
        Kind("layer", "glassnet.components.layer:Layer", "layers", also=("activation",)),
        Kind("activation", "glassnet.components.activation:Activation", "activations"),
        Kind("loss", "glassnet.components.loss:Loss", "losses"),
        Kind("optimizer", "glassnet.components.optimizer:Optimizer", "optimizers"),
        Kind("initializer", "glassnet.components.initializer:Initializer", "initializers"),
        Kind("regularizer", "glassnet.components.regularizer:Regularizer", "regularizers"),
        Kind("constraint", "glassnet.components.constraint:Constraint", "constraints"),
        Kind("schedule", "glassnet.components.schedule:Schedule", "schedules"),
        Kind("metric", "glassnet.components.metric:Metric", "metrics"),
        Kind("dataset", "glassnet.components.dataset:DataSource", "datasets"),
        Kind("callback", "glassnet.components.callback:Callback", "callbacks"),
        Kind("accelerator", "glassnet_accelerators.accelerator:Accelerator", "accelerators"),
        Kind("command", "click:Command", "commands", instances=True),
    )
}
_BY_PLURAL = {kind.plural: kind for kind in KINDS.values()}


def kind_named(name: str) -> Kind:
    """Return the kind called `name`, in singular or plural.

    Raises
    ------
    UnknownComponentError
        When there is no such kind.
    """
    kind = KINDS.get(name) or _BY_PLURAL.get(name)
    if kind is not None:
        return kind
    raise UnknownComponentError(f"unknown kind {name!r}{did_you_mean(name, KINDS)} (the kinds: {', '.join(KINDS)})")
