"""What holds for the options of every component: declared, documented, checked, and read as they are written."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from glassnet.components.component import Component, components_in
from glassnet.errors import OptionError, WrongKindError
from glassnet.network import Network
from glassnet.options.declaration import Option, options_of
from glassnet.registry.registry import registry
from glassnet.run.config import EvaluationConfig
from glassnet_names.for_a_while import registered
from glassnet_persistence.experiment import Experiment
from glassnet_persistence.model_file import load, to_bytes
from glassnet_testing.cases.host_layers import KitHolder
from glassnet_testing.checks.layers import cases
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.subject import Subject
from glassnet_testing.tools.scratch import scratch


@check(hint='gn.option(…, help="steepness of the gate")')
def options_have_help(subject: Subject) -> None:
    """Every option says what it is for."""
    for name, field in subject.options.items():
        if not field.metadata["option"].help.strip():
            raise Failure(f"{subject.title}, {name}", "help", "none")


@check(hint="declare the range with gt=, ge=, lt=, le= or choices=; do not replace __init__")
def options_are_validated(subject: Subject) -> None:
    """Values out of range and of a wrong type are refused with OptionError."""
    for example in subject.examples:
        for name, field in subject.options.items():
            for value in _wrong(field.metadata["option"]):
                given = f"{subject.name}({name}={value!r})"
                try:
                    made = example.component.replace(**{name: value})
                except (OptionError, WrongKindError):
                    continue
                except Exception as error:
                    raise Failure(given, "OptionError", error) from None
                raise Failure(given, "OptionError", f"a component with {name}={getattr(made, name)!r}")


def _wrong(declared: Option) -> Iterator[Any]:
    """Return values that an option cannot take: none of any type at all, and the nearest out of range."""
    yield object()
    if declared.kind is not None:
        return
    if declared.choices is not None:
        yield "none of the choices"
        return
    yield from (bound for bound in (declared.gt, declared.lt) if bound is not None)
    yield from (bound - 1 for bound in (declared.gt, declared.ge) if bound is not None)
    yield from (bound + 1 for bound in (declared.lt, declared.le) if bound is not None)
    if any(bound is not None for bound in (declared.gt, declared.ge, declared.lt, declared.le)):
        yield math.nan


@check(hint='lr: float = gn.option(0.01, gt=0, log=True, help="step size"): a negative one climbs')
def lr_is_positive(subject: Subject) -> None:
    """A step size that is not above zero is refused."""
    for example in subject.examples:
        # What holds an optimizer takes its lr from there.
        if "lr" not in subject.options:
            continue
        for value in (0.0, -1.0):
            try:
                example.component.replace(lr=value)
            except OptionError:
                continue
            raise Failure(f"{subject.name}(lr={value})", "OptionError", "a component")


@check(hint="let no **keywords swallow anything")
def unknown_options_are_refused(subject: Subject) -> None:
    """An option that does not exist is refused with OptionError."""
    for example in subject.examples:
        try:
            type(example.component)(**example.component.options, no_such_option=1)
        except OptionError:
            continue
        except Exception as error:
            raise Failure(f"{example.text} with no_such_option=1", "OptionError", error) from None
        raise Failure(f"{example.text} with no_such_option=1", "OptionError", "a component")


@check(hint="options stay as they were given: nothing replaces them after they were set, and __repr__ is inherited")
def spec_round_trip(subject: Subject) -> None:
    """The spec that a component writes of itself makes it again."""
    for component in _variations(subject):
        _compare(component, registry.create(subject.kind.name, repr(component)), f"the spec {component!r}")


@check(hint="options are numbers, text, True, False, None, lists of these, and components")
def toml_round_trip(subject: Subject) -> None:
    """An experiment file gives the component back."""
    with registered("layer", "kit_holder", KitHolder):
        for component in _variations(subject):
            experiment = _experiment(subject.kind.name, component)
            again = Experiment(**_without_format(tomllib.loads(experiment.to_toml())))
            found = [each for each in _components_of(again, subject.kind.name) if type(each) is type(component)]
            if not found:
                raise Failure(repr(component), "the component in the experiment that was read", experiment.to_toml())
            _compare(component, found[0], f"{component!r} in an experiment file")


@check(hint="options are numbers, text, True, False, None, lists of these, and components")
def model_file_round_trip(subject: Subject) -> None:
    """A model file gives the component back."""
    with registered("layer", "kit_holder", KitHolder), scratch() as folder:
        for component, network in _networks(subject):
            path = Path(folder) / "model.safetensors"
            path.write_bytes(to_bytes(network))
            loaded = load(path)
            found = [*loaded.layers, *(loaded.evaluation_config.options.values() if loaded.evaluation_config else ())]
            again = [each for each in components_in(found) if type(each) is type(component)]
            if not again:
                raise Failure(repr(component), "the component in the network that was loaded", repr(loaded))
            _compare(component, again[0], f"{component!r} in a model file")


def _networks(subject: Subject) -> Iterator[tuple[Component, Network]]:
    kind = subject.kind.name
    if kind in ("layer", "activation"):
        for case in cases(subject):
            yield case.example.component, case.bench().network
        return
    for component in _variations(subject):
        layers: list[Any] = [KitHolder(**{kind: component}) if kind in ("initializer", "constraint") else "dense(3)"]
        network = Network(layers).build((4,))
        if kind in ("loss", "metric", "regularizer"):
            taken = {
                name: value for name, value in _parts(kind, component).items() if name in options_of(EvaluationConfig)
            }
            network.evaluation_config = EvaluationConfig(**taken)
        yield component, network


def _variations(subject: Subject) -> Iterator[Component]:
    """Return the examples, and each of them with one option changed to another value that it may have."""
    for example in subject.examples:
        yield example.component
        for name, field in options_of(subject.component).items():
            for value in _others(field.metadata["option"], getattr(example.component, name)):
                try:
                    yield example.component.replace(**{name: value})
                except OptionError:
                    continue  # two options may have to fit each other


def _others(declared: Option, value: Any) -> list[Any]:
    if declared.choices is not None:
        return [choice for choice in declared.choices if choice != value]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, (int, float)):
        candidates = [value + 1, value / 3 if isinstance(value, float) else value + 2]
        return [other for other in candidates if declared.allows(other)][:1]
    return []


def _experiment(kind: str, component: Component) -> Experiment:
    return Experiment(**_parts(kind, component))


def _parts(kind: str, component: Component) -> dict[str, Any]:
    """Return the options of an experiment that has the component in its place."""
    parts: dict[str, Any] = {"layers": ["dense(3)"], "loss": "mean_squared_error", "optimizer": "sgd", "dataset": "xor"}
    if kind in ("layer", "activation"):
        parts["layers"] = [component]
    elif kind in ("initializer", "constraint"):
        parts["layers"] = [KitHolder(**{kind: component})]
    elif kind in ("metric", "callback"):
        parts[f"{kind}s"] = [component]
    else:
        parts[kind] = component
    return parts


def _without_format(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name != "format"}


def _components_of(experiment: Experiment, kind: str) -> list[Component]:
    return [each for each in components_in(list(experiment.options.values())) if each.kind == kind]


def _compare(component: Component, again: Any, where: str) -> None:
    if type(again) is not type(component):
        raise Failure(where, type(component), type(again))
    for name, value in component.options.items():
        other = getattr(again, name)
        if repr(value) != repr(other):
            raise Failure(where, f"{name}={value!r}", f"{name}={other!r}")
