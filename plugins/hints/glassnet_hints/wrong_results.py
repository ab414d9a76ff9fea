"""Which component returned something else than it should, found after a call has failed.

NumPy's message is about the place where the result was used, often in another component. What called the component
knows it: it is in the local variables of that frame. So nothing is checked while all goes well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import glassnet as gn
from glassnet.components.activation import Activation
from glassnet.components.component import wrong_result
from glassnet.errors import GlassnetError, ShapeError

_Local = dict[str, Any]


def wrong_result_behind(error: BaseException) -> ShapeError | None:
    """Return the error that names the component whose result an error is about, or None if none is to blame."""
    if isinstance(error, GlassnetError):
        return None
    for frame, is_last in _frames(error):
        find = _FINDERS.get(frame.f_code.co_qualname)
        found = find(frame.f_locals, is_last) if find is not None else None
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


def _in_forward(local: _Local, is_last: bool) -> ShapeError | None:
    index, members = len(local.get("caches", ())), local["self"].members  # one for each layer that has returned
    if index > 0 and not hasattr(local["x"], "shape"):
        return _of_forward(members[index - 1], local["x"])
    return _no(members[index], "forward", "pair", "(y, cache)") if is_last else None


def _in_backward(local: _Local, is_last: bool) -> ShapeError | None:
    index, members = local.get("index", len(local["self"].members)), local["self"].members
    if index + 1 < len(members) and not hasattr(local["dy"], "shape"):
        return wrong_result(members[index + 1], "backward", local["dy"], "the gradient by the input, of its shape")
    return None


def _in_objective(local: _Local, is_last: bool) -> ShapeError | None:
    output = local.get("output")
    return None if hasattr(output, "shape") or "output" not in local else _of_last(local["self"].sequence, output)


def _in_prediction(local: _Local, is_last: bool) -> ShapeError | None:
    return None if hasattr(local.get("y"), "shape") or "y" not in local else _of_last(local["sequence"], local["y"])


def _of_last(sequence: Any, output: Any) -> ShapeError:
    return _of_forward(sequence.members[-1], output)


def _in_loss(local: _Local, is_last: bool) -> ShapeError | None:
    if is_last:
        return _no(local["self"].loss, "forward", "number", "the mean loss as one")
    return _in_objective(local, is_last)


def _in_penalty(local: _Local, is_last: bool) -> ShapeError | None:
    penalised = local.get("regularizer")
    return _no(penalised, "penalty", "number", "the penalty as one") if is_last and penalised is not None else None


def _in_step_size(local: _Local, is_last: bool) -> ShapeError | None:
    return wrong_result(local["schedule"], "lr", local["lr"], "one number") if is_last else None


def _no(component: Any, method: str, thing: str, advice: str) -> ShapeError:
    """Return the error for a result that is gone by the time of the error."""
    return ShapeError(f"{method}() of {component!r} returned no {thing}; return {advice}")


_FINDERS: dict[str, Callable[[_Local, bool], ShapeError | None]] = {
    "LayerSequence.forward": _in_forward,
    "LayerSequence.backward": _in_backward,
    "Objective.forward": _in_objective,
    "Objective.value": _in_objective,
    "Objective._loss_of": _in_loss,
    "Objective._mean": _in_loss,
    "Objective.loss_and_gradient": _in_penalty,
    "RunSettings.lr_of": _in_step_size,
    "_fill_block": _in_prediction,
}
