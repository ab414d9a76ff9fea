"""The callback that takes one step in place of a training, and notes every number of it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet.model.mask import at_real_steps, weights_of_steps
from glassnet.model.sequential import WholeBatch
from glassnet_autodiff.tree import named_leaves
from glassnet_explanations.arithmetic.traced import traced, traced_loss
from glassnet_explanations.explanation import Explanation
from glassnet_explanations.memory import memory_of
from glassnet_explanations.recorded_layer import RecordedLayer
from glassnet_explanations.settings import named_part, rules_of, settings_in_formula
from glassnet_explanations.step_numbers import ExplainedLayer, ExplainedLoss, NamedPart
from glassnet_explanations.update_terms import GradientParts, StepTerms


class StepCallback(gn.Callback):
    """Takes the first step of a run on all samples at once, in their order; `found` gets the explanation.

    Everything is computed by the components themselves: no accelerator and no part of a batch takes their place. Only
    an optimizer that goes on from the memory of an accelerator is that accelerator.
    """

    step: int = gn.option(0, help="number of steps before this one")
    lr_scale: float = gn.option(1.0, help="what the step size is multiplied with")
    state: Any = gn.option(None, help="the optimizer's slots and scalars before the step, by name")
    found: Any = gn.option(None, help="a list that gets the explanation")

    @gn.run_hookimpl(tryfirst=True)
    def prepare_component(self, run: gn.Run, component: gn.Component, elements: int) -> Any:
        if component is run.optimizer and not set(self.state or ()) <= {*component.slots, *component.scalars}:
            return None  # what kept this state goes on with it, such as an accelerator
        if not isinstance(component, gn.Layer):
            return component
        arrays = run.state_of(self)._arrays = getattr(run.state_of(self), "_arrays", [])
        arrays.append(({}, {}, []))
        return RecordedLayer(component.as_layer(), *arrays[-1])

    @gn.run_hookimpl(tryfirst=True)
    def run_training(self, run: gn.Run) -> bool:
        run.prepare()
        run.begin()
        run.objective.parts = WholeBatch(run.network)
        run.step, run.lr_scale = self.step, self.lr_scale
        _put_state(run, self.state or {})
        self._put_batch(run)
        with np.errstate(all="ignore"):  # a network that has diverged is explained too
            self.found.append(self._explained(run))
        return True

    def _put_batch(self, run: gn.Run) -> None:
        batch, weights = next(run.data.sequential_batches(run.options.batch_size))
        run.lent_batch = batch[0].copy(), batch[1].copy()
        run.metric_weights = run.sample_weights = weights
        if run.config.class_weights is not None:
            run.sample_weights = run.config.class_weights.times(weights, batch[1])
        changed_by = run.state_of(self)._changed_by = []
        for callback in _own_callbacks(run, "on_batch_start"):  # such as augment
            before = run.lent_batch
            callback.on_batch_start(run=run)
            if not all(map(np.array_equal, run.lent_batch, before)):
                changed_by.append(repr(callback))

    def _explained(self, run: gn.Run) -> Explanation:
        network, objective = run.network, run.objective
        parameters = {name: array.copy() for name, array in network.parameters.items()}
        given = [_copies(network.parameter_views, index) for index in range(len(network.layers))]
        state = [_copies(network.state, index) for index in range(len(network.layers))]
        x, y = run.lent_batch
        with run.pass_through_network() as ctx:
            # The first layer's input has a gradient too.
            ctx.needs_input_grad = True
            output, caches = objective.forward(x, y, ctx)
            loss, dy = objective.loss_and_gradient(output, y, run.sample_weights)
            objective.parts.backward(objective.sequence, caches, dy, ctx)
        by_loss, gradient = _gradient_parts(run)
        memory = _memory(run, gradient)
        terms = StepTerms(run, gradient, run.step + 1).terms()
        arrays = run.state_of(self)._arrays
        layers = []
        for index, layer in enumerate(network.layers):
            values, gradients, tapes = arrays[index] if index < len(arrays) else _fused(run, output, dy)
            within = {**given[index], **state[index]}
            layers.append(
                ExplainedLayer(
                    str(index),
                    repr(layer),
                    layer.formula,
                    layer.gradient_formula,
                    {"input": values["input"], **within, "output": values["output"]},
                    gradients,
                    tapes[0].graph(gradients.get("output")) if tapes else None,
                    settings=settings_in_formula(layer),
                    shared=_shared(network, index),
                )
            )
        return Explanation(
            loss=loss,
            penalty=objective.penalty(),
            layers=tuple(layers),
            loss_part=_loss_part(run, output, dy, loss - objective.penalty()),
            parameters=parameters,
            gradients=by_loss,
            updates=terms,
            lr=run.lr,
            base_lr=run.optimizer.lr,
            step=run.step,
            changed_by=tuple(run.state_of(self)._changed_by),
            optimizer=repr(run.optimizer),
            rules=rules_of(run.optimizer, run.step),
            step_sizes={slice_.name: run.lr * slice_.parameter.lr_scale for slice_ in _trained(network)},
            memory=memory,
            penalties={name: named_part(one, float(one.penalty(w))) for one, name, w in objective.penalised},
            schedule=_schedule(run),
            constraints={
                slice_.name: named_part(slice_.parameter.constraint)
                for slice_ in network.layout.slices
                if slice_.parameter.constraint is not None
            },
        )


def _trained(network: gn.Network) -> list[Any]:
    return [slice_ for slice_ in network.layout.slices if slice_.parameter.trainable]


def _schedule(run: gn.Run) -> NamedPart | None:
    schedule = run.options.schedule
    return None if schedule is None else named_part(schedule, step=run.step, total_steps=run.total_steps)


def _memory(run: gn.Run, gradient: GradientParts) -> dict[str, dict[str, gn.Array]]:
    """Return the gradient that the optimizer is given, and what it remembers, by parameter."""
    bound = run.bound_optimizer
    slots = {name: values for name, values in memory_of(bound.optimizer, bound.slots).items() if values.any()}
    given = {"g": gradient.total, **slots}
    return {
        slice_.name: {name: slice_.view(values).copy() for name, values in given.items()}
        for slice_ in _trained(run.network)
    }


def _shared(network: gn.Network, index: int) -> dict[str, str]:
    """Return the names of parameters that a layer has in common with an earlier one: in the layer, in the network."""
    own = named_leaves(network.parameter_views.get(str(index), {}))
    return {
        name: full
        for name, array in own.items()
        for full, parameter in network.parameters.items()
        if full != f"{index}.{name}" and np.shares_memory(array, parameter)
    }


def _put_state(run: gn.Run, given: Mapping[str, Any]) -> None:
    """Put the optimizer's memory where it was.

    Raises
    ------
    OptionError
        If the optimizer has no such array, or one of another size.
    """
    known = {**run.bound_optimizer.slots, **run.bound_optimizer.scalars}
    for name, values in given.items():
        if name not in known or np.size(values) != known[name].size:
            expected = ", ".join(f"{name} ({array.size})" for name, array in known.items()) or "nothing"
            raise gn.OptionError(
                f"{run.optimizer!r} keeps {expected}, got {name!r} ({np.size(values)}) in optimizer_state; "
                f"give the state of the same optimizer on the same network{_other_mode(run)}"
            )
        known[name][...] = np.reshape(values, known[name].shape)


def _other_mode(run: gn.Run) -> str:
    """Return what else to do if the state is of the mode, with accelerators or without, that is not in use."""
    mode = run.numerics.get("mode")
    if mode == "reference":
        return ", or, if it was saved with accelerators, unset GLASSNET_ACCELERATORS"
    return ", or, if it was saved without accelerators, set GLASSNET_ACCELERATORS=off" if mode else ""


def _gradient_parts(run: gn.Run) -> tuple[dict[str, gn.Array], GradientParts]:
    """Return the loss's gradient by parameter, and the parts of what the optimizer is given."""
    network = run.network
    by_loss = {slice_.name: slice_.view(network.gradients).copy() for slice_ in network.layout.slices}
    trained = np.zeros(len(network.flat_parameters))
    for slice_ in network.layout.slices:
        slice_.view(trained)[...] = slice_.parameter.trainable
    of_loss = network.gradients * trained
    of_penalties = np.zeros_like(of_loss)
    places = {slice_.name: slice_ for slice_ in network.layout.slices}
    for regularizer, name, w in run.objective.penalised:
        places[name].view(of_penalties)[...] = regularizer.gradient(w)
    of_penalties *= trained
    network.gradients[:] = of_loss + of_penalties
    for callback in _own_callbacks(run, "on_after_backward"):
        callback.on_after_backward(run=run)
    return by_loss, GradientParts(of_loss, of_penalties, network.gradients - (of_loss + of_penalties))


