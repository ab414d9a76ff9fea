"""The charts of a sweep."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from html import escape

from glassnet_sweeps.page.axis import Axis, axis_of
from glassnet_sweeps.page.shown import Shown
from glassnet_sweeps.page.svg import BOTTOM, TOP, across, frame, line, mark, picture, up
from glassnet_sweeps.setting import Setting
from glassnet_sweeps.trial import Trial

_POINTS = 300
_SMALL = (350, 230)
_WIDE = (940, 320)
_FLAT, _MIDDLE = 110, 0.5


def final_figures(shown: Shown) -> str:
    """Return a chart for each setting: its values, and the figure of the trials with them."""
    return "".join(_against(shown, setting) for setting in shown.settings)


def _against(shown: Shown, setting: Setting) -> str:
    width, height = _SMALL
    x = Axis(setting)
    marks = _marks(shown, _SMALL, lambda trial: x.place(trial.settings[setting.name]), shown.height)
    content = frame(width, height, x, shown.axis) + marks
    return f"<figure>{_caption(shown.monitor)}{picture(width, height, setting.name, content)}</figure>"


def _marks(
    shown: Shown, size: tuple[int, int], across_of: Callable[[Trial], float], up_of: Callable[[Trial], float]
) -> str:
    """Return the marks of all trials, whose places are from 0 to 1."""
    width, height = size
    return "".join(
        mark(
            shown.kind(trial),
            across(across_of(trial), width),
            up(up_of(trial), height),
            trial.number,
            shown.share(trial),
            shown.tip(trial),
        )
        for trial in shown.trials
    )


def _caption(text: str) -> str:
    return f"<figcaption>{escape(text)}</figcaption>"


def curves(shown: Shown) -> str:
    """Return the course of the figure in all trials, over each other."""
    width, height = _WIDE
    courses = {trial.number: shown.course(trial) for trial in shown.trials}
    longest = max(map(len, courses.values()), default=0)
    if longest < 2:
        return "<p>The trainings have one epoch, so there are no curves.</p>"
    x = Axis(Setting("epoch", low=1, high=longest, whole=True))
    y = axis_of(shown.monitor, (value for course in courses.values() for value in course))
    lines = [
        line(
            _points(courses[trial.number], x, y), shown.kind(trial), trial.number, shown.share(trial), shown.tip(trial)
        )
        for trial in reversed(shown.ordered)
    ]
    content = frame(width, height, x, y) + "".join(lines)
    return f'<figure class="wide">{_caption(shown.monitor)}{picture(width, height, "curves", content)}</figure>'


def _points(course: list[float], x: Axis, y: Axis) -> Iterable[tuple[float, float]]:
    width, height = _WIDE
    every = max(1, math.ceil(len(course) / _POINTS))
    last = len(course) - 1
    for epoch, value in enumerate(course):
        if math.isfinite(value) and (epoch % every == 0 or epoch == last):
            yield across(x.place(epoch + 1), width), up(y.place(value), height)


def region(shown: Shown) -> str:
    """Return the settings at which trainings were stable, and those at which they diverged."""
    chosen = [Axis(setting) for setting in shown.by_importance[:2]]
    x, y = chosen[0], chosen[1] if len(chosen) > 1 else None
    size = width, height = (_WIDE[0], _WIDE[1] if y is not None else _FLAT)

    def up_of(trial: Trial) -> float:
        return _MIDDLE if y is None else y.place(trial.settings[y.name])

    marks = _marks(shown, size, lambda trial: x.place(trial.settings[x.name]), up_of)
    content = frame(width, height, x, y) + marks
    name = "" if y is None else _caption(y.name)
    return f'<figure class="wide">{name}{picture(width, height, "stability", content)}</figure>'


def parallel_coordinates(shown: Shown) -> str:
    """Return a line for each trial through its values on parallel axes, the figure last."""
    width, height = _WIDE
    axes = [*map(Axis, shown.settings), shown.axis]
    places = [across(number / (len(axes) - 1), width - 60) for number in range(len(axes))]
    lines = []
    for trial in reversed(shown.ordered):
        values = [trial.settings[axis.name] for axis in axes[:-1]]
        ats = [axis.place(value) for axis, value in zip(axes, values, strict=False)]
        ats.append(shown.height(trial))
        points = [(at, up(place, height)) for at, place in zip(places, ats, strict=True)]
        lines.append(line(points, shown.kind(trial), trial.number, shown.share(trial), shown.tip(trial)))
    drawn = "".join(_upright(axis, at, height) for axis, at in zip(axes, places, strict=True))
    content = "".join(lines) + drawn
    return f'<figure class="wide">{picture(width, height, "parallel coordinates", content)}</figure>'


def _upright(axis: Axis, at: float, height: int) -> str:
    bottom = height - BOTTOM
    ticks = "".join(
        f'<text class="halo" x="{at + 6}" y="{up(place, height) + 4}">{escape(text)}</text>'
        for place, text in axis.ticks()
    )
    name = f'<text class="name" x="{at}" y="{height - 12}" text-anchor="middle">{escape(axis.name)}</text>'
    return f'<line class="axis" x1="{at}" x2="{at}" y1="{TOP}" y2="{bottom}"/>{ticks}{name}'


def importance(shares: dict[str, float]) -> str:
    """Return a bar for each setting."""
    width, left, step = _WIDE[0] // 2, 130, 26
    bars = []
    for row, (name, share) in enumerate(shares.items()):
        y = row * step
        bars.append(
            f'<text x="{left - 8}" y="{y + 17}" text-anchor="end">{escape(name)}</text>'
            f'<rect class="bar" x="{left}" y="{y + 4}" width="{share * (width - left - 60):.1f}" height="18"/>'
            f'<text x="{left + share * (width - left - 60) + 6:.1f}" y="{y + 17}">{share:.0%}</text>'
        )
    return f"<figure>{picture(width, step * len(shares) + 6, 'importance', ''.join(bars))}</figure>"


def times(shown: Shown) -> str:
    """Return the time of each trial beside its figure."""
    width, height = _SMALL
    x = axis_of("seconds", [0.0, *(trial.seconds for trial in shown.trials)])
    marks = _marks(shown, _SMALL, lambda trial: x.place(trial.seconds), shown.height)
    content = frame(width, height, x, shown.axis) + marks
    return f"<figure>{_caption(shown.monitor)}{picture(width, height, 'time', content)}</figure>"
