"""Where trainings diverged, in sentences."""

from __future__ import annotations

from typing import Any

from glassnet_sweeps.page.axis import text_of
from glassnet_sweeps.page.shown import Shown
from glassnet_sweeps.setting import Setting
from glassnet_sweeps.trial import DIVERGED, FAILED, Trial


def sentences(shown: Shown) -> list[str]:
    """Return how many trials diverged, and the bounds between them and the others, if there are any."""
    compared = [each for each in shown.trials if each.state != FAILED]
    unstable = [each for each in compared if shown.kind(each) != "finished"]
    diverged = sum(each.state == DIVERGED for each in compared)
    if not unstable:
        return ["All trainings were stable: none diverged, and the loss of each fell."]
    others = len(unstable) - diverged
    also = f", and the loss of {others} did not fall" if others else ""
    told = [f"Of {len(compared)} trainings, {diverged} diverged{also}."]
    stable = [each for each in compared if each not in unstable]
    if stable:
        told += [text for each in shown.study.space if each.is_numeric and (text := _bound(each, stable, unstable))]
    return told


def _bound(setting: Setting, stable: list[Trial], unstable: list[Trial]) -> str:
    """Return the bound of a setting that parts the two, or nothing if there is none."""
    good, bad = _values(setting, stable), _values(setting, unstable)
    name = setting.name
    if max(good) < min(bad):
        return f"All with {name} up to {text_of(max(good))} were stable, and none from {text_of(min(bad))} on."
    if min(good) > max(bad):
        return f"All with {name} from {text_of(min(good))} on were stable, and none up to {text_of(max(bad))}."
    return ""


def _values(setting: Setting, trials: list[Trial]) -> list[Any]:
    return [each.settings[setting.name] for each in trials]