def _own_callbacks(run: gn.Run, hook: str) -> list[Any]:
    """Return the callbacks that were given and implement a hook; those of plugins watch a whole run."""
    implementing = run.hooks.implementing(hook)
    return [each for each in run.options.callbacks if each in implementing and not each.only_watches]


def _copies(tree: Mapping[str, Any], index: int) -> dict[str, gn.Array]:
    """Return copies of the arrays of a layer by their names in it."""
    return {name: array.copy() for name, array in named_leaves(tree.get(str(index), {})).items()}


def _fused(run: gn.Run, output: gn.Array, dy: gn.Array) -> tuple[Any, ...]:
    """Return values, gradients and the record of an activation that the loss takes in."""
    values = {"input": output.copy(), "output": run.objective.activate(output).copy()}
    tapes = []
    with contextlib.suppress(gn.TracingError), run.pass_through_network() as ctx:
        tapes.append(traced(run.network.layers[-1].as_layer(), {}, output, ctx))
    return values, {"input": dy.copy()}, tapes


def _loss_part(run: gn.Run, output: gn.Array, dy: gn.Array, loss: float) -> ExplainedLoss:
    objective = run.objective
    computed = objective.loss
    mask, targets = objective.mask, run.lent_batch[1]
    values = {"predictions": at_real_steps(mask, output), "targets": at_real_steps(mask, targets)}
    if run.sample_weights is not None:
        values["weights"] = run.sample_weights
    graph = None
    with contextlib.suppress(gn.TracingError):
        weights = weights_of_steps(mask, run.sample_weights) if mask is not None else run.sample_weights
        graph = traced_loss(computed, values["predictions"], values["targets"], weights).graph(np.array(1.0))
        graph = graph and attrs.evolve(graph, output_name="loss")
    return ExplainedLoss(
        name="loss",
        title=repr(run.loss),
        formula=computed.formula,
        gradient_formula=computed.gradient_formula,
        values={**values, "loss": np.array(loss)},
        gradients={"predictions": at_real_steps(mask, dy)},
        graph=graph,
        settings=settings_in_formula(run.loss),
        activation=None if objective.activation is None else repr(run.network.layers[-1]),
    )
