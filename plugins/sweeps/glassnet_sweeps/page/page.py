"""The page of a sweep as one HTML file: no network, no font, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from glassnet_sweeps.page import charts
from glassnet_sweeps.page.axis import text_of
from glassnet_sweeps.page.shown import Shown
from glassnet_sweeps.page.stability import sentences
from glassnet_sweeps.page.style import PAGE_STYLE, SCRIPT, STYLE
from glassnet_sweeps.sweep_trials import SweepTrials
from glassnet_sweeps.trial import FINISHED

_LEGEND = (
    '<p class="legend">Colour: <span class="scale"></span> from the best trial to the worst. '
    "● finished, ○ its loss did not fall, × diverged (NaN or infinity), ■ failed.</p>"
)


def to_html(sweep: SweepTrials) -> str:
    """Return a sweep as a whole HTML file."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(sweep.folder.name)}</title>\n<style>{PAGE_STYLE}{STYLE}</style>\n</head>\n<body>\n"
        f"{_body(sweep)}\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def embedded(sweep: SweepTrials) -> str:
    """Return a sweep for a cell of a notebook."""
    return f"<style>{STYLE}</style>{_body(sweep)}"


def _body(sweep: SweepTrials) -> str:
    shown = Shown(sweep)
    head = f"<h1>Sweep {escape(sweep.folder.name)}</h1>\n{_head(shown)}"
    if not shown.trials:
        return f'<main class="sweep">{head}<p>No trial has ended yet.</p></main>'
    sections: list[tuple[str, Callable[[Shown], str]]] = [
        ("Final figures", charts.final_figures),
        ("Curves", charts.curves),
        ("Stability region", lambda each: _paragraphs(sentences(each)) + charts.region(each)),
        ("Parallel coordinates", charts.parallel_coordinates),
        ("Importance", _importance),
        ("Time", _time),
        ("Trials", _table),
    ]
    drawn = "\n".join(f"<section><h2>{title}</h2>\n{draw(shown)}</section>" for title, draw in sections)
    return f'<main class="sweep">{head}{_LEGEND}\n{drawn}</main>'


def _head(shown: Shown) -> str:
    sweep, best = shown.sweep, shown.sweep.best
    lower = "lower" if shown.study.sign > 0 else "higher"
    finished = sum(each.state == FINISHED for each in sweep.trials)
    told = [
        f"{len(sweep.trials)} trials by {sweep.strategy}, {finished} finished. Compared by {shown.monitor}; "
        f"{lower} is better."
    ]
    if best is not None:
        settings = ", ".join(f"{name}={text_of(value)}" for name, value in best.settings.items())
        told.append(f"Best: trial {best.number}, {shown.monitor} {best.figure(shown.monitor):.4g}, with {settings}.")
    if best is not None and best.test:
        told.append("Figures on the test data are for information: settings that are chosen by them look too good.")
    return _paragraphs(told)


def _paragraphs(lines: list[str]) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in lines)


def _importance(shown: Shown) -> str:
    if not shown.shares:
        return _paragraphs(
            [
                "How much each setting matters is told of two settings or more after ten trials, if Optuna is "
                'installed: pip install "glassnet[sweep]".'
            ]
        )
    told = "Share of each setting in the differences between trials, by PED-ANOVA (Watanabe, Bansal and Hutter, 2023)."
    return _paragraphs([told]) + charts.importance(shown.shares)


def _time(shown: Shown) -> str:
    seconds = [each.seconds for each in shown.trials]
    told = f"{sum(seconds):.1f} s of training in all, {min(seconds):.1f} to {max(seconds):.1f} s for a trial."
    return _paragraphs([told]) + charts.times(shown)


def _table(shown: Shown) -> str:
    names = [each.name for each in shown.settings]
    figures = list(dict.fromkeys(name for each in shown.trials for name in each.figures))
    tests = list(dict.fromkeys(name for each in shown.trials for name in each.test))
    header = ["trial", *names, *figures, *(f"test {name}" for name in tests), "epochs", "s", ""]
    rows = [
        f'<tr data-trial="{trial.number}" style="--share:{shown.share(trial):.3f}">'
        f'<th><a href="{trial.name}/">{trial.number}</a></th>'
        + "".join(
            _cell(value)
            for value in [
                *(trial.settings.get(name, "") for name in names),
                *(trial.figures.get(name, "") for name in figures),
                *(trial.test.get(name, "") for name in tests),
                trial.epochs,
                round(trial.seconds, 1),
            ]
        )
        + f'<td title="{escape(trial.reason)}">{"" if trial.state == FINISHED else trial.state}</td></tr>'
        for trial in shown.ordered
    ]
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _cell(value: Any) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return f'<td title="{escape(repr(value))}">{escape(text)}</td>'
