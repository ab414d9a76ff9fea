"""Classes whose annotated fields are their options."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar, NoReturn, TypeVar

import attrs

from glassnet.errors import FixedError, OptionError
from glassnet.options.declaration import options_of
from glassnet.registry.plugins import did_you_mean, plugin_hooks

AnyOptions = TypeVar("AnyOptions", bound="Options")


class ReadOnly(dict[str, Any]):
    """Options by name, made to be read: what is put into it would change no component."""

    def _refuse(self, *values: Any, **named: Any) -> NoReturn:
        raise FixedError("options cannot be set here; make a copy with other options: replace(name=…)")

    __setitem__ = __delitem__ = __ior__ = update = setdefault = pop = popitem = clear = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


class Options:
    """A bag of options that checks itself.

    A subclass becomes an attrs class by being written: annotate the options, and nothing else is needed.

    Attributes
    ----------
    frozen
        Whether attributes can be set after construction.
    """

    frozen: ClassVar[bool] = True

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        attrs.define(cls, frozen=cls.frozen, eq=False, slots=False, init=False, repr=False, auto_attribs=True)
        for field in attrs.fields(cls):  # type: ignore[arg-type]  # mypy cannot know what define() does
            if "option" not in field.metadata:
                raise OptionError(
                    f"{cls.__name__}.{field.name} is annotated and no option: declare it with glassnet.option(…), "
                    "or annotate it with ClassVar if it is not a setting"
                )
        if cls.frozen:
            cls.__setattr__ = cls.__delattr__ = _refuse_change  # type: ignore[assignment,method-assign]
        cls.__signature__ = _signature(cls)  # type: ignore[attr-defined]

    def __init__(self, /, *values: Any, **named: Any) -> None:
        try:
            self.__attrs_init__(**_bind(type(self), values, named))  # type: ignore[attr-defined]
        except OptionError:
            if any(map(_is_data, values)):
                raise OptionError(not_a_function(self)) from None
            raise

    @classmethod
    def title(cls) -> str:
        """Return the name by which messages speak of this class."""
        return cls.__name__.lower()

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy or a pickle holds: all attributes but those that are computed when they are asked for."""
        return {
            name: value
            for name, value in vars(self).items()
            if not isinstance(getattr(type(self), name, None), cached_property)
        }

    @property
    def options(self) -> ReadOnly:
        """The options and their values; `replace` changes them."""
        return ReadOnly({name: getattr(self, name) for name in options_of(type(self))})

    def replace(self: AnyOptions, **changes: Any) -> AnyOptions:
        """Return a copy with some options changed."""
        return type(self)(**{**self.options, **changes})


def _is_data(value: Any) -> bool:
    """Tell whether a value is an array, or holds arrays, as no option does."""
    return getattr(value, "ndim", 0) > 0 or isinstance(value, Mapping | Iterator)


def not_a_function(options: Options) -> str:
    """Return the message for options that are given arrays: what computes with them."""
    told = plugin_hooks().glassnet_called_component(kind=getattr(options, "kind", ""))
    hint = told or "it is made with options: replace(name=…) changes them"
    return f"{options.title()} is not a function of arrays; {hint}"


def _refuse_change(options: Options, name: str, value: Any = None) -> None:
    """Raise `FixedError`: frozen options are set when their object is made."""
    title = options.title()
    known = options_of(type(options))
    if name not in known:
        raise FixedError(f"{title} has no option {name!r}{did_you_mean(name, known)} (its options: {', '.join(known)})")
    raise FixedError(
        f"{title} is fixed once it is made, so {name} cannot be set; "
        f"make it with the option: '{title}(…, {name}={value!r})', or replace({name}={value!r}) for a copy"
    )


def _signature(cls: type[Options]) -> inspect.Signature:
    """Return what a call of the class takes, for completion and help."""
    taken = inspect.signature(cls.__attrs_init__)  # type: ignore[attr-defined]
    return taken.replace(parameters=list(taken.parameters.values())[1:], return_annotation=taken.empty)


def _bind(cls: type[Options], values: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    """Match arguments to options, and say in one line what does not match."""
    options = options_of(cls)
    positional = [name for name, field in options.items() if not field.kw_only]
    if len(values) > 1 == len(positional) and options[positional[0]].metadata["option"].many:
        title = cls.title()
        raise OptionError(f"{title} takes one list, got {len(values)} values; put brackets around them: {title}([…])")
    if len(values) > len(positional):
        taken = (
            f"{len(positional)} values by position ({', '.join(positional)})" if positional else "no values by position"
        )
        raise OptionError(f"{cls.title()} takes {taken}, got {len(values)}; give the rest by name")
    bound = dict(zip(positional, values, strict=False))
    for name, value in named.items():
        if name not in options:
            listed = ", ".join(options) or "none"
            told = plugin_hooks().glassnet_unknown_option(kind=getattr(cls, "kind", ""), name=name, known=options)
            advice = did_you_mean(name, options) if told is None else told
            raise OptionError(f"{cls.title()} has no option {name!r}{advice} (its options: {listed})")
        if name in bound:
            raise OptionError(f"{cls.title()}: {name} is given twice ({bound[name]!r} and {value!r})")
        bound[name] = value
    for name, field in options.items():
        if field.default is attrs.NOTHING and name not in bound:
            raise OptionError(f"{cls.title()} needs {name}: {field.metadata['option'].help}")
    return bound
