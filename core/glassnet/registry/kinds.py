"""The kinds of component: what can be replaced, under which entry-point group, from which base class."""

from __future__ import annotations

import importlib
from typing import Any

import attrs


@attrs.frozen
class Kind:
    """One kind of component, and itself a component: of the kind ``kind``.

    A distribution declares a kind by an entry point under ``glassnet.kinds`` that is called like the kind::

        [project.entry-points."glassnet.kinds"]
        corruption = "glassnet_corrupt.kind:CORRUPTION"

    All that it names is imported or read when it is needed, so that the module of a kind may be imported at any time.

    Attributes
    ----------
    name
        ``"layer"``, ``"loss"``, …
    base
        Where the base class is, as ``module:attribute``.
    plural
        The attribute of `glassnet` that lists the kind, and the end of its entry-point group.
    also
        Kinds whose components may stand wherever one of this kind does.
    instances
        The components are instances of the base class, not subclasses of it.
    checks
        Where the checks of the kind are, a `glassnet.testing.Suite`, as ``module:attribute``.
    template
        The file in a package from which ``glassnet new`` makes a component, as ``package:path``.
    page
        The file in a package that ``glassnet plugins show kind:NAME`` prints, as ``package:path``. By default that is
        the docstring of the base class.
    """

    name: str
    base: str
    plural: str
    also: tuple[str, ...] = ()
    instances: bool = False
    checks: str = ""
    template: str = ""
    page: str = ""

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
        base: type = imported(self.base)
        return base

    def accepts(self, component: Any) -> bool:
        """Tell whether `component` is of this kind."""
        base = self.base_class()
        if self.instances:
            return isinstance(component, base)
        # An activation is a layer too, and belongs to its own kind.
        own = isinstance(component, type) and getattr(component, "kind", self.name) == self.name
        return own and issubclass(component, base)


def imported(target: str) -> Any:
    """Import and return what ``module:attribute`` names."""
    module, _, attribute = target.partition(":")
    return getattr(importlib.import_module(module), attribute)


# What a training needs. Every other kind is declared by the package that uses it.
TRAINING_KINDS = (
    Kind("layer", "glassnet.components.layer:Layer", "layers", also=("activation",)),
    Kind("activation", "glassnet.components.activation:Activation", "activations"),
    Kind("loss", "glassnet.components.loss:Loss", "losses"),
    Kind("optimizer", "glassnet.components.optimizer:Optimizer", "optimizers"),
    Kind("initializer", "glassnet.components.parameter:Initializer", "initializers"),
    Kind("regularizer", "glassnet.components.parameter:Regularizer", "regularizers"),
    Kind("constraint", "glassnet.components.parameter:Constraint", "constraints"),
    Kind("schedule", "glassnet.components.optimizer:Schedule", "schedules"),
    Kind("metric", "glassnet.components.metric:Metric", "metrics"),
    Kind("callback", "glassnet.run.run_hooks:Callback", "callbacks"),
)
KIND = Kind("kind", "glassnet.registry.kinds:Kind", "kinds", instances=True)
PLUGIN = Kind("plugin", "builtins:object", "plugins", instances=True)
# A public name of the package that a plugin gives, such as ``gn.load``: it is found and loaded, and never listed.
PUBLIC_NAME = Kind("name", "builtins:object", "names", instances=True)
# A function that networks have as a method, such as ``net.save``: the network is its first argument.
METHOD = Kind("method", "builtins:object", "methods", instances=True)
