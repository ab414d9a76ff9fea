"""The base of every component: options, the spec that makes the component again, and what its checks have to know."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, NoReturn

import attrs

from glassnet.components.attributes import ExplainsAttributes
from glassnet.errors import OptionError, ShapeError, SpecError
from glassnet.options.declaration import check_types, options_of
from glassnet.options.options import Options, not_a_function
from glassnet.registry.hookspecs import hookimpl
from glassnet.registry.registry import name_of

# Reading a spec takes eight calls of Python for each level, of the thousand that Python allows.
DEEPEST = 50


@attrs.frozen(kw_only=True)
class Checks:
    """What the checks have to know of a component that its code does not tell.

    ::

        class Binarize(gn.Activation):
            checks = gn.Checks(straight_through=True)

    Parameters
    ----------
    kinks
        Inputs at which the derivative or the value jumps: the checks look there too.
    domain
        The two bounds between which inputs make sense.
    straight_through
        `backward` is by design not the derivative of `forward`, as in quantization or gradient reversal.
        Gradients are then not compared.
    batch_loss
        The loss compares the samples of a batch with each other, as contrastive and triplet losses do.
        It is then not the mean of the losses of single samples.
    examples
        Specs that show the component at work, as in `Component.examples`. An example may hold the path of a file.
    counts_elsewhere
        Options that change no result where the checks look, such as one for several processes.
    counterpart
        The name of what computes the same in another library, such as ``"torch.nn.functional.silu"``, for layers
        without parameters, activations, losses, optimizers, schedules and metrics. Arguments may follow in
        parentheses, written with the names of options: ``"torch.optim.Adam(betas=(beta1, beta2), eps=epsilon)"``.
        The two are compared if the library is installed.

    Raises
    ------
    OptionError
        If the lower bound of the domain is not below the upper one.
    """

    kinks: Sequence[float] = ()
    domain: tuple[float, float] = (-math.inf, math.inf)
    straight_through: bool = False
    batch_loss: bool = False
    examples: Sequence[Any] = ()
    counts_elsewhere: Sequence[str] = ()
    counterpart: str = ""

    def __attrs_post_init__(self) -> None:
        if len(self.domain) != 2 or not self.domain[0] < self.domain[1]:
            raise OptionError(f"domain must be two bounds, the lower one first (got {self.domain!r})")


class Component(ExplainsAttributes, Options):
    """One class of a kind. Its fields are its options; it holds no array and nothing from a run.

    Attributes
    ----------
    kind
        The kind that the class belongs to, such as ``"activation"``.
    formula
        The mathematics in plain text.
    examples
        Specs that show the component at work, such as ``"dense(3)"``: `glassnet_testing` checks each. By default
        it is checked without options. Instead of a spec alone a layer may give ``(spec, input shape)``, a loss
        or a metric ``(spec, predictions, targets)``, where the checks cannot think of a suitable input.
    checks
        What the checks have to know besides, such as that `backward` is by design not the derivative: `gn.Checks`.
    """

    kind: ClassVar[str]
    formula: ClassVar[str] = ""
    examples: ClassVar[Sequence[Any]] = ()
    checks: ClassVar[Checks] = Checks()

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        check_types(cls)

    @classmethod
    @hookimpl
    def glassnet_component(cls) -> type[Component]:
        """Give this class to the registry: a component class is a plugin as it stands."""
        return cls

    @classmethod
    def title(cls) -> str:
        """Return the name under which the registry knows this class."""
        return name_of(cls)

    @classmethod
    def remark(cls) -> str:
        """Return what a listing of components says beside this one, such as that it is not in use; mostly nothing."""
        return ""

    def check_depth(self) -> None:
        """Raise `SpecError` if components hold each other deeper than a spec of them can be read."""
        level: list[Component] = [self]
        depth = 1
        while level := list({id(held): held for one in level for held in _held(one)}.values()):
            depth += 1
            if depth > DEEPEST:
                raise SpecError(
                    f"{self.title()} holds components more than {DEEPEST} deep, one within another; a file could "
                    "not be read again: list layers one after another instead"
                )

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        """Raise `OptionError`: say what computes with this component."""
        raise OptionError(not_a_function(self))

    def __repr__(self) -> str:
        """Return the shortest spec that makes this component again, such as ``adam(lr=0.01)``."""
        return self.title() + _arguments(self)


def components_in(value: Any) -> Iterator[Component]:
    """Iterate over the components in `value`: options, a list, a component and all that it holds."""
    if isinstance(value, Component):
        yield value
    several = value.options.values() if isinstance(value, Options) else value if isinstance(value, tuple | list) else ()
    for held in several:
        if isinstance(held, Options | tuple | list):
            yield from components_in(held)


def _held(component: Component) -> Iterator[Component]:
    for value in component.options.values():
        yield from (each for each in (value if isinstance(value, tuple) else (value,)) if isinstance(each, Component))


def _arguments(component: Component) -> str:
    """Return ``(128, bias=False)``: what is required by position, the rest by name, defaults left out."""
    written: list[str] = []
    for name, field in options_of(type(component)).items():
        value = getattr(component, name)
        # Once: written twice at each level, components that hold each other would take exponential time.
        text = literal(value)
        required = field.default is attrs.NOTHING
        if not required and _same(value, text, field.default):
            continue
        written.append(text if required and not field.kw_only else f"{name}={text}")
    return f"({', '.join(written)})" if written else ""


def _same(value: Any, text: str, default: Any) -> bool:
    """Tell whether a value, which a spec writes as `text`, is an option's default."""
    if isinstance(value, Component):
        return isinstance(default, (str, Component)) and text == str(default)
    if isinstance(value, tuple) and isinstance(default, (tuple, list)):
        return len(value) == len(default) and all(map(_same, value, map(literal, value), default))
    return type(value) is type(default) and bool(value == default)


def literal(value: Any) -> str:
    """Return a value as a spec writes it: nested components as specs, the rest as Python literals."""
    if isinstance(value, Component):
        return repr(value)
    if isinstance(value, tuple):
        return f"[{', '.join(literal(each) for each in value)}]"
    if isinstance(value, float) and math.isinf(value):
        return "1e999" if value > 0 else "-1e999"  # the literal that overflows to it; a bare inf would be a name
    return repr(value)


def wrong_result(component: Component, method: str, found: Any, wanted: str) -> ShapeError:
    """Return the error for a method that returned something else than it should."""
    got = f"shape {found.shape}" if hasattr(found, "shape") else type(found).__name__.removesuffix("Type")
    return ShapeError(f"{method}() of {component!r} returned {got}; return {wanted}")
