"""What ``glassnet explain`` shows: a whole step, one weight, one output, or a comparison."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import click

from glassnet_commands.explained_run import explain_run, open_run, set_elements
from glassnet_commands.repeated_run import explain_step, followed_weight
from glassnet_explanations.comparison import Compared, Numbers, compare, read_numbers
from glassnet_explanations.element_names import parse_element
from glassnet_explanations.exercise import changes_in, explain_exercise
from glassnet_explanations.explain_output import explain_output, page_of_output
from glassnet_explanations.explanation import Explanation
from glassnet_explanations.page.blocks import Lines, Page, Section, Table, Text
from glassnet_explanations.page.contents import HOW_TO_READ, page_of
from glassnet_explanations.page.plain import plain_arrays, plain_line, to_dict
from glassnet_explanations.page.weight_contents import page_of_weight, section_of_course


@attrs.frozen
class View:
    """A page, a function that returns its content as plain values, and whether the answer is yes."""

    page: Page
    content: Callable[[], dict[str, Any]]
    is_right: bool = True


@attrs.frozen
class Asked:
    """What the command line asks for.

    Attributes
    ----------
    path, dataset, split, samples
        The run, or None where a file describes the step; its data and the samples.
    given
        Options that replace those of the run.
    changes
        Values of weights, as in ``1.weights[3,7]=0.5``.
    step
        A step of the training in place of the next one, or None.
    """

    path: Path | None
    dataset: str | None
    split: str
    samples: Sequence[str]
    given: dict[str, Any]
    changes: Sequence[str] = ()
    step: int | None = None

    @property
    def run(self) -> Path:
        """The run.

        Raises
        ------
        click.UsageError
            If none was given.
        """
        if self.path is None:
            raise click.UsageError("give the folder of a run, or a model file; without it, --against FILE")
        return self.path

    def explain(self, numbers: Numbers | None = None) -> Explanation:
        """Return the explanation of the step; `numbers` may set its weights, or describe the whole of it."""
        if numbers is not None and self.path is None:
            return explain_exercise(numbers, self.given)
        changes = [*self.changes, *(changes_in(numbers) if numbers is not None else ())]
        if self.step is not None:
            return explain_step(self.run, self.dataset, self.step, self.given, changes)
        samples = self.samples or ("0",)
        return explain_run(self.run, self.dataset, self.split, samples, self.given, changes)


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
    if asked.run.is_dir():
        history, remark = followed_weight(asked.run, asked.dataset, weight)
        page = attrs.evolve(page, sections=(*page.sections, section_of_course(history, remark)))
        course = {"value": history.values, "gradient": history.gradients, **history.terms}
        content["course"] = plain_arrays(course)
    return View(page, lambda: content)


def view_of_output(asked: Asked, output: int) -> View:
    """Return the way from one output back to the inputs."""
    saved, batch = open_run(asked.run, asked.dataset, asked.split, asked.samples or ("0",))
    set_elements(saved.network, asked.changes)
    numbers = explain_output(saved.network, batch, output)
    return View(page_of_output(numbers, output), partial(to_dict, numbers))


def view_of_element(asked: Asked, element: str, levels: int | None) -> View:
    """Return the lines that lead to one element."""
    lines = asked.explain().unfold(element, levels)
    block = Lines("the arithmetic", tuple(lines))
    page = Page(lines[-1].label, (Text(HOW_TO_READ),), (Section("Unfolded", (block,)),))
    return View(page, lambda: {"lines": [plain_line(line) for line in lines]})


def view_of_comparison(asked: Asked, file: Path) -> View:
    """Return the numbers in a file beside those of the step."""
    numbers = read_numbers(file)
    compared = compare(asked.explain(numbers), numbers)
    wrong = [each for each in compared if not each.agrees]
    told = f"{len(compared) - len(wrong)} of {len(compared)} numbers agree with those of the step."
    rows = tuple(map(_row, compared))
    table = Table("compared", ("number", "yours", "here", "difference", "agrees"), rows)
    page = Page(f"{file.name} against the step", (Text(told),), (Section("Numbers", (table,)),))
    content = {"numbers": [attrs.asdict(each) for each in compared], "agree": not wrong}
    return View(page, lambda: content, is_right=not wrong)


def _row(each: Compared) -> tuple[str | float, ...]:
    return (each.name, each.mine, each.ours, each.mine - each.ours, "yes" if each.agrees else "NO")
