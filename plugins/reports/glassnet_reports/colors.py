"""The colors of all pictures."""

from __future__ import annotations

INK, FAINT, LINE = "#22303c", "#7b8794", "#dfe3e8"
BLUE, ORANGE = "#2b6cb0", "#dd6b20"
