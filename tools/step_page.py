"""Writes docs/step.md and docs/tape.md: ``python tools/step_page.py``.

The numbers of the first come from running its code, and the lines of the second from the tape's own files. A test holds
both pages against this.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import re
from pathlib import Path
from typing import Any

from glassnet_autodiff.rules import elementwise
from glassnet_autodiff.statement import TapeEntry
from glassnet_autodiff.tape import Tape
from glassnet_autodiff.traced_array import TracedArray

ROOT = Path(__file__).parents[1]
PARTS = ROOT / "tools" / "pages"
_RUN = re.compile(r"<!-- run -->\n```python\n(.*?)```\n", re.DOTALL)
_SOURCE = re.compile(r"<!-- source (.+?) -->\n")
_METHODS: dict[str, list[Any]] = {
    "note": [TracedArray.__array_ufunc__],
    "read": [Tape._read_backwards],
    "reverse": [
        TapeEntry.reverse,
        TapeEntry.take_gradient,
        TapeEntry.add_gradients,
        TapeEntry._add,
        TapeEntry._taken,
    ],
}
_RULES = ("np.add:", "np.multiply:", "np.divide:", "np.exp:", "np.log:", "np.tanh:")


def pages() -> dict[str, str]:
    """Return the text of each page by its name."""
    return {f"{path.stem}.md": _page(path.read_text("utf-8")) for path in sorted(PARTS.glob("*.md"))}


def _page(text: str) -> str:
    names: dict[str, object] = {}
    text = _RUN.sub(lambda found: f"```python\n{found[1]}```\n\n{_printed(found[1], names)}", text)
    return _SOURCE.sub(lambda found: f"```python\n{_source(found[1])}```\n", text)


def _printed(code: str, names: dict[str, object]) -> str:
    """Run code and return the Markdown that it prints, with its headings three levels lower."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(code, names)
    return re.sub(r"^(#+ )", r"##\1", output.getvalue().strip(), flags=re.MULTILINE) + "\n"


def _source(what: str) -> str:
    if what == "rules":
        lines = inspect.getsource(elementwise).splitlines()
        return "".join(f"{line}\n" for line in lines if line.strip().startswith(_RULES))
    return "\n".join(inspect.getsource(method) for method in _METHODS[what])


if __name__ == "__main__":
    for name, text in pages().items():
        (ROOT / "docs" / name).write_text(text, "utf-8")
