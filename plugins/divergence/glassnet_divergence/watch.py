"""The watch over a run: it looks for NaN and infinity, and keeps the last finite state.

A product of parameters and gradients is finite if all of these are, and takes one call. It is taken before a step, so
that a bad gradient never reaches the parameters, and parameters that overflowed are found before they are used twice.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from glassnet.errors import NonFiniteError
from glassnet_autodiff.tree import tree_map
from glassnet_divergence import likely_causes
from glassnet_divergence.finite import first_not_finite, what_is_not_finite
from glassnet_divergence.scan import Divergence, Range, layer_of, shortened
from glassnet_inputs.finite import are_finite

if TYPE_CHECKING:
    from glassnet.training.run import Run
    from glassnet.types import Array

# For at most this number of parameters, the product takes less than a microsecond. For more, it is taken once for this
# number of samples, in whose products of layers it is about a hundredth.
_NUMBERS, _SAMPLES = 10_000, 256
# With this number of parameters, threads of compiled code look faster, if products use them anyway.
_SHARED, _TEAM = 300_000, "glassnet_machine_code.team"
# Where it is imported anyway, compiled code calls the product of a small network in a tenth of NumPy's time.
_COMPILER = "glassnet_machine_code.compiler"


class Watch:
    """Looks after one run.

    Attributes
    ----------
    stops
        Whether the run stops where it diverges.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        network = run.network
        expected = any(getattr(each, "expects_divergence", False) for each in run.components)
        self.stops = run.options.on_divergence == "raise" and not expected
        self._vector, self._gradients = network.flat_parameters, network.gradients
        self._has_state = bool(network.state)
        is_small = len(self._vector) <= _NUMBERS
        self._every = 1 if is_small else max(1, _SAMPLES // run.options.batch_size)
        self._looked_at = 0
        self._kept_vector = np.empty_like(self._vector) if self.stops else self._vector
        kept = self._kept_vector if self.stops else None
        self._is_kept = _never if self._has_state else _finite_product(self._vector, self._vector, kept)

    def keep(self, epochs: int) -> None:
        """Keep what the network holds now, after this number of epochs of the run, to go back to."""
        self._kept_vector[:] = self._vector
        if self._has_state:
            self._kept_state = tree_map(np.copy, self._run.network.state)
        self._kept_after = epochs

    def keeps_epoch(self) -> bool:
        """Return whether loss and network are finite at the end of an epoch, and keep the network then.

        Stop the run if it is to stop and a step has made the network so.
        """
        run = self._run
        # In an epoch of one step each microsecond counts: a state is looked at in the longer way.
        if run.last_vector is None and self._is_kept():
            self._looked_at, self._kept_after = run.step, run.epoch + 1
            return math.isfinite(run.total_loss)
        is_finite = self.look_at_network()
        if self.stops:
            self.keep(run.epoch + 1)
        return is_finite and math.isfinite(run.total_loss)

    def start(self) -> None:
        """Keep what the network begins with.

        Raises
        ------
        NonFiniteError
            If it is not finite.
        """
        bad = first_not_finite(self._run.network)
        if bad is not None and self.stops:
            raise NonFiniteError(f"{bad} before the first step; build the network anew, or load another model")
        self._looked_at = self._run.step
        self._began = "where the run was continued" if self._run.step else "before the first step"
        if self.stops:
            self.keep(0)

    def look_at_gradients(self) -> Callable[[], object]:
        """Return a function to call when gradients are complete: it returns false if these or parameters may be bad."""
        run, every = self._run, self._every
        is_shared = len(self._vector) >= _SHARED and _TEAM in sys.modules
        is_finite = (_finite_product_by_team if is_shared else _finite_product)(self._vector, self._gradients)

        if not self.stops:
            return _always
        return is_finite if every == 1 else lambda: run.step % every or is_finite()

    def stop_if_not_finite(self) -> None:
        """Stop the run, unless the product of finite numbers was too large."""
        if not are_finite(self._vector):
            self._stop_after_update()
        if not are_finite(self._gradients):
            self._stop(self._in_step())

    def stop_before_step(self, loss: float) -> NoReturn:
        """Stop the run since the loss of the batch at hand is not finite; its step is not taken yet."""
        if not are_finite(self._vector):
            self._stop_after_update()
        self._stop(self._in_step(loss))

    def stop_for_reported(self, loss: float) -> NoReturn:
        """Stop the run since the loss that a ``train_step`` returned is not finite."""
        by = ", ".join(map(shortened, self._run.hooks.implementing("train_step")))
        problem, cause = f"the loss that it returned is {loss}", likely_causes.STEP
        rate = {"learning rate": self._run.lr}
        self._stop(self._divergence(self._run.step + 1, "train_step", by, problem, rate, cause))

    def look_at_network(self) -> bool:
        """Return whether the network is finite; stop the run if it is to stop and a step has made it so."""
        run = self._run
        bad = first_not_finite(run.network)
        if bad is not None and self.stops:
            self._stop_after_update(bad)
        self._looked_at = run.step
        return bad is None and (run.last_vector is None or are_finite(run.last_vector))

    @property
    def _last_look(self) -> int:
        """The steps that were taken when the parameters were last looked at, before the step at hand."""
        run = self._run
        by_gradients = 0 if run.hooks.implementing("train_step") else (run.step - 1) // self._every * self._every
        return max(self._looked_at, by_gradients)

    def _stop_after_update(self, bad: str | None = None) -> NoReturn:
        run = self._run
        bad = bad or first_not_finite(run.network) or ""
        layer = layer_of(run.network, bad.split("'")[1])
        if bad.startswith("state"):
            self._stop(self._divergence(run.step, "forward", layer, bad, {}, likely_causes.STATE))
        if run.last_vector is not None and are_finite(run.last_vector):
            bad = f"in the average that the optimizer keeps, {bad}"
        if run.step > self._last_look + 1:
            bad += f"; parameters were last looked at after step {self._last_look}"
        rate = run.lr_of(max(run.step - 1, 0))
        cause = likely_causes.STEP if math.isfinite(rate) else likely_causes.RATE
        values: dict[str, Range | float] = {"learning rate": rate}
        if math.isfinite(run.batch_loss):
            values["loss"] = run.batch_loss
        self._stop(self._divergence(max(run.step, 1), "update", layer, bad, values, cause))

    def _in_step(self, loss: float = 0.0) -> Divergence:
        # Training that goes well needs none of it.
        from glassnet_divergence.search import first_found

        run = self._run
        step = run.step + 1
        rate: dict[str, Range | float] = {"learning rate": run.lr}
        found = first_found(run)
        if found is not None:
            values = {**found.values, **rate}
            return self._divergence(step, found.operation, found.layer, found.problem, values, found.cause)
        if not math.isfinite(loss):
            problem = f"the loss is {loss}"
            return self._divergence(
                step, "forward", f"the loss {shortened(run.loss)}", problem, rate, likely_causes.OUTSIDE
            )
        for slice_ in run.network.layout.slices:
            gradient = slice_.view(run.network.gradients)
            if not are_finite(gradient.reshape(-1)):
                problem = f"the gradient of {slice_.name!r} {what_is_not_finite(gradient)}"
                layer = layer_of(run.network, slice_.name)
                break
        return self._divergence(step, "backward", layer, problem, rate, likely_causes.OUTSIDE)

    def _divergence(
        self,
        step: int,
        operation: str,
        layer: str,
        problem: str,
        values: Mapping[str, Range | float],
        cause: str,
    ) -> Divergence:
        return Divergence(self._run.epoch + 1, step, operation, layer, problem, values, cause)

    def _stop(self, divergence: Divergence) -> NoReturn:
        raise NonFiniteError(divergence.message(self._go_back()), divergence.as_plain())

    def _go_back(self) -> str:
        """Put the network where it was last kept, if it is not finite, and return what it holds."""
        run = self._run
        if first_not_finite(run.network) is None and run.last_vector is None:
            when = f"from after step {run.step}" if run.step else "from before the first step"
        else:
            self._vector[:] = self._kept_vector
            if run.last_vector is not None:  # what training would go on from, to be put back
                run.last_vector[:] = self._kept_vector
            if self._has_state:
                run.network.state = self._kept_state
            when = f"from the end of epoch {self._kept_after}" if self._kept_after else f"from {self._began}"
        held = "the network holds" if run.folder is None else f"the network, and the model in {run.folder}, hold"
        return f"{held} the finite parameters {when}"


def _finite_product(x: Array, y: Array, kept: Array | None = None) -> Callable[[], bool]:
    """Return a function that tells whether a product of vectors is finite, and then copies the first to `kept`."""
    if len(x) <= _NUMBERS and _COMPILER in sys.modules:
        from glassnet_accelerators.finite_call import product_is_finite

        found = product_is_finite(x, y, kept)
        if found is not None:
            return found

    def is_finite() -> bool:
        if not math.isfinite(x.dot(y)):
            return False
        if kept is not None:
            kept[:] = x
        return True

    return is_finite


def _finite_product_by_team(x: Array, y: Array) -> Callable[[], bool]:
    """Return a function that does the same, for which threads look at the vectors if they are free."""
    from glassnet_accelerators.finite_team import finds_both_finite

    return lambda: finds_both_finite(x, y) or math.isfinite(x.dot(y))


def _always() -> bool:
    """Look at nothing: the run goes on where it diverges."""
    return True


def _never() -> bool:
    """Look at nothing: a longer look follows."""
    return False
