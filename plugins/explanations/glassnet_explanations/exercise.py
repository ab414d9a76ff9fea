"""An exercise in a file: a network, its weights and a sample, beside the numbers that a learner computed by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.types import Array
from glassnet_explanations.comparison import Numbers
from glassnet_explanations.element_names import parse_element
from glassnet_explanations.explain import explain
from glassnet_explanations.explanation import Explanation

_TEXTS = ("layers", "loss", "optimizer", "regularizer")
_HOW = "such as set x[0, 0],1"


def explain_exercise(numbers: Numbers, options: Mapping[str, Any]) -> Explanation:
    """Return the step that a file describes: it sets layers, the sample, the target, and the weights.

    A weight that is not set is 0.

    Parameters
    ----------
    numbers
        The file: ``set layers,dense(2) tanh dense(1)``, ``set x[0, 0],1``, ``set target[0, 0],1``,
        ``set 0.weights[0, 0],0.5``, ``set loss,mse``, ``set optimizer,sgd(lr=0.1)``.
    options
        Loss, optimizer and regularizer, if given in another way.

    Raises
    ------
    OptionError
        If the file does not set what a step needs, or sets what is not there.
    """
    texts: dict[str, Any] = {name: numbers.given[name][0] for name in _TEXTS if name in numbers.given}
    texts |= {name: text for name, text in options.items() if text is not None}
    for name in ("layers", "loss"):
        if name not in texts:
            raise gn.OptionError(f"{numbers.path} does not say which {name}; write a line such as set {name},…")
    x, y = _array(numbers, "x"), _array(numbers, "target")
    network = gn.Network(texts.pop("layers")).build(x.shape[1:], seed=0, dtype="float64")
    network.flat_parameters[:] = 0
    _set_weights(network, numbers)
    return explain(network, x, y, **{"optimizer": "sgd", **texts})


def _set_weights(network: gn.Network, numbers: Numbers) -> None:
    """Change the weights of a network to those that a file sets."""
    for name, (text, line) in numbers.given.items():
        if _is_of_the_step(name):
            continue
        try:
            array, index = parse_element(name, network.parameters)
            network.parameters[array].flat[index] = _number(text)
        except gn.OptionError as error:
            raise gn.OptionError(f"{numbers.path}, line {line}: {error}") from None


def changes_in(numbers: Numbers) -> list[str]:
    """Return the weights that a file sets, as in ``1.weights[3,7]=0.5``, for a network that is there already.

    Raises
    ------
    OptionError
        If it describes a network or a sample of its own.
    """
    for name, (_, line) in numbers.given.items():
        if _is_of_the_step(name):
            told = f"{numbers.path}, line {line}: it sets {name}"
            raise gn.OptionError(f"{told}, and a run has its own; leave out the run, or set weights alone")
    return [f"{name}={text}" for name, (text, _) in numbers.given.items()]


def _is_of_the_step(name: str) -> bool:
    return name in _TEXTS or name.partition("[")[0].strip() in ("x", "target")


def _array(numbers: Numbers, name: str) -> Array:
    """Return the array that a file sets element by element; an element between that it does not set is 0."""
    found: dict[tuple[int, ...], float] = {}
    for element, (text, line) in numbers.given.items():
        array, _, indices = element.rstrip("] ").partition("[")
        if array.strip() == name:
            try:
                found[tuple(int(each) for each in indices.split(","))] = _number(text)
            except (ValueError, gn.OptionError):
                told = f"{numbers.path}, line {line}: got set {element},{text}"
                raise gn.OptionError(f"{told}; write indices and a number, {_HOW}") from None
    if not found or len({len(place) for place in found}) > 1:
        raise gn.OptionError(f"{numbers.path} does not set {name}, with as many indices everywhere; write lines {_HOW}")
    values = np.zeros([max(places) + 1 for places in zip(*found, strict=True)])
    for place, value in found.items():
        values[place] = value
    # Labels are whole numbers, one a sample.
    return values.astype(np.int64) if values.ndim == 1 and name == "target" else values


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise gn.OptionError(f"{text!r} is not a number") from None
