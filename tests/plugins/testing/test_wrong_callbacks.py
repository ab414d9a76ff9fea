"""Callbacks and commands with one mistake each, and the check that is there for it."""

from __future__ import annotations

from typing import ClassVar

import click
import pytest

import glassnet as gn
from glassnet_testing import report_on


class Right(gn.Callback):
    """Stops when the loss has not fallen for a while; all is right."""

    patience: int = gn.option(2, ge=1, help="epochs to wait")

    def on_run_start(self, run):
        run.state_of(self).best = float("inf")
        run.state_of(self).waited = 0

    def on_epoch_end(self, run):
        memory = run.state_of(self)
        memory.waited = 0 if run.logs["loss"] < memory.best else memory.waited + 1
        memory.best = min(memory.best, run.logs["loss"])

    def should_stop(self, run):
        return run.state_of(self).waited >= self.patience

    def on_run_end(self, run):
        run.state_of(self)._ended = True


class RightStep(gn.Callback):
    """Takes the step itself, as an ordinary step is taken; all is right."""

    def train_step(self, run):
        loss = run.compute_gradients()
        run.update()
        return loss


class RightClip(gn.Callback):
    """Bounds each element of the gradient, last of all; all is right."""

    limit: float = gn.option(0.1, gt=0, help="largest element")

    @gn.run_hookimpl(trylast=True)
    def on_after_backward(self, run):
        run.network.gradients.clip(-self.limit, self.limit, out=run.network.gradients)

    def on_exception(self, run, exception):
        print("what a callback prints is kept off the screen:", exception)


@pytest.mark.parametrize("right", [Right, RightStep, RightClip])
def test_a_right_callback_passes(right, passes, capsys):
    assert passes(right).checks_run >= 16
    assert capsys.readouterr() == ("", "")


class MisspeltHook(Right):
    def on_epoch_ends(self, run):
        pass


class HookWithAnArgumentThatThereIsNot(Right):
    def on_epoch_start(self, run, epoch):
        pass


class CallsAHookItself(Right):
    def on_batch_end(self, run):
        if run.batch_in_epoch == 1:
            self.on_epoch_end(run)


class StepsWithoutTheHooksOfAnUpdate(Right):
    """Takes the optimizer's step behind the back of everybody who looks at gradients."""

    def on_batch_start(self, run):
        run.compute_gradients()
        run.update()


class WantsThatTheRunHasStarted(Right):
    def on_run_end(self, run):
        assert run.state_of(self).best < float("inf")


class WantsAWholeEpoch(Right):
    def on_run_end(self, run):
        run.state_of(self).last = run.history["loss"][-1]


class SwallowsTheErrorOfAnother(Right):
    def on_exception(self, run, exception):
        raise RuntimeError("an error of its own")


class MemoryOnTheInstance(Right):
    def on_run_start(self, run):
        object.__setattr__(self, "waited", 0)

    def on_epoch_end(self, run):
        object.__setattr__(self, "waited", self.waited + 1)

    def should_stop(self, run):
        return self.waited >= self.patience


class MemoryOfTheClass(Right):
    epochs_seen: ClassVar[list[int]] = []

    def on_epoch_end(self, run):
        self.epochs_seen.append(run.epoch)
        run.lr_scale = 1 / len(self.epochs_seen)

    def should_stop(self, run):
        return False


class MemoryThatIsNotSaved(Right):
    """Counts epochs under a name with an underscore, which a run that is continued starts anew."""

    def on_run_start(self, run):
        super().on_run_start(run)
        run.state_of(self)._epochs = 0

    def on_epoch_end(self, run):
        run.state_of(self)._epochs += 1
        run.lr_scale = 0.5 ** run.state_of(self)._epochs


class MemoryThatCannotBeSaved(Right):
    def on_batch_end(self, run):
        run.state_of(self).steps = {run.step}


MISTAKES = [
    (MisspeltHook, "hooks_come_in_order"),
    (HookWithAnArgumentThatThereIsNot, "hooks_come_in_order"),
    (CallsAHookItself, "hooks_come_in_order"),
    (StepsWithoutTheHooksOfAnUpdate, "hooks_come_in_order"),
    (WantsThatTheRunHasStarted, "errors_of_others_come_out"),
    (WantsAWholeEpoch, "errors_of_others_come_out"),
    (SwallowsTheErrorOfAnother, "errors_of_others_come_out"),
    (MemoryOnTheInstance, "keeps_nothing"),
    (MemoryOnTheInstance, "two_threads"),
    (MemoryOnTheInstance, "training_can_be_continued"),
    (MemoryOfTheClass, "deterministic"),
    (MemoryThatIsNotSaved, "training_can_be_continued"),
    (MemoryThatCannotBeSaved, "training_can_be_continued"),
]


@pytest.mark.parametrize(("wrong", "check"), MISTAKES, ids=lambda value: getattr(value, "__name__", value))
def test_the_mistake_is_caught_by_its_check(wrong, check, caught):
    caught(wrong, check)


@click.command()
@click.option("--seed", type=int, help="Where all random numbers come from.")
def right_command(seed: int) -> None:
    """Do nothing, rightly."""


@click.command()
@click.option("--seed", help="Where all random numbers come from.")
def no_help(seed: int) -> None:
    pass


@click.command()
@click.option("--seed", type=int)
def option_without_help(seed: int) -> None:
    """Do nothing."""


@click.command(add_help_option=False)
def no_help_option() -> None:
    """Do nothing."""


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def swallows_everything() -> None:
    """Do nothing."""


def test_a_right_command_passes(passes):
    assert passes(right_command).checks_run == 6


WRONG_COMMANDS = [
    (no_help, "help_is_written"),
    (option_without_help, "options_have_help"),
    (no_help_option, "help_is_printed"),
    (swallows_everything, "unknown_options_are_refused"),
]


@pytest.mark.parametrize(("wrong", "check"), WRONG_COMMANDS, ids=lambda value: getattr(value, "name", value))
def test_a_wrong_command_is_caught_by_its_check(wrong, check, caught):
    caught(wrong, check)


def test_a_callback_that_needs_validation_without_saying_so_is_caught(caught):
    class ReadsValidation(gn.Callback):
        """Reads a figure that may be missing. Source: none."""

        def on_epoch_end(self, run):
            run.history.epochs[-1]["val_loss"]

    assert "KeyError" in caught(ReadsValidation, "runs_without_validation_and_folder").got


class NeedsAnother(gn.Callback):
    """Needs a package that is not installed."""

    def on_run_start(self, run):
        with gn.needs_extra("the callback needs_another needs the package no_such_package", "another"):
            import no_such_package  # noqa: F401


def test_what_needs_a_missing_package_is_skipped_and_says_why():
    report = report_on(NeedsAnother)
    assert report.of("failed") == []
    assert report.of("skipped")
    assert {each.excuse for each in report.of("skipped")} == {
        'the callback needs_another needs the package no_such_package; run: pip install "glassnet[another]"'
    }
