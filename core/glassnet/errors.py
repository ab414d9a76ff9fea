"""Every error that glassnet raises on purpose.

Each derives from `GlassnetError` and from the builtin that a caller would catch. A message says what is
wrong, what was got, and what to do. It is shown as terminals can show it.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping
from typing import Any


class _Shown:
    """An exception whose text has no control characters, and long values shortened."""

    args: tuple[Any, ...]

    def message(self) -> str:
        """Return the whole message."""
        return str(self.args[0]) if len(self.args) == 1 else super().__str__()

    def __str__(self) -> str:
        """Return the message as a terminal shows it."""
        return as_message(self.message())

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows of the error: the sentence, since the way to it is within glassnet."""
        return [f"{type(self).__name__}: {self}", *map(str, getattr(self, "__notes__", ()))]


class GlassnetError(_Shown, Exception):
    """The base of all errors of glassnet.

    Its text has about 1,000 characters at most, and control characters are escaped. `message` returns all of it.
    """


class SpecError(GlassnetError, ValueError):
    """A spec such as ``dense(128)`` that cannot be read."""


class OptionError(GlassnetError, ValueError, TypeError):
    """An option that is unknown, missing, of the wrong type or out of range."""


class WrongKindError(GlassnetError, TypeError):
    """The value is not a component of the wanted kind."""


class UnknownNameError(GlassnetError, KeyError):
    """A name that nothing has."""


class UnknownComponentError(UnknownNameError):
    """A component's name that no installed distribution gives."""


class AmbiguousComponentError(UnknownNameError):
    """A component's name that several installed distributions give."""


class PluginLoadError(GlassnetError, ImportError):
    """A plugin that is installed and cannot be used.

    Attributes
    ----------
    component, distribution, version, target, cause
        What was wanted, who ships it, in which version, what its entry point names, and what went wrong.
    """

    def __init__(self, component: str, distribution: str, version: str, target: str, cause: str) -> None:
        # All five, and no finished message: an exception is copied to another process by its arguments.
        super().__init__(component, distribution, version, target, cause)
        self.component = component
        self.distribution = distribution
        self.version = version
        self.target = target
        self.cause = cause

    def message(self) -> str:
        """Return the whole message."""
        return (
            f"{self.component} from {self.distribution} {self.version} ({self.target}) cannot be used: {self.cause}; "
            f"upgrade, reinstall or uninstall {self.distribution}, or set GLASSNET_DISABLE={self.distribution}"
        )


class MissingExtraError(GlassnetError, ImportError):
    """A library that an extra of glassnet installs, and that is missing. The message names the extra."""


class CallbackError(GlassnetError, TypeError):
    """A callback whose hooks are misspelt or take the wrong arguments, or that is listed twice."""


class ShapeError(GlassnetError, ValueError):
    """Arrays whose shapes do not fit each other or the network."""


class DataError(GlassnetError, ValueError):
    """Data that cannot be trained on: empty, not finite, out of range, of different lengths."""


class OutOfMemoryError(GlassnetError, MemoryError):
    """A request that takes more memory than is left."""


class NotBuiltError(GlassnetError, RuntimeError):
    """A network that has no parameters yet."""


class InUseError(GlassnetError, RuntimeError):
    """A network that another thread, or a call further up, is building or training at this moment."""


class ModelFileError(GlassnetError, ValueError):
    """A model file that is damaged, foreign or of a newer format."""


class ResumeError(GlassnetError, ValueError):
    """A run that cannot be continued with what it was given."""


class FileError(GlassnetError, OSError):
    """A file or folder that cannot be read or written."""


class TracingError(GlassnetError, TypeError):
    """Code that the tape cannot follow: an operation has no rule, or a number would leave its sight."""


class NonFiniteError(GlassnetError, ArithmeticError):
    """A loss, gradient, parameter or state that is NaN or infinite.

    Attributes
    ----------
    diverged
        Where training arrived at it, in plain values: ``epoch``, ``step``, ``layer``, ``operation``, ``problem``,
        ``values`` and ``cause``; see `glassnet_divergence.scan.Divergence`. Empty outside of training.
    """

    def __init__(self, message: str, diverged: Mapping[str, Any] | None = None) -> None:
        # Both: an exception is copied to another process by its arguments.
        super().__init__(message, dict(diverged or {}))
        self.diverged: dict[str, Any] = self.args[1]

    def __str__(self) -> str:
        """Return the message."""
        return str(self.args[0])


class FixedError(GlassnetError, AttributeError, TypeError):
    """Something that cannot be set or removed: nothing would come of it."""


class UnknownAttributeError(GlassnetError, AttributeError):
    """A name that is asked for as an attribute and does not exist.

    Instead of a message it may be given a function that returns the message. `getattr` with a default raises the error
    and never reads it, so the function is called when the message is read.
    """

    def message(self) -> str:
        """Return the whole message."""
        message = self.args[0]
        return str(message() if callable(message) else message)

    def __reduce__(self) -> tuple[type[UnknownAttributeError], tuple[str]]:
        """Return what makes the error again in another process."""
        return type(self), (self.message(),)


class GlassnetWarning(_Shown, UserWarning):
    """Something that works but is probably not what was meant."""


def warn(message: str) -> None:
    """Issue a `GlassnetWarning` that shows the line of the caller's code, however deep in glassnet it comes up."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals["__name__"].startswith(("glassnet", "pluggy.")):
        frame = frame.f_back
        level += 1
    warnings.warn(message, GlassnetWarning, stacklevel=level)


LONGEST_MESSAGE, _GAP = 950, " … "


def escaped(text: str) -> str:
    r"""Return `text` with each character that is not printable written as an escape such as ``\x1b``.

    Control characters reach the terminal otherwise: they can move the cursor, hide text, or rename the window.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text)


def shortened(text: str, longest: int = LONGEST_MESSAGE) -> str:
    """Return `text` without its middle if it is longer than `longest` characters.

    Messages begin with what is wrong and end with what to do. A long value is between the two.
    """
    if len(text) <= longest:
        return text
    kept = longest - len(_GAP)
    end = kept * 2 // 5
    return text[: kept - end] + _GAP + text[len(text) - end :]


def as_message(text: str) -> str:
    """Return a text as messages show it: shortened, and without control characters."""
    # Escapes are longer than what they replace, so the text is shortened before and after.
    return shortened(escaped(shortened(text, 4 * LONGEST_MESSAGE)))
