"""Which component returned something else than it should, found after a call has failed.

NumPy's message is about the place where the result was used, often in another component. What called the component
knows it: it is in the local variables of that frame. So nothing is checked while all goes well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.components.activation import Activation
from glassnet.components.component import wrong_result
from glassnet.components.parameter import Parameter
from glassnet.errors import GlassnetError, ShapeError

_Local = dict[str, Any]

# What Python and NumPy say of a result that cannot be unpacked or made a number. Any other error in the same line is
# that of the call: arguments that a method does not take, or an error of compiled code, which has no frame.
_OF_RESULT = re.compile(r"unpack|float\(\)|convert|operand type|subtract|attribute 'shape'|not iterable|Cannot cast")


def wrong_result_behind(error: BaseException) -> ShapeError | None:
    """Return the error that names the component whose result an error is about, or None if none is to blame."""
    if isinstance(error, GlassnetError):
        return None
    of_result = _OF_RESULT.search(str(error)) is not None
    for frame, is_last in _frames(error):
        find = _FINDERS.get(frame.f_code.co_qualname)
        found = find(frame.f_locals, is_last and of_result) if find is not None else None
        if found is not None:
            return found
    return None


def _frames(error: BaseException) -> Iterator[tuple[FrameType, bool]]:
    """Yield the frames of an error from the last call to the first, and whether it is the last."""
    frames, trace = [], error.__traceback__
    while trace is not None:
        frames.append(trace.tb_frame)
        trace = trace.tb_next
    yield from ((frame, frame is frames[-1]) for frame in reversed(frames))


def _of_forward(layer: gn.Layer, output: Any) -> ShapeError:
    wanted = "an array" if isinstance(layer, Activation) else "(y, cache) with an array y"
    return wrong_result(layer, "forward", output, wanted)


def _in_forward(local: _Local, used_here: bool) -> ShapeError | None:
    index, members = len(local.get("caches", ())), local["self"].members  # one for each layer that has returned
    if index > 0 and not hasattr(local["y"], "shape"):
        return _of_forward(members[index - 1], local["y"])
    if index > 0 and (found := _no_real_numbers(members[index - 1], "forward", local["y"])):
        return found
    return _no(members[index], "forward", "pair", "(y, cache)") if used_here and index < len(members) else None


def _no_real_numbers(component: Any, method: str, found: Any) -> ShapeError | None:
    """Return the error for an array of complex numbers or objects; None for any other."""
    if getattr(found, "dtype", None) is None or found.dtype.kind in "fiub":
        return None
    return ShapeError(f"{method}() of {component!r} returned elements of type {found.dtype}; return real numbers")


def _in_shapes(local: _Local, used_here: bool) -> ShapeError | None:
    return _no(local["member"], "output_shape", "shape", "that of one sample, such as (8,)") if used_here else None


def _in_parameters(local: _Local, used_here: bool) -> ShapeError | None:
    described = local.get("described")
    if "member" not in local or _are_parameters(described):
        return None
    return wrong_result(local["member"], "parameters", described, "a gn.Parameter by each name")


def _are_parameters(tree: Any) -> bool:
    return isinstance(tree, dict) and all(
        isinstance(each, Parameter) or _are_parameters(each) for each in tree.values()
    )


def _in_loss_gradient(local: _Local, used_here: bool) -> ShapeError | None:
    return _no_real_numbers(local["loss"], "backward", local["dy"])


def _in_regularizer(local: _Local, used_here: bool) -> ShapeError | None:
    return _no(local["self"], "gradient", "array", f"one of shape {local['w'].shape}") if used_here else None


def _in_backward(local: _Local, used_here: bool) -> ShapeError | None:
    members = local["self"].members
    index, dy = local.get("index", len(members)), local["dy"]
    if used_here:
        dy = local["gradient"]
    else:
        index += 1  # the layer that returned what this one got
    if index < len(members) and not hasattr(dy, "shape"):
        return wrong_result(members[index], "backward", dy, "the gradient by the input, of its shape")
    return None


def _in_first_values(local: _Local, used_here: bool) -> ShapeError | None:
    if "values" not in local or np.shape(local["values"]) == local["shape"]:
        return None
    return wrong_result(local["slice_"].initializer, "sample", local["values"], f"shape {local['shape']}")


def _in_branches(local: _Local, used_here: bool) -> ShapeError | None:
    samples, *shape = local["x"].shape
    for branch, output in zip(local["self"].layers, local["outputs"], strict=False):
        wanted = (samples, *branch.output_shape(tuple(shape)))
        if output.shape != wanted:
            return wrong_result(branch, "forward", output, f"shape {wanted}")
    return None


def _in_objective(local: _Local, used_here: bool) -> ShapeError | None:
    output = local.get("output")
    if not hasattr(output, "shape") and "output" in local:
        return _of_last(local["self"].sequence, output)
    return _no_real_numbers(local["self"].network.layers[-1], "forward", output) if "output" in local else None


def _in_prediction(local: _Local, used_here: bool) -> ShapeError | None:
    return None if hasattr(local.get("y"), "shape") or "y" not in local else _of_last(local["sequence"], local["y"])


def _of_last(sequence: Any, output: Any) -> ShapeError:
    return _of_forward(sequence.members[-1], output)


def _in_loss(local: _Local, used_here: bool) -> ShapeError | None:
    if used_here and not _no_real_numbers(local["self"].loss, "", local.get("output")):
        return _no(local["self"].loss, "forward", "number", "the mean loss as one")
    return _in_objective(local, used_here)


def _in_penalty(local: _Local, used_here: bool) -> ShapeError | None:
    penalised = local.get("regularizer")
    return _no(penalised, "penalty", "number", "the penalty as one") if used_here and penalised is not None else None


def _in_step_size(local: _Local, used_here: bool) -> ShapeError | None:
    return wrong_result(local["schedule"], "lr", local["lr"], "one number") if used_here else None


def _in_figures(local: _Local, used_here: bool) -> ShapeError | None:
    if not used_here or "value" not in local:
        return None
    got = type(local["value"]).__name__.removesuffix("Type")
    return ShapeError(f"compute() of {local['name']} returned {got}; return one number, or a table as an array")


def _no(component: Any, method: str, thing: str, advice: str) -> ShapeError:
    """Return the error for a result that is gone by the time of the error."""
    return ShapeError(f"{method}() of {component!r} returned no {thing}; return {advice}")


_FINDERS: dict[str, Callable[[_Local, bool], ShapeError | None]] = {
    "LayerSequence.forward": _in_forward,
    "LayerSequence.backward": _in_backward,
    "LayerSequence.shapes": _in_shapes,
    "LayerSequence.parameters": _in_parameters,
    "ParameterLayout.initialize": _in_first_values,
    "Concat.forward": _in_branches,
    "gradient_like": _in_loss_gradient,
    "Regularizer.add_gradient": _in_regularizer,
    "Objective.forward": _in_objective,
    "Objective.value": _in_objective,
    "Objective._loss_of": _in_loss,
    "Objective._mean": _in_loss,
    "Objective.loss_and_gradient": _in_penalty,
    "RunSettings.lr_of": _in_step_size,
    "_fill_block": _in_prediction,
    "scalars_only": _in_figures,  # where a comprehension has no frame of its own, from Python 3.12 on
    "scalars_only.<locals>.<dictcomp>": _in_figures,
}
