"""The catalogue: which checks there are for each kind, in the order in which they run."""

from __future__ import annotations

from glassnet.registry.kinds import Kind, imported
from glassnet_testing.cases import conditions, loss_conditions
from glassnet_testing.checks import (
    accelerators,
    activations,
    callbacks,
    commands,
    constraints,
    counterparts,
    datasets,
    initializers,
    layers,
    losses,
    masks,
    metrics,
    optimizers,
    options,
    regularizers,
    saving,
    schedules,
    shared,
)
from glassnet_testing.runner.check import Check
from glassnet_testing.runner.suite import Suite

_ENTRANCE = (shared.loads, shared.examples_can_be_made)
# After a failure here no further check runs: all others would fail for the same reason.
_KINDS = "layer activation loss optimizer initializer regularizer constraint schedule metric dataset callback"
ENTRANCE: dict[str, tuple[Check, ...]] = dict.fromkeys([*_KINDS.split(), "accelerator", "command"], _ENTRANCE) | {
    "layer": (*_ENTRANCE, layers.examples_take_their_input),
    "activation": (*_ENTRANCE, layers.examples_take_their_input),
    "loss": (*_ENTRANCE, losses.targets_are_as_declared),
    "optimizer": (*_ENTRANCE, optimizers.has_a_step_size),
    "metric": (*_ENTRANCE, metrics.targets_are_as_declared),
    "dataset": (*_ENTRANCE, datasets.gives_a_dataset),
    "accelerator": (*_ENTRANCE, accelerators.replaces_a_component),
}

_DOCS = (shared.docstring, shared.source_code)
_MATHEMATICS = (shared.source, shared.formula)
_OPTIONS = (
    options.options_have_help,
    options.options_are_validated,
    options.unknown_options_are_refused,
    options.spec_round_trip,
    options.toml_round_trip,
)
_SHARING = (shared.deterministic, shared.used_twice, shared.two_threads)

_LAYER = (
    *_DOCS,
    *_MATHEMATICS,
    shared.gradient,
    *_OPTIONS,
    options.model_file_round_trip,
    layers.shapes,
    layers.input_gradient,
    layers.input_gradient_at_awkward_points,
    layers.input_gradient_outside_training,
    layers.parameter_gradients,
    layers.gradient_of_the_tape,
    layers.input_gradient_not_needed,
    layers.samples_are_kept_apart,
    masks.the_mask_is_that_of_the_output,
    masks.padded_steps_are_skipped,
    conditions.gradients_at_other_options,
    conditions.each_option_counts,
    conditions.large_batches,
    conditions.other_shapes,
    conditions.each_index_counts,
    conditions.dropped_values_are_made_up_for,
    conditions.float32_is_like_float64,
    counterparts.equals_its_counterpart,
    layers.float32_stays_float32,
    layers.large_values_stay_finite,
    layers.arguments_stay_as_they_are,
    layers.views_are_read_right,
    layers.predictions_are_not_random,
    layers.predictions_do_not_mix_samples,
    layers.state_changes_in_training_alone,
    *_SHARING,
    shared.keeps_nothing,
    saving.training_survives_save_and_load,
    saving.training_can_be_continued,
)

