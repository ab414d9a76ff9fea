"""What ``glassnet explain`` shows: a whole step, one weight, one output, or a comparison."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import attrs

from glassnet_commands.explained_run import explain_run, followed_weight, open_run
from glassnet_explanations.comparison import Compared, compare
from glassnet_explanations.element_names import parse_element
from glassnet_explanations.explain_output import explain_output, page_of_output
from glassnet_explanations.page.blocks import Page, Section, Table, Text
from glassnet_explanations.page.contents import page_of
from glassnet_explanations.page.plain import plain_arrays, to_dict
from glassnet_explanations.page.weight_contents import page_of_weight, section_of_course


@attrs.frozen
class View:
    """A page, a function that returns its content as plain values, and whether the answer is yes."""

    page: Page
    content: Callable[[], dict[str, Any]]
    is_right: bool = True


@attrs.frozen
class Asked:
    """What the command line asks for: the run, its data, the samples, and options that replace those of the run."""

    path: Path
    dataset: str | None
    split: str
    samples: Sequence[str]
    given: dict[str, Any]

    def explain(self) -> Any:
        """Return the explanation of the step."""
        return explain_run(self.path, self.dataset, self.split, self.samples, self.given)


def view_of_step(asked: Asked) -> View:
    """Return the whole step."""
    explanation = asked.explain()
    return View(page_of(explanation), partial(to_dict, explanation))


def view_of_weight(asked: Asked, weight: str) -> View:
    """Return one weight in the step, and through the training where there is one."""
    explanation = asked.explain()
    page = page_of_weight(explanation, weight)
    name, index = parse_element(weight, explanation.parameters)
    terms = explanation.updates.get(name, {})
    content: dict[str, Any] = {
        "weight": weight,
        "value": float(explanation.parameters[name].flat[index]),
        "gradient": float(explanation.gradients[name].flat[index]),
        "update": {term: float(values.flat[index]) for term, values in terms.items()},
    }
    if asked.path.is_dir():
        history, remark = followed_weight(asked.path, weight)
        page = attrs.evolve(page, sections=(*page.sections, section_of_course(history, remark)))
        course = {"value": history.values, "gradient": history.gradients, **history.terms}
        content["course"] = plain_arrays(course)
    return View(page, lambda: content)


def view_of_output(asked: Asked, output: int) -> View:
    """Return the way from one output back to the inputs."""
    saved, batch = open_run(asked.path, asked.dataset, asked.split, asked.samples)
    numbers = explain_output(saved.network, batch.x, output)
    return View(page_of_output(numbers, output), partial(to_dict, numbers))


def view_of_comparison(asked: Asked, file: Path) -> View:
    """Return the numbers in a file beside those of the step."""
    compared = compare(asked.explain(), file)
    wrong = [each for each in compared if not each.agrees]
    told = f"{len(compared) - len(wrong)} of {len(compared)} numbers agree with those of the step."
    rows = tuple(map(_row, compared))
    table = Table("compared", ("number", "yours", "here", "difference", "agrees"), rows)
    page = Page(f"{file.name} against the step", (Text(told),), (Section("Numbers", (table,)),))
    content = {"numbers": [attrs.asdict(each) for each in compared], "agree": not wrong}
    return View(page, lambda: content, is_right=not wrong)


def _row(each: Compared) -> tuple[str | float, ...]:
    return (each.name, each.mine, each.ours, each.mine - each.ours, "yes" if each.agrees else "NO")
