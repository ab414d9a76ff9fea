"""Regular expressions that match the specs of one component, for programs that cannot read specs themselves."""

from __future__ import annotations

from collections.abc import Iterable

# Editors read patterns as JavaScript with the flag u does, where only signs with a meaning may have a backslash.
_TEXT = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_SIGN = r"""[^()\[\]{}"']"""
_SIGN_BESIDE_VALUES = r"""[^()\[\]{}"',=]"""
# Brackets within the brackets of a component. Regular expressions do not count, so each level is written out.
_LEVELS = 8


def spec_pattern(name: str, distribution: str | None, options: Iterable[str] | None, needs_options: bool) -> str:
    """Return a regular expression for the specs of a component.

    It checks the names of the component and of its options, and that brackets are closed. Values of options may be
    anything, since a regular expression cannot read specs within specs.

    Parameters
    ----------
    name, distribution
        The name of the component, and the distribution that may stand before it: ``glassnet-swish:swish``.
    options
        Names of the options. None allows every name.
    needs_options
        Whether the name alone is not a spec.
    """
    value = rf"(?:{_SIGN_BESIDE_VALUES}|{_TEXT}|{_in_brackets(_LEVELS)})+"
    names = r"\w+" if options is None else "|".join(options)
    argument = rf"(?:\s*(?:{names})\s*=)?{value}"
    arguments = rf"\((?:{argument}(?:,{argument})*,?)?\s*\)" if names else r"\(\s*\)"
    before = f"(?:{_escaped(distribution)}:)?" if distribution else ""
    return rf"^\s*{before}{name}{arguments if needs_options else f'(?:{arguments})?'}\s*$"


def _escaped(distribution: str) -> str:
    return distribution.replace(".", r"\.")


def _in_brackets(levels: int) -> str:
    deeper = f"|{_in_brackets(levels - 1)}" if levels > 1 else ""
    return rf"[(\[{{](?:{_SIGN}|{_TEXT}{deeper})*[)\]}}]"
