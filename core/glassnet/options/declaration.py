"""Options: the settings of a component, declared once.

One declaration validates, documents, completes, and later draws sliders::

    lr: float = gn.option(0.001, gt=0, log=True, help="step size")
"""

from __future__ import annotations

import enum
import os
import re
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import attrs
import numpy as np

from glassnet.errors import OptionError, WrongKindError
from glassnet.options.conversion import annotation_of, as_type, parts_of, type_name
from glassnet.registry.plugins import plugin_hooks
from glassnet.registry.registry import create, registry
from glassnet.registry.spec import split_specs

REQUIRED: Any = attrs.NOTHING
# The options of each class, looked through once.
# Kinds whose components have no identity: layers may be shared, and callbacks have a memory for each run.
_INTERCHANGEABLE = frozenset({"loss", "optimizer", "regularizer", "schedule"})
_NUMBER = re.compile(r"\s*[+-]?\d*\.?\d+(e[+-]?\d+)?\s*")
_OPTIONS: dict[type, Mapping[str, attrs.Attribute[Any]]] = {}


@attrs.frozen
class Option:
    """What an option's declaration says about its values.

    Attributes
    ----------
    help
        One line that says what the option does.
    gt, ge, lt, le
        Bounds: greater than, at least, less than, at most. For a tuple they hold for each element.
    choices
        The only values allowed.
    log
        The option is best searched on a logarithmic scale.
    kind
        The option holds a component of this kind: a name, a spec or an instance is taken. None is taken where
        it is the default.
    many
        The option holds a list of components of `kind`.
    path
        The option names a file or folder to read. A run records where it was, and finds it again from any folder.
    written
        The option names a file or folder to write. A path from an experiment file starts from the folder of the run.
        It has to stay in there unless the command line allows more.
    """

    help: str
    gt: float | None
    ge: float | None
    lt: float | None
    le: float | None
    choices: tuple[Any, ...] | None
    log: bool
    kind: str | None
    many: bool
    path: bool
    written: bool

    @property
    def range(self) -> str:
        """The allowed values in words, such as ``> 0 and < 1``, or nothing when all are."""
        if self.choices is not None:
            return "one of " + ", ".join(map(repr, self.choices))
        bounds = [(">", self.gt), (">=", self.ge), ("<", self.lt), ("<=", self.le)]
        return " and ".join(f"{sign} {bound}" for sign, bound in bounds if bound is not None)

    def allows(self, value: Any) -> bool:
        """Tell whether `value`, already of the right type, is in range. NaN never is."""
        if self.choices is not None:
            return value in self.choices
        if isinstance(value, tuple):
            return all(map(self.allows, value))
        if not isinstance(value, (int, float)):
            return True  # None and the like mean "not set"; only numbers, and each number of a tuple, have a range
        return (
            value == value
            and (self.gt is None or value > self.gt)
            and (self.ge is None or value >= self.ge)
            and (self.lt is None or value < self.lt)
            and (self.le is None or value <= self.le)
        )


def option(
    default: Any = REQUIRED,
    *,
    help: str = "",
    gt: float | None = None,
    ge: float | None = None,
    lt: float | None = None,
    le: float | None = None,
    choices: Sequence[Any] | None = None,
    log: bool = False,
    kind: str | None = None,
    many: bool = False,
    kw_only: bool = False,
    path: bool = False,
    written: bool = False,
) -> Any:
    """Declare one option of a component; the annotation beside it says the type: ``int``, ``tuple[float, ...]``.

    Parameters
    ----------
    default
        The value when none is given. Without it, the option must be given.
    kw_only
        The option can be given by name only.
    help, gt, ge, lt, le, choices, log, kind, many, path, written
        As in `Option`.
    """
    described = Option(
        help, gt, ge, lt, le, None if choices is None else tuple(choices), log, kind, many, path, written
    )
    return attrs.field(
        default=default,
        kw_only=kw_only,
        metadata={"option": described},
        converter=attrs.Converter(_settle, takes_self=True, takes_field=True),
    )


