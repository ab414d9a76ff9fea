"""A profile as a table for people, and as JSON for programs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet_callbacks.profiling.part import Part
from glassnet_callbacks.profiling.profiled_run import ProfiledRun

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

# Parts that take at least this share of the time stand out.
_LARGE = 0.1
_WIDTH_FOR_ALL_COLUMNS = 72
_LONGEST_BAR = 8


def print_profile(profile: ProfiledRun, console: Console) -> None:
    """Print the table, as wide as the console allows, and what there is to say below it."""
    if profile.steps == 0:
        console.print("profile: no step was taken")
        return
    console.print(f"{_counted(profile.steps, 'step')} in {profile.seconds:.2f} s, shown in ms a step")
    console.print(_table(profile, console))
    for line in _remarks(profile):
        console.print(line)


def as_plain(profile: ProfiledRun) -> dict[str, Any]:
    """Return a profile as ``profile.json`` holds it; see `Profile`."""
    share, error = _products(profile)
    return {
        "steps": profile.steps,
        "seconds": profile.seconds,
        "parts": [_plain_part(profile, part) for part in profile.parts],
        "products": {"share": share, "standard_error": error, "steps_watched": len(profile.products)},
    }


def _plain_part(profile: ProfiledRun, part: Part) -> dict[str, Any]:
    return {
        "part": part.name,
        "seconds": part.seconds,
        "forward": part.forward_seconds,
        "backward": part.backward_seconds,
        "share_in_products": _share_in_products(profile, part),
        "inner": [_plain_part(profile, each) for each in part.inner],
    }


def _remarks(profile: ProfiledRun) -> Iterator[str]:
    """Iterate over the lines below the table."""
    share, error = _products(profile)
    if share is None:
        yield "matrix products: not known, no step was watched"
    else:
        spread = f" ± {100 * error:.1f}" if error is not None else ""
        yield (
            f"matrix products: {100 * share:.1f}{spread} % of the time "
            f"({_counted(len(profile.products), 'step')} watched)"
        )
    yield f"accelerators in use: {', '.join(profile.accelerators) or 'none'}"


def _products(profile: ProfiledRun) -> tuple[float | None, float | None]:
    """Return the share of the time that goes into matrix products, and its standard error, where they are known."""
    watched = np.array(profile.products)
    if not watched.size or not profile.seconds:
        return None, None
    shares = watched * profile.steps / profile.seconds
    error = float(shares.std(ddof=1) / math.sqrt(len(shares))) if len(shares) > 1 else None
    return float(shares.mean()), error


def _table(profile: ProfiledRun, console: Console) -> Table:
    from rich.table import Table
    from rich.text import Text

    is_wide = console.width >= _WIDTH_FOR_ALL_COLUMNS
    bar = "#" if console.options.ascii_only else "█"
    most = max(part.seconds for part in profile.parts)
    decimals = _decimals(1000 * profile.seconds / profile.steps)
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("part", overflow="fold")
    for title in ("forward", "backward", "total", "%") if is_wide else ("forw", "back", "total", "%"):
        table.add_column(title, justify="right", no_wrap=True)
    if is_wide:
        table.add_column("products", justify="right", no_wrap=True)
        table.add_column("", no_wrap=True)

    def milliseconds(seconds: float) -> str:
        return f"{1000 * seconds / profile.steps:.{decimals}f}" if seconds else ""

    for depth, part in _rows(profile.parts):
        cells = [milliseconds(seconds) for seconds in (part.forward_seconds, part.backward_seconds, part.seconds)]
        share = part.seconds / profile.seconds
        cells.append(f"{100 * share:.1f}")
        if is_wide:
            in_products = _share_in_products(profile, part)
            cells.append(f"{100 * in_products:.0f} %" if in_products is not None else "")
            cells.append(bar * round(_LONGEST_BAR * part.seconds / most))
        table.add_row(Text("  " * depth + part.name), *cells, style="bold" if share >= _LARGE else "")
    table.add_row("all", "", "", milliseconds(profile.seconds), "100.0", style="bold")
    return table


def _share_in_products(profile: ProfiledRun, part: Part) -> float | None:
    """Return how much of a part's time goes into matrix products; None where there are none, or it is not known."""
    if not part.product_seconds:
        return None
    # It is an estimate from some of the steps, which may have been slow ones.
    return min(part.product_seconds / len(profile.products) * profile.steps / part.seconds, 1.0)


def _decimals(milliseconds: float) -> int:
    """Return the decimals that show about four digits of the largest number of a column."""
    return max(0, 3 - math.floor(math.log10(milliseconds))) if milliseconds > 0 else 0


def _rows(parts: list[Part], depth: int = 0) -> Iterator[tuple[int, Part]]:
    """Iterate over the parts that took time, and those within each, with their depth."""
    for part in parts:
        if part.seconds > 0:
            yield depth, part
            yield from _rows(part.inner, depth + 1)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' if number != 1 else ''}"
