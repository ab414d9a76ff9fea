"""What holds for every callback."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import GlassnetError
from glassnet.options.declaration import option
from glassnet.run.hook_table import HOOKS
from glassnet.run.run_hooks import Callback
from glassnet.training.loop import train
from glassnet.training.run import Run
from glassnet_testing.cases.short_runs import BATCH_SIZE, EACH_STEP, EPOCHS, SAMPLES, Practice, compare_broken_runs
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.subject import Example, Subject
from glassnet_testing.tools.scratch import scratch

# Those that every run calls, in their order; the others are parts of a step, or called now and then.
_ORDERED = [
    hook
    for hook in HOOKS
    if hook in ("should_stop", "train_step")
    or (hook.startswith("on_") and hook not in ("on_resume", "on_nonfinite_loss"))
]
_STEPS_AN_EPOCH = -(-SAMPLES // BATCH_SIZE)


def practice(*callbacks: Any, epochs: int = EPOCHS) -> Practice:
    """Return a classification into 2 classes, with validation and a metric, in which callbacks take part."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(SAMPLES, 4)).astype(np.float32)
    labels = (x[:, 0] > 0).astype(np.int64)
    parts = {"loss": "categorical_crossentropy", "metrics": ["accuracy"], "callbacks": callbacks, "epochs": epochs}
    return Practice(["dense(3)", "tanh", "dense(2)", "softmax"], x, labels, **parts)


def use(callback: Callback, seed: int) -> Iterator[Any]:
    """Use a callback in one run."""
    taking_part = practice(callback, epochs=EPOCHS + seed)
    network = taking_part.network()
    with scratch() as folder:
        run = taking_part.run(network, folder=Path(folder))
        train(run)
    yield network.flat_parameters.copy()
    yield np.array([list(epoch.values()) for epoch in run.history.epochs])


@check(hint="a hook of train_step calls run.compute_gradients() and run.update(); no hook calls another one")
def hooks_come_in_order(subject: Subject) -> None:
    """It gets the hooks that it implements, in their order, and leaves the others theirs."""
    for example in subject.examples:
        own: list[str] = []
        others: list[str] = []
        implemented = [hook for hook in _ORDERED if hasattr(subject.component, hook)]
        witness = _noting(Callback, [hook for hook in _ORDERED if hook != "train_step"], others)()
        recorded = _noting(subject.component, implemented, own)(**example.component.options)
        taking_part = practice(recorded, witness)
        with scratch() as folder:
            train(taking_part.run(taking_part.network(), folder=Path(folder)))
        # A step that the callback takes itself need not call on_after_backward.
        told = " ".join(hook for hook in others if hook != "on_after_backward" or "train_step" not in implemented)
        if not _in_order(told.split(), "train_step" in implemented):
            raise Failure(f"{example.text}, a run of {EPOCHS} epochs", "the hooks in the order of RunHooks", told)
        expected = [hook for hook in others if hook in implemented]
        got = [hook for hook in own if hook != "train_step"]
        if got != expected:
            raise Failure(f"{example.text}, a run of {EPOCHS} epochs", " ".join(expected), " ".join(got))


def _noting(base: type[Callback], hooks: list[str], seen: list[str]) -> type[Callback]:
    """Return a class that notes each hook as it is called, and does what `base` does."""

    def noting(hook: str) -> Any:
        inherited = getattr(base, hook, None)
        asked_for = list(inspect.signature(inherited).parameters)[1:] if inherited is not None else []

        def note(self: Any, run: Run) -> Any:
            seen.append(hook)
            return inherited(self, *[run] * len(asked_for)) if inherited is not None else None

        def note_exception(self: Any, run: Run, exception: BaseException) -> Any:
            seen.append(hook)
            given = {"run": run, "exception": exception}
            return inherited(self, *[given[name] for name in asked_for])  # type: ignore[misc]

        if not set(asked_for) <= {"run", "exception"}:
            return inherited  # it will be refused
        made = note_exception if "exception" in asked_for else note
        # The marker that says in which order hooks come is an attribute of the function.
        vars(made).update(vars(inherited) if inherited is not None else {})
        return made

    return type(f"Noting{base.__name__}", (base,), {hook: noting(hook) for hook in hooks})


def _in_order(hooks: list[str], steps_itself: bool) -> bool:
    step = ["on_batch_start", *([] if steps_itself else ["on_after_backward"]), "on_batch_end"]
    epoch = ["on_epoch_start", *_STEPS_AN_EPOCH * step, "on_train_epoch_end", "on_validation_end", "on_epoch_end"]
    epochs = max(hooks.count("on_epoch_start"), 1)
    asked = [*(epochs - 1) * [*epoch, "should_stop"], *epoch]
    # A run that was stopped early was asked once more.
    ends = [[*asked, *more, "on_train_end", "on_run_end"] for more in ([], ["should_stop"])]
    return any(hooks == ["on_run_start", *end] for end in ends)


class _Fault(Exception):  # noqa: N818 - it is caught here
    pass


class _Failing(Callback):
    """Fails in one hook, the first or the second time."""

    hook: str = option(help="where to fail")

    def on_run_start(self, run: Run) -> None:
        self._fail("on_run_start")

    def on_batch_end(self, run: Run) -> None:
        if run.step == 2:
            self._fail("on_batch_end")

    def on_epoch_end(self, run: Run) -> None:
        self._fail("on_epoch_end")

    def _fail(self, hook: str) -> None:
        if hook == self.hook:
            raise _Fault(f"a fault in {hook} of another callback")


@check(hint="on_exception and on_run_end may come before on_run_start, and after half an epoch")
def errors_of_others_come_out(subject: Subject) -> None:
    """When another callback fails, that error comes out, and none of this callback's own."""
    for example in subject.examples:
        for hook in ("on_run_start", "on_batch_end", "on_epoch_end"):
            for first in (True, False):
                failing = _Failing(hook)
                callbacks = (failing, example.fresh()) if first else (example.fresh(), failing)
                taking_part = practice(*callbacks)
                told = f"{example.text} {'behind' if first else 'in front of'} a callback that fails in {hook}"
                with scratch() as folder:
                    try:
                        train(taking_part.run(taking_part.network(), folder=Path(folder)))
                    except _Fault as fault:
                        # An error in closing does not hide this one; it is noted on it.
                        also = [note for note in getattr(fault, "__notes__", []) if note.startswith("then")]
                        if not also:
                            continue
                        raise Failure(told, "the other's error alone", also[0]) from None
                    except Exception as error:
                        raise Failure(told, "the other's error", error) from None
                raise Failure(told, "the other's error", "no error")


@check(hint="run.validation and run.folder may be None: leave the work out, or raise OptionError with what to do")
def runs_without_validation_and_folder(subject: Subject) -> None:
    """A run of 8 epochs without validation data and without a folder ends, or is refused with an error of glassnet."""
    for example in subject.examples:
        taking_part = practice(example.fresh(), epochs=8)
        try:
            train(taking_part.run(taking_part.network(), with_validation=False))
        except GlassnetError:
            continue
        except Exception as error:
            told = f"{example.text}, a run of 8 epochs without validation and without a folder"
            raise Failure(told, "no error, or one that derives from GlassnetError", error) from None


@check(
    hint="keep what has to be remembered in run.state_of(self), as numbers, text and arrays; start with _ what need not"
)
def training_can_be_continued(subject: Subject) -> None:
    """Training that is broken off after any step and continued ends in the same bytes."""
    for example in subject.examples:
        compare_broken_runs(example.text, partial(_fresh_practice, example), EACH_STEP)


def _fresh_practice(example: Example) -> Practice:
    return practice(example.fresh())
