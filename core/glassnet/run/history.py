"""The history of a run: each reported figure, epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from glassnet.components.attributes import ExplainsAttributes
from glassnet.errors import FixedError, UnknownNameError, did_you_mean

_FIXED = "a history cannot be changed; keep values of your own beside it: dict(history)"


class History(ExplainsAttributes, Mapping[str, list[float]]):
    """A mapping from a figure's name, such as ``"val_loss"``, to its values, one an epoch."""

    _methods = "History."

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Return a method that a plugin gives, such as ``plot``."""

    def __init__(self) -> None:
        self._epochs: list[dict[str, float]] = []

    def append(self, logs: Mapping[str, float]) -> None:
        """Add one epoch."""
        self._epochs.append(dict(logs))

    def amend(self, figure: str, value: float) -> None:
        """Add a figure to the last epoch."""
        self._epochs[-1][figure] = value

    @property
    def epochs(self) -> list[dict[str, float]]:
        """The epochs so far, each as a mapping from figure to value."""
        return [dict(epoch) for epoch in self._epochs]

    def __getitem__(self, figure: str) -> list[float]:
        if figure not in list(self):
            listed = ", ".join(self) or "none yet"
            raise UnknownNameError(f"no figure {figure!r}{did_you_mean(str(figure), self)} (recorded: {listed})")
        return [epoch.get(figure, float("nan")) for epoch in self._epochs]

    def __setitem__(self, figure: str, values: Any) -> NoReturn:
        raise FixedError(_FIXED)

    def __delitem__(self, figure: str) -> NoReturn:
        raise FixedError(_FIXED)

    def __contains__(self, figure: object) -> bool:
        return figure in list(self)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(figure for epoch in self._epochs for figure in epoch))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __repr__(self) -> str:
        last = ", ".join(f"{name}={value:.4g}" for name, value in self._epochs[-1].items()) if self._epochs else ""
        return f"<History of {len(self._epochs)} epochs: {last}>"
