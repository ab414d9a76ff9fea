"""Libraries that an extra installs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from glassnet.errors import MissingExtraError


@contextmanager
def needs_extra(told: str, extra: str) -> Iterator[None]:
    """Raise `MissingExtraError` if an import in the block fails.

    Parameters
    ----------
    told
        What needs which package: the beginning of the message.
    extra
        The extra that installs it, such as ``"onnx"``.
    """
    try:
        yield
    except ImportError:
        raise MissingExtraError(f'{told}; run: pip install "glassnet[{extra}]"') from None