CHECKS: dict[str, tuple[Check, ...]] = {
    "layer": (*_LAYER, layers.unfitting_shapes_are_refused),
    "activation": (
        *_LAYER,
        activations.any_shape_is_taken,
        activations.rows_are_independent,
        activations.outputs_are_as_claimed,
        activations.preferred_initializer_exists,
    ),
    "loss": (
        *_DOCS,
        *_MATHEMATICS,
        shared.gradient,
        *_OPTIONS,
        options.model_file_round_trip,
        losses.shapes,
        losses.gradient_of_predictions,
        losses.gradient_at_awkward_points,
        losses.gradient_of_the_tape,
        losses.mean_over_samples,
        losses.loss_of_each_sample,
        losses.gradient_of_each_sample,
        losses.value_and_gradient_are_both,
        losses.float32_stays_float32,
        losses.extreme_predictions_stay_finite,
        losses.arguments_stay_as_they_are,
        losses.views_are_read_right,
        losses.right_costs_less_than_wrong,
        losses.unfitting_targets_are_refused,
        losses.fused_form_is_the_same,
        losses.training_lowers_it,
        loss_conditions.gradients_at_other_options,
        loss_conditions.each_option_counts,
        loss_conditions.large_batches,
        loss_conditions.outputs_with_steps,
        loss_conditions.other_numbers_of_outputs,
        loss_conditions.float32_is_like_float64,
        counterparts.equals_its_counterpart,
        *_SHARING,
        shared.keeps_nothing,
    ),
    "optimizer": (
        *_DOCS,
        *_MATHEMATICS,
        *_OPTIONS,
        options.lr_is_positive,
        optimizers.descends_a_bowl,
        optimizers.no_gradient_no_step,
        optimizers.terms_add_up,
        optimizers.continues_from_saved_state,
        optimizers.portions_do_not_matter,
        optimizers.lr_is_the_argument,
        optimizers.extreme_gradients_stay_finite,
        optimizers.float32_stays_float32,
        optimizers.averages_are_parameters,
        optimizers.descends_at_other_options,
        optimizers.each_option_counts,
        optimizers.float32_is_like_float64,
        optimizers.large_parameters,
        optimizers.elements_are_treated_alone,
        counterparts.equals_its_counterpart,
        *_SHARING,
        shared.keeps_nothing,
        optimizers.training_can_be_continued,
    ),
    "initializer": (
        *_DOCS,
        *_MATHEMATICS,
        *_OPTIONS,
        options.model_file_round_trip,
        initializers.shapes,
        initializers.moments_are_as_declared,
        initializers.moments_of_small_shapes,
        initializers.another_seed_gives_other_values,
        initializers.each_option_counts,
        *_SHARING,
        shared.keeps_nothing,
    ),
    "regularizer": (
        *_DOCS,
        *_MATHEMATICS,
        *_OPTIONS,
        options.model_file_round_trip,
        regularizers.gradient_of_the_penalty,
        regularizers.gradient_of_the_tape,
        regularizers.float32_stays_float32,
        regularizers.large_values_stay_finite,
        regularizers.arguments_stay_as_they_are,
        regularizers.larger_weights_cost_more,
        regularizers.gradients_at_other_options,
        regularizers.each_option_counts,
        regularizers.float32_is_like_float64,
        *_SHARING,
        shared.keeps_nothing,
    ),
    "constraint": (
        *_DOCS,
        *_MATHEMATICS,
        *_OPTIONS,
        options.model_file_round_trip,
        constraints.in_place,
        constraints.changes_what_is_not_allowed,
        constraints.twice_is_once,
        constraints.values_stay_finite,
        constraints.views_are_changed_right,
        constraints.float32_is_like_float64,
        constraints.each_option_counts,
        *_SHARING,
        shared.keeps_nothing,
    ),
    "schedule": (
        *_DOCS,
        *_MATHEMATICS,
        *_OPTIONS,
        schedules.step_sizes_are_finite,
        schedules.some_step_is_taken,
        schedules.order_does_not_matter,
        schedules.base_lr_counts,
        schedules.length_counts_only_where_it_is_needed,
        schedules.step_sizes_at_other_options,
        schedules.each_option_counts,
        schedules.more_base_lr_is_never_less,
        counterparts.equals_its_counterpart,
        *_SHARING,
        shared.keeps_nothing,
        schedules.training_can_be_continued,
    ),
    "metric": (
        *_DOCS,
        *_MATHEMATICS,
        *_OPTIONS,
        options.model_file_round_trip,
        metrics.batches_do_not_matter,
        metrics.copies_can_be_merged,
        metrics.weights_are_repetitions,
        metrics.order_does_not_matter,
        metrics.start_forgets,
        metrics.result_is_a_number,
        metrics.small_passes_are_passes,
        metrics.arguments_stay_as_they_are,
        metrics.arrays_are_not_kept,
        metrics.views_are_read_right,
        metrics.result_can_be_asked_again,
        metrics.right_is_better,
        metrics.each_option_counts,
        counterparts.equals_its_counterpart,
        *_SHARING,
        shared.keeps_nothing,
        metrics.training_can_be_continued,
    ),
    "dataset": (
        *_DOCS,
        shared.source,
        *_OPTIONS,
        datasets.shapes_are_as_declared,
        datasets.types_are_the_same,
        datasets.numbers_are_finite,
        datasets.labels_are_classes,
        datasets.splits_do_not_overlap,
        datasets.recipe_fits,
        shared.deterministic,
        shared.two_threads,
        shared.keeps_nothing,
    ),
    "callback": (
        *_DOCS,
        *_OPTIONS,
        callbacks.hooks_come_in_order,
        callbacks.errors_of_others_come_out,
        callbacks.runs_without_validation_and_folder,
        *_SHARING,
        shared.keeps_nothing,
        callbacks.training_can_be_continued,
    ),
    "accelerator": (
        *_DOCS,
        *_MATHEMATICS,
        options.options_have_help,
        options.options_are_validated,
        options.unknown_options_are_refused,
        options.spec_round_trip,
        accelerators.computes_the_same,
        accelerators.state_is_the_same,
        accelerators.a_layer_declares_the_same,
        *_SHARING,
        shared.keeps_nothing,
    ),
    "command": (
        commands.help_is_written,
        commands.options_have_help,
        commands.help_is_printed,
        commands.unknown_options_are_refused,
    ),
}


def entrance_of(kind: Kind) -> tuple[Check, ...]:
    """Return the checks of a kind without which no other can be made."""
    return ENTRANCE.get(kind.name) or (*_ENTRANCE, *_suite(kind).entrance)


def checks_of_kind(kind: Kind) -> tuple[Check, ...]:
    """Return the other checks of a kind: the kit's own, or those that the kind brings and what holds for every kind."""
    if kind.name in CHECKS or not kind.checks:
        return CHECKS.get(kind.name, ())
    suite = _suite(kind)
    options_of_all = (
        options.options_have_help,
        options.options_are_validated,
        options.unknown_options_are_refused,
        options.spec_round_trip,
    )
    used = (*_SHARING, shared.keeps_nothing) if suite.use else ()
    return (*_DOCS, *options_of_all, *suite.checks, *used)


def _suite(kind: Kind) -> Suite:
    found: Suite = imported(kind.checks) if kind.checks else Suite(())
    return found
