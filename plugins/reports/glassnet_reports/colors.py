"""The colors of all pictures."""

from __future__ import annotations

from collections.abc import Sequence

INK, FAINT, LINE = "#22303c", "#7b8794", "#dfe3e8"
# Ink on a ground that has a color of its own. It differs from INK by one, so that a dark page changes INK alone.
INK_ON_COLOR = "#22303d"
BLUE, ORANGE = "#2b6cb0", "#dd6b20"
# Petroff (2021), Accessible Color Sequences for Data Visualization, arXiv:2107.02270: ten that stay apart for readers
# who see fewer colors.
_APART = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip


def colors_apart(count: int) -> Sequence[str]:
    """Return colors for a number of classes or lines; of more than ten, neighbours in a row are alike."""
    if count <= len(_APART):
        return _APART[:count]
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return [to_hex(colormaps["viridis"](place / (count - 1))) for place in range(count)]
