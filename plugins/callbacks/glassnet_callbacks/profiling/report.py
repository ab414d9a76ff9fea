"""A profile as a table for people, and as JSON for programs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet_callbacks.profiling.profile_row import ProfileRow
from glassnet_callbacks.profiling.profiled_run import ProfiledRun
from glassnet_terminal.printed import print_fitted

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

# Parts that take at least this share of the time stand out.
_LARGE = 0.1
_WIDTH_FOR_ALL_COLUMNS = 72
_WIDTH_FOR_DIRECTIONS = 56
_LONGEST_BAR = 8


def print_profile(profile: ProfiledRun, console: Console) -> None:
    """Print the table, as wide as the console allows, and what there is to say below it."""
    if profile.steps == 0:
        print_fitted(console, "profile: no step was taken")
        return
    print_fitted(console, f"{_counted(profile.steps, 'step')} in {profile.seconds:.2f} s, shown in ms a step")
    print_fitted(console, _table(profile, console))
    for line in _remarks(profile):
        print_fitted(console, line)


def as_plain(profile: ProfiledRun) -> dict[str, Any]:
    """Return a profile as ``profile.json`` holds it; see `Profile`."""
    share, error = _products(profile)
    return {
        "steps": profile.steps,
        "seconds": profile.seconds,
        "parts": [_plain_part(profile, part) for part in profile.parts],
        "products": {"share": share, "standard_error": error, "steps_watched": len(profile.watched)},
        "start_seconds": profile.start_seconds,
    }


def _plain_part(profile: ProfiledRun, part: ProfileRow) -> dict[str, Any]:
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
            f"({_counted(len(profile.watched), 'step')} watched)"
        )
    if profile.accelerators:
        yield f"start of the accelerators: {profile.start_seconds:.2f} s, before the run and not in the table"
    yield f"accelerators in use: {', '.join(profile.accelerators) or 'none'}"
    fused, left = profile.fusion
    if fused or left:
        yield f"fused: {', '.join(fused) or 'none'}"
    for part, reason in left.items():
        yield f"left to NumPy: {part}, since {reason}"


def _products(profile: ProfiledRun) -> tuple[float | None, float | None]:
    """Return the share of the time that goes into matrix products, and its standard error, where they are known.

    The share in the steps is a ratio of sums over the steps that were watched (Cochran (1977), Sampling Techniques,
    section 6.4). So a step that something else slows down changes both sums. What watching adds to a step is taken off.
    """
    if not profile.watched or not profile.seconds:
        return None, None
    seconds, products = np.array(profile.watched).T
    # A clock may be too coarse to see a step.
    ratio = products.sum() / (seconds.sum() or 1.0)
    in_steps = profile.step_seconds / (profile.seconds - profile.delays)
    if len(seconds) == 1:
        return float(ratio * in_steps), None
    error = (products - ratio * seconds).std(ddof=1) / math.sqrt(len(seconds)) / (seconds.mean() or 1.0)
    return float(ratio * in_steps), float(error * in_steps)


def _table(profile: ProfiledRun, console: Console) -> Table:
    from rich.table import Table
    from rich.text import Text

    is_wide = console.width >= _WIDTH_FOR_ALL_COLUMNS
    bar = "#" if console.options.ascii_only else "█"
    most = max((part.own_seconds for _, part in _rows(profile.parts)), default=0.0)
    decimals = _decimals(1000 * profile.seconds / profile.steps)
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("part", overflow="fold")
    directions = ("forward", "backward") if is_wide else ("forw", "back")
    has_directions = console.width >= _WIDTH_FOR_DIRECTIONS
    for title in (*(directions if has_directions else ()), "total", "%"):
        table.add_column(title, justify="right", no_wrap=True)
    if is_wide:
        table.add_column("products", justify="right", no_wrap=True)
        table.add_column("", no_wrap=True)

    def milliseconds(seconds: float) -> str:
        return f"{1000 * seconds / profile.steps:.{decimals}f}" if seconds else ""

    rows = list(_rows(profile.parts))
    for (depth, part), tenths in zip(rows, _tenths([part.own_seconds for _, part in rows]), strict=True):
        times = [part.forward_seconds, part.backward_seconds] if has_directions else []
        cells = [milliseconds(seconds) for seconds in (*times, part.seconds)]
        # The time of parts within is in their rows, and not counted twice.
        cells.append(f"{tenths / 10:.1f}" if part.own_seconds else "")
        if is_wide:
            in_products = _share_in_products(profile, part)
            cells.append(f"{100 * in_products:.0f} %" if in_products is not None else "")
            cells.append(bar * round(_LONGEST_BAR * part.own_seconds / most))
        is_large = part.own_seconds >= _LARGE * profile.seconds
        table.add_row(Text("  " * depth + part.name), *cells, style="bold" if is_large else "")
    table.add_row("all", *([""] * 2 if has_directions else ()), milliseconds(profile.seconds), "100.0", style="bold")
    return table


def _tenths(seconds: list[float]) -> list[int]:
    """Return shares in tenths of a percent that sum to 1000: the largest rests are rounded up."""
    whole = sum(seconds)
    exact = [1000 * each / whole for each in seconds]
    tenths = [math.floor(each) for each in exact]
    by_rest = sorted(range(len(exact)), key=lambda place: tenths[place] - exact[place])
    for place in by_rest[: 1000 - sum(tenths)]:
        tenths[place] += 1
    return tenths


def _share_in_products(profile: ProfiledRun, part: ProfileRow) -> float | None:
    """Return how much of a part's time goes into matrix products; None without matrix products, or if it is unknown."""
    if not part.product_seconds:
        return None
    seconds = part.watched_seconds - part.watched_calls * profile.delay_of_a_call
    return part.product_seconds / max(seconds, part.product_seconds)


def _decimals(milliseconds: float) -> int:
    """Return the decimals that show about four digits of the largest number of a column."""
    return max(0, 3 - math.floor(math.log10(milliseconds))) if milliseconds > 0 else 0


def _rows(parts: list[ProfileRow], depth: int = 0) -> Iterator[tuple[int, ProfileRow]]:
    """Iterate over the parts that took time, and those within each, with their depth."""
    for part in parts:
        if part.seconds > 0:
            yield depth, part
            yield from _rows(part.inner, depth + 1)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' if number != 1 else ''}"
