"""The plugin: what it adds to messages, and its warnings. Modules of messages are imported after a mistake."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import glassnet as gn
from glassnet.registry.entry_points import Entry
from glassnet.registry.kinds import METHOD, PUBLIC_NAME, Kind


@gn.hookimpl
def glassnet_hookspecs() -> Any:
    """Return the hooks `glassnet_unknown_component` and `glassnet_missing_install`."""
    from glassnet_hints.hooks import NameHooks

    return NameHooks


@gn.hookimpl
def glassnet_unknown_component(kinds: list[Kind], name: str, known: Collection[str]) -> str | None:
    """Say of which kind `name` is, or how glassnet calls what another framework calls so."""
    from glassnet_hints.missing_components import other_kind
    from glassnet_hints.wrong_calls import unknown_component

    return unknown_component(kinds[0].name, name) or other_kind(kinds, name)


@gn.hookimpl
def glassnet_missing_install(kinds: list[Kind], name: str) -> str:
    """Say which distribution has `name`, and why it is not known."""
    from glassnet_hints.missing_components import why_missing

    return why_missing(kinds, name)


@gn.hookimpl
def glassnet_unknown_option(kind: str, name: str, known: Collection[str]) -> str | None:
    """Say how glassnet calls what another framework calls `name`."""
    from glassnet_hints.wrong_calls import unknown_option

    return unknown_option(kind, name, known)


@gn.hookimpl
def glassnet_unknown_attribute(owner: Any, name: str) -> str | None:
    """Say where glassnet has what another framework has in this attribute."""
    from glassnet_hints.missing_components import switched_off
    from glassnet_hints.wrong_calls import missing_attribute, missing_name

    if isinstance(owner, type):
        return missing_attribute(owner, name) or switched_off(METHOD, name)
    return switched_off(PUBLIC_NAME, name) or missing_name(name)


@gn.hookimpl
def glassnet_wrong_call(
    function: Callable[..., Any], values: tuple[Any, ...], named: Mapping[str, Any]
) -> gn.OptionError:
    """Say which argument is wrong, and what to write."""
    from glassnet_hints.wrong_calls import wrong_call

    return wrong_call(function, values, named)


@gn.hookimpl
def glassnet_wrong_result(error: Exception) -> Exception | None:
    """Name the component whose result ended a call."""
    from glassnet_hints.wrong_results import wrong_result_behind

    return wrong_result_behind(error)


@gn.hookimpl
def glassnet_wrong_value(value: Any, kind: str) -> str | None:
    """Say where a value belongs, such as a step size that is given as optimizer, or that a class has to be called."""
    from glassnet_hints.name_errors import class_instead_of_instance
    from glassnet_hints.wrong_calls import misplaced_value

    return class_instead_of_instance(value) or misplaced_value(value, kind)


@gn.hookimpl
def glassnet_called_component(kind: str) -> str | None:
    """Say what computes with a component of this kind."""
    from glassnet_hints.wrong_calls import AS_FUNCTION

    return AS_FUNCTION.get(kind)


@gn.hookimpl
def glassnet_fixed_attribute(name: str, exists: bool) -> str:
    """Say what to do instead of setting an attribute."""
    from glassnet_hints.fixed_attributes import fixed_attribute

    return fixed_attribute(name, exists)


@gn.hookimpl
def glassnet_check_loss(loss: gn.Loss, layers: Sequence[gn.Layer], shapes: Sequence[gn.Shape]) -> None:
    """Warn of a loss that is not defined for the outputs, and of images with the channels first."""
    from glassnet_hints.likely_mistakes import check_channels
    from glassnet_hints.outputs import check_outputs

    check_channels(layers, shapes)
    check_outputs(loss, layers, shapes)


@gn.hookimpl
def glassnet_default_callbacks(config: Any) -> list[Any]:
    """Raise `OptionError` for text where yes or no is wanted, warn of a network that cannot move; add no callback."""
    from glassnet_hints.likely_mistakes import check_moves, check_regularizers, check_yes_or_no

    check_yes_or_no(config)
    check_regularizers(config)
    check_moves(config.network)
    return []


@gn.hookimpl
def glassnet_target_check(network: gn.Network, loss: gn.Loss) -> Callable[[Any, str], Any] | None:
    """Return what warns of targets that the last layers cannot give, if they limit their outputs."""
    from glassnet_hints.reach import Reach, limit_of

    layer = limit_of(network) if loss.prediction_type == "values" else None
    return None if layer is None else Reach(layer)


@gn.hookimpl
def glassnet_name_error(kinds: list[Kind], name: str, candidates: list[Entry], known: list[str]) -> str:
    """Say which names there are, or whose component can be meant."""
    from glassnet_hints.name_errors import ambiguous, unknown

    return ambiguous(candidates) if candidates else unknown(kinds, name, known)


@gn.hookimpl
def glassnet_name_shared(entry: Entry, candidates: list[Entry]) -> None:
    """Warn that glassnet's own component was taken, and say how to get another one."""
    from glassnet_hints.name_errors import warn_of_others

    warn_of_others(entry, candidates)


@gn.hookimpl
def glassnet_wrong_component(entry: Entry, found: Any, kinds: Mapping[str, Kind]) -> str:
    """Say what the entry point names."""
    from glassnet_hints.name_errors import wrong_kind

    return wrong_kind(entry, found, kinds)


@gn.hookimpl
def glassnet_check_distribution(distribution: Any) -> str | None:
    """Say that a distribution needs another version of glassnet."""
    from glassnet_hints.versions import other_version_needed

    return other_version_needed(distribution)