def options_of(component: type) -> Mapping[str, attrs.Attribute[Any]]:
    """Return the options of a component class by name, in the order in which a spec gives them."""
    if component not in _OPTIONS:
        declared = [field for field in attrs.fields(component) if "option" in field.metadata]
        # A base class's own come first, and may be by name only: in a spec these stand last.
        in_order = sorted(declared, key=lambda field: field.kw_only)
        _OPTIONS[component] = MappingProxyType({field.name: field for field in in_order})
    return _OPTIONS[component]


def _settle(value: Any, component: Any, field: attrs.Attribute[Any]) -> Any:
    """Return `value` in the option's type, or raise `OptionError`."""
    if value is field.default and (value is None or (isinstance(value, tuple) and not value)):
        return value  # nothing was given, as for most options of a training
    described: Option = field.metadata["option"]
    if described.kind is not None:
        return _settle_component(value, type(component), field)
    owner = type(component)
    annotation = annotation_of(owner, field)
    try:
        settled = as_type(value, annotation)
    except TypeError:
        wanted = type_name(annotation)
        elsewhere = plugin_hooks().glassnet_wrong_value(value=value, kind="") or ""
        raise OptionError(f"{owner.title()}: {field.name} must be {wanted} (got {value!r}){elsewhere}") from None
    if (described.path or described.written) and isinstance(settled, str) and "\0" in settled:
        raise OptionError(f"{owner.title()}: {field.name} has a null character (got {value!r}); leave it out")
    if isinstance(settled, int) and settled.bit_length() > sys.float_info.max_exp - 1:
        raise OptionError(f"{owner.title()}: {field.name} must be smaller than 1e308 (got {value!r})")
    if not described.allows(settled):
        raise OptionError(f"{owner.title()}: {field.name} must be {described.range or 'a number'} (got {value!r})")
    return settled


def _created(kind: str, described: Any) -> Any:
    """Return a component; the same one for the same spec, where nothing tells two equal components apart."""
    if isinstance(described, str) and _NUMBER.fullmatch(described):
        described = float(described)  # is told as if it had been given as a number
    if isinstance(described, str) and kind in _INTERCHANGEABLE:
        return _created_once(kind, described, registry.version, os.environ.get("GLASSNET_PREFER"))
    return create(kind, described)


@lru_cache(maxsize=256)
def _created_once(kind: str, spec: str, version: int, preferred: str | None) -> Any:
    return create(kind, spec)


def _settle_component(value: Any, owner: Any, field: attrs.Attribute[Any]) -> Any:
    described: Option = field.metadata["option"]
    assert described.kind is not None
    if described.many:
        if field.default == ():  # of an optional list, one component or a text of several is what is meant
            value = split_specs(value) if isinstance(value, str) else [value] if hasattr(value, "options") else value
        if isinstance(value, str) or not isinstance(value, Sequence):
            told = plugin_hooks().glassnet_wrong_value(value=value, kind=described.kind) or ""
            wanted = f"{field.name} must be a list of {described.kind}s"
            raise OptionError(f"{owner.title()}: {wanted} (got {value!r}){told}")
        return tuple(create(described.kind, each) for each in value)
    if value is None and field.default is None:
        return None
    try:
        return _created(described.kind, value)
    except WrongKindError as error:
        raise WrongKindError(f"{owner.title()}: {field.name}: {error}") from None


# No spec can write such a value.
_UNWRITTEN = (dict, set, frozenset, bytes, complex, slice, np.ndarray, enum.Enum, os.PathLike)


def check_types(component: type) -> None:
    """Raise `OptionError` if the type of an option is one that no spec can write: it would refuse every value."""
    for name, field in options_of(component).items():
        try:
            annotation = annotation_of(component, field)
        except (NameError, StopIteration):  # the name is imported for type checkers alone
            continue
        for part in parts_of(annotation):
            if isinstance(part, type) and (issubclass(part, _UNWRITTEN) or part is list):
                raise OptionError(
                    f"{component.__name__}.{name} is of type {type_name(annotation)}, which a spec cannot write; "
                    "use int, float, bool, str, tuple[…, ...] or list[…] of these, "
                    "str with choices=… for an Enum, or str with path=True for a path"
                )
