"""Progress on standard error: a live bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from html import escape
from importlib import import_module
from time import perf_counter
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import glassnet as gn
from glassnet_terminal.notebook import in_notebook
from glassnet_terminal.standard_error import is_terminal, standard_error

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

_SECONDS_BETWEEN_FRAMES = 0.1
_SECONDS_BETWEEN_LINES = 1.0
# A run of so few epochs gets a line for each, however short they are.
_FEW_EPOCHS = 20
# Where epochs are shorter, a bar for each would flicker: one bar stands for the whole run.
_SECONDS_OF_A_SHORT_EPOCH = 0.25
_WIDEST_BAR = 40
_NARROWEST_BAR = 3
_GAP = "  "
# A terminal shows Ctrl-C where the cursor is. Without room for it, the bar would move to the next line and stay.
_ROOM_FOR_CTRL_C = len("^C")


class Progress(gn.Callback):
    """Shows how far a run is, with loss, metrics, validation, samples per second and the time left.

    On a terminal: one live bar, an epoch long, which is gone when the run ends, and a line that stays for each
    finished epoch. Where epochs take less than a quarter of a second, the bar is as long as the run. If the length is
    unknown how many batches will come, they are counted. Elsewhere (a file, a pipe): only the lines. Of
    more than 20 epochs, a line appears about once a second at most, and the last epoch always has one. Standard output
    is left alone. In a notebook the bar is a part of the cell's output, and is gone too when the run ends.
    """

    only_watches = True

    def on_run_start(self, run: gn.Run) -> None:
        # The screen is not part of the run: it is kept beside the run, not in its state.
        _displays[run] = _NotebookBar() if in_notebook() else _Bar() if is_terminal(sys.stderr) else _Lines()

    def on_epoch_start(self, run: gn.Run) -> None:
        _displays[run].epoch_starts()

    def on_batch_end(self, run: gn.Run) -> None:
        _displays[run].batch_ends(run)

    def on_epoch_end(self, run: gn.Run) -> None:
        _displays[run].epoch_ends(run)

    def on_exception(self, run: gn.Run, exception: BaseException) -> None:
        # The terminal is restored after any error from here on.
        self.on_run_end(run)

    def on_run_end(self, run: gn.Run) -> None:
        display = _displays.pop(run, None)
        if display is not None:
            display.close(run)


class _Lines:
    """A line an epoch, and the times and counts of which it tells: those of this program, also in a continued run."""

    def __init__(self) -> None:
        self.started_at = self.epoch_started_at = self.trained_until = perf_counter()
        self.epochs = self.steps = self.samples = self.epoch_samples = 0
        self._stream = standard_error()
        self._finished: dict[str, float] = {}
        self._line_at = self.started_at - _SECONDS_BETWEEN_LINES
        self._line_is_owed = False

    def epoch_starts(self) -> None:
        self.epoch_started_at = perf_counter()
        self.epoch_samples = 0

    def batch_ends(self, run: gn.Run) -> None:
        self.trained_until = perf_counter()
        self.steps += 1
        self.samples += run.batch_samples
        self.epoch_samples += run.batch_samples

    def epoch_ends(self, run: gn.Run) -> None:
        now = perf_counter()
        self.epochs += 1
        self._finished = run.logs
        self._seconds = now - self.epoch_started_at
        self._speed = _speed(self.epoch_samples, self.trained_until - self.epoch_started_at)
        self._line_is_owed = True
        if run.epochs <= _FEW_EPOCHS or now - self._line_at >= _SECONDS_BETWEEN_LINES:
            self._line_at = now
            self._pay_line(run)

    def close(self, run: gn.Run) -> None:
        self._pay_line(run)

    def _pay_line(self, run: gn.Run) -> None:
        """Write the line of the last finished epoch, unless it is written."""
        if self._line_is_owed:
            self._line_is_owed = False
            duration = f"{self._seconds:.1f} s" if self._seconds >= 0.1 else f"{self._seconds * 1000:.1f} ms"
            self._write([_counted(run, run.epoch), *_figures(self._finished)], [self._speed, duration])

    def _write(self, parts: list[str], optional: list[str]) -> None:
        print(gn.escaped(_GAP.join([*parts, *optional])), file=self._stream, flush=True)


class _Bar(_Lines):
    """Lines, and below them a live one."""

    def __init__(self) -> None:
        super().__init__()
        from glassnet_terminal.printed import SafeConsole

        # A figure's name is to be read as it is.
        self._console = SafeConsole(file=self._stream, markup=False, emoji=False, highlight=False)
        self._live: Live | None = None
        self._drawn_at = self.started_at

    def batch_ends(self, run: gn.Run) -> None:
        super().batch_ends(run)
        if self.trained_until - self._drawn_at >= _SECONDS_BETWEEN_FRAMES:
            self._draw(run)
            self._drawn_at = perf_counter()

    def close(self, run: gn.Run) -> None:
        if self._live is not None:
            self._live.stop()
        super().close(run)

    def _write(self, parts: list[str], optional: list[str]) -> None:
        """Break the line between its parts where the terminal is narrow, and leave out what is optional."""
        width = self._console.width
        rows = [""]
        for part in parts:
            if rows != [""] and len(rows[-1] + _GAP + part) > width:
                rows.append("")
            rows[-1] += _GAP + part if rows != [""] else part
        for part in optional:
            if len(rows[-1] + _GAP + part) <= width:
                rows[-1] += _GAP + part
        self._console.print("\n".join(rows), soft_wrap=True)

    def _draw(self, run: gn.Run) -> None:
        if self._live is None:
            from rich.live import Live

            # What the program prints meanwhile appears above the bar, unless it goes into a file.
            self._live = Live(
                console=self._console, auto_refresh=False, transient=True, redirect_stdout=is_terminal(sys.stdout)
            )
            self._live.start()
        self._live.update(self._frame(run), refresh=True)

    def _frame(self, run: gn.Run) -> Table:
        elapsed = self.trained_until - self.started_at
        epoch_speed = _speed(self.epoch_samples, self.trained_until - self.epoch_started_at)
        if run.steps_per_epoch is None:
            count = f"{run.batch_in_epoch:,} batches"
            return self._fitted(_counted(run, run.epoch + 1), None, run.logs, epoch_speed, count)
        left = f"{_clock(elapsed / self.steps * (run.total_steps - run.step))} left"
        if self.epochs > 0 and elapsed / self.epochs < _SECONDS_OF_A_SHORT_EPOCH:
            done, speed = run.step / run.total_steps, _speed(self.samples, elapsed)
            return self._fitted(_counted(run, run.epoch), done, self._finished, speed, left)
        done = run.batch_in_epoch / run.steps_per_epoch
        return self._fitted(_counted(run, run.epoch + 1), done, run.logs, epoch_speed, left)

    def _fitted(self, label: str, done: float | None, logs: dict[str, float], speed: str, left: str) -> Table:
        """Return a row as wide as the terminal allows; what does not fit is left out, the least needed first.

        If the progress is unknown, the bar only shows that something is going on.
        """
        from rich.progress_bar import ProgressBar
        from rich.table import Table

        figures = _figures(logs)
        room = self._console.width - _ROOM_FOR_CTRL_C - len(label) - len(_GAP) - _NARROWEST_BAR
        fitting = set()
        for part in (*figures[:1], left, *figures[1:], speed):
            if len(part) + len(_GAP) <= room:
                room -= len(part) + len(_GAP)
                fitting.add(part)
        width = max(1, min(_NARROWEST_BAR + room, _WIDEST_BAR))
        bar = ProgressBar(total=1.0, completed=done or 0.0, pulse=done is None, width=width)
        row = Table.grid(padding=(0, len(_GAP), 0, 0), pad_edge=False)
        parts = [part for part in (*figures, speed, left) if part in fitting]
        for _ in (label, bar, *parts):
            row.add_column(no_wrap=True)
        row.add_row(label, bar, *parts)
        return row


class _NotebookBar(_Lines):
    """Lines and a bar below them, in HTML: what is written to standard error looks like a mistake in a notebook."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: Any = None
        self._drawn_at = self.started_at
        self._lines: list[str] = []

    def batch_ends(self, run: gn.Run) -> None:
        super().batch_ends(run)
        if self.trained_until - self._drawn_at >= _SECONDS_BETWEEN_FRAMES:
            self._draw(run)
            self._drawn_at = perf_counter()

    def close(self, run: gn.Run) -> None:
        super().close(run)
        self._update("")

    def _write(self, parts: list[str], optional: list[str]) -> None:
        self._lines.append(_GAP.join([*parts, *optional]))
        self._update("")

    def _draw(self, run: gn.Run) -> None:
        length = "" if run.steps_per_epoch is None else f' value="{run.step}" max="{run.total_steps}"'
        speed = _speed(self.samples, self.trained_until - self.started_at)
        text = escape(_GAP.join([_counted(run, run.epoch + 1), *_figures(run.logs), speed]))
        self._update(f"<progress{length}></progress> <code>{text}</code>")

    def _update(self, bar: str) -> None:
        shown: Any = import_module("IPython.display")
        html = shown.HTML(f"<pre>{escape(chr(10).join(self._lines))}</pre>{bar}")
        if self._shown is None:
            self._shown = shown.display(html, display_id=True)
        else:
            self._shown.update(html)


_displays: WeakKeyDictionary[gn.Run, _Lines] = WeakKeyDictionary()


def _counted(run: gn.Run, epoch: int) -> str:
    return f"epoch {epoch:{len(str(run.epochs))}}/{run.epochs}"


def _figures(logs: dict[str, float]) -> list[str]:
    """Return each figure as ``name value``, with about four digits."""
    return [
        f"{name} {value:.4f}" if value == 0 or 1e-3 <= abs(value) < 1e4 else f"{name} {value:.3g}"
        for name, value in logs.items()
    ]


def _speed(samples: int, seconds: float) -> str:
    # A clock may be too coarse to see a short epoch.
    return f"{samples / max(seconds, 1e-9):,.0f} samples/s"


def _clock(seconds: float) -> str:
    """Return a time as ``m:ss`` or ``h:mm:ss``."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
