"""Follow one output of a network back to the inputs that produced it."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet_explanations.explain import explain
from glassnet_explanations.output_loss import OutputLoss
from glassnet_explanations.page.blocks import Page, Section, Text
from glassnet_explanations.page.contents import page_of
from glassnet_explanations.step_numbers import StepNumbers


def explain_output(network: gn.Network, x: Any, output: int) -> StepNumbers:
    """Return values, and as gradients the derivatives of one output, number `output` of each sample."""
    size = math.prod(network.output_shape)
    if not 0 <= output < size:
        count = "1 output, which is 0" if size == 1 else f"{size} outputs, which count from 0"
        raise gn.OptionError(f"the network has {count} (got {output}); give another --output")
    targets = np.zeros(len(x))
    batch = attrs.evolve(x, y=targets, weights=None) if isinstance(x, gn.Split) else gn.Split(x, targets)
    return explain(network, batch, loss=OutputLoss(output), optimizer="sgd")


def page_of_output(numbers: StepNumbers, output: int) -> Page:
    """Return the page of an output: forward, and back from the output to the inputs."""
    page = page_of(numbers, f"Output {output}")
    value = float(numbers.loss_part.values["loss"])
    samples = len(numbers.loss_part.values["targets"])
    of_all = "" if samples == 1 else f", summed over {samples} samples,"
    about = Text(
        f"Output {output}{of_all} is {value:.5g}. A d before a name is the derivative of this output: dx = 2 means "
        "that the output grows twice as fast as x. Indices count from 0, and the first is the sample. Terms that are "
        "0 are left out on the way back. Results on the way without a name are v1, v2, …. All is computed in 64 bits."
    )
    kept = {"Forward", "Backward"}
    sections = [section for section in page.sections if section.title in kept]
    return attrs.evolve(page, blocks=(about,), sections=tuple(map(_ordered, sections)))


def _ordered(section: Section) -> Section:
    """Return the layers of a section with the last one first: the way goes from the output to the inputs."""
    numbered = sorted(section.sections, key=lambda each: -int(each.title.split()[0]))
    return attrs.evolve(section, sections=tuple(numbered))
