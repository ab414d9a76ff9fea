"""The subject: the component that is checked, and the examples of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from glassnet.components.component import Component
from glassnet.errors import PluginLoadError, UnknownNameError, WrongKindError
from glassnet.options.declaration import options_of
from glassnet.registry.entry_points import Entry
from glassnet.registry.kinds import PLUGIN, Kind
from glassnet.registry.registry import registry
from glassnet.registry.spec import parse
from glassnet.support.distributions import canonical
from glassnet_names.for_a_while import registered
from glassnet_names.nearest import did_you_mean


@dataclass(frozen=True)
class Example:
    """A component with options, and what it is to be fed with if that was said.

    Attributes
    ----------
    text
        Its spec.
    component
        A component that is kept, so that what it remembers comes to light.
    given
        What the author's example has behind the spec.
    """

    text: str
    component: Any
    given: tuple[Any, ...] = ()

    def fresh(self) -> Any:
        """Return a new component with the same options, which remembers nothing."""
        return self.component.replace()


@dataclass(frozen=True)
class Subject:
    """A component that is checked.

    Attributes
    ----------
    kind, name
        Under which it is known, or would be.
    component
        The class; for a command, the command. None when it cannot be loaded.
    cause
        Why it cannot be loaded.
    described
        Specs to check in place of the class's own examples.
    found
        What one check has computed and others need too.
    """

    kind: Kind
    name: str
    component: Any
    cause: PluginLoadError | None = None
    described: tuple[str, ...] = field(default=())
    found: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def title(self) -> str:
        """The component as the registry takes it, such as ``activation:relu``."""
        return f"{self.kind.name}:{self.name}"

    @property
    def distribution(self) -> str:
        """Who ships the component."""
        if self.cause is not None:
            return self.cause.distribution
        entry = None if self.kind.instances else registry.entry_of(self.component)
        return entry.distribution if entry is not None else ""

    @cached_property
    def examples(self) -> list[Example]:
        """The examples: those given, else those of the class, else the component without options."""
        written = (*self.component.examples, *self.component.checks.examples)
        declared = self.described or written or (self.name,)
        return [self._example(each) for each in declared]

    def _example(self, declared: Any) -> Example:
        text, *given = (declared,) if isinstance(declared, str) else declared
        spec = parse(text)
        # Made from the class and not by the name: a name may be taken, and is the author's to change.
        return Example(text, self.component(*spec.values, **spec.named), tuple(given))

    @property
    def options(self) -> Mapping[str, Any]:
        """The declarations of the options, by name."""
        return options_of(self.component)

    @contextmanager
    def registered(self) -> Iterator[None]:
        """Register a class that no distribution gives, for a while: specs have to find it."""
        if self.component is None or self._is_known():
            yield
        else:
            with registered(self.kind.name, self.name, self.component):
                yield

    def _is_known(self) -> bool:
        if not self.kind.instances:
            return registry.entry_of(self.component) is not None
        return registry.has(self.kind.name, self.name) and (
            registry.resolve(self.kind.name, self.name) is self.component
        )


def subject_of(component: Any) -> Subject:
    """Return the subject that a user means.

    Parameters
    ----------
    component
        ``"activation:relu"``; ``"layer:conv2d(2, 5)"`` to check it with these options; a class; or a subject.

    Raises
    ------
    UnknownComponentError, AmbiguousComponentError, SpecError
        When the name cannot be resolved.
    WrongKindError
        If it is not a component.
    """
    if isinstance(component, str):
        return _named(component)
    if isinstance(component, Subject):
        return component
    for kind in registry.kinds.values():
        if kind is not PLUGIN and kind.accepts(component) and (not kind.instances or hasattr(component, "name")):
            name = component.name.replace("-", "_") if kind.instances else component.title().lstrip("_")
            return Subject(kind, name, component)
    hint = f"; pass its class: {type(component).__name__}" if isinstance(component, Component) else ""
    raise WrongKindError(f"expected a component as 'kind:name' or as a class, got {component!r}{hint}")


def _named(text: str) -> Subject:
    kind, colon, described = text.partition(":")
    if not colon:
        example = next(
            (f"{kind}:{text}" for kind in reversed(registry.kinds) if registry.has(kind, text)), "activation:relu"
        )
        raise WrongKindError(f"{text!r} does not say of which kind it is; write KIND:NAME, such as {example!r}")
    spec = parse(described)
    entry = registry.find(registry.kind(kind).name, spec.name)
    has_options = bool(spec.values or spec.named)
    return subject_from(entry, spec.name, (described,) if has_options else ())


def subject_from(entry: Entry, name: str | None = None, described: tuple[str, ...] = ()) -> Subject:
    """Return the subject that an entry of the registry stands for, broken or not."""
    try:
        loaded = registry.load(entry)
    except PluginLoadError as error:
        return Subject(entry.kind, name or registry.name_for(entry), None, error)
    own_name = registry.name_for(entry) if entry.kind.instances else loaded.title()
    return Subject(entry.kind, name or own_name, loaded, described=described)


def installed(distribution: str | None = None) -> list[Subject]:
    """Return every component that is installed, or all of one distribution; those with several names once.

    Raises
    ------
    UnknownNameError
        When no component comes from the distribution.
    """
    entries = registry.entries()
    if distribution is not None:
        known = sorted({entry.distribution for entry in entries})
        entries = [entry for entry in entries if canonical(entry.distribution) == canonical(distribution)]
        if not entries:
            raise UnknownNameError(
                f"no component comes from a distribution {distribution!r}{did_you_mean(distribution, known)} "
                f"(those that give some: {', '.join(known)})"
            )
    return list({subject.title: subject for subject in map(subject_from, entries)}.values())
