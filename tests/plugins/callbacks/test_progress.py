"""Progress: what is on the screen during and after a run, at several widths, and what is in a pipe."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassnet as gn

X = np.linspace(-1, 1, 10)[:, None]
Y = np.sin(3 * X[:, 0])


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("glassnet_callbacks.progress.perf_counter", clock)
    return clock


class Screen(io.StringIO):
    """As much of a terminal as is needed to know what can be read on it."""

    def __init__(self, columns: int) -> None:
        super().__init__()
        self.columns = columns
        self.rows = [""]
        self.row = 0
        self.column = 0
        self.cursor_is_visible = True
        self.wrapped = False

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        for code in re.findall(r"\x1b\[[?\d;]*[A-Za-z]|.|\n", text, re.DOTALL):
            self._obey(code)
        return len(text)

    def _obey(self, code: str) -> None:
        if code == "\r":
            self.column = 0
        elif code == "\n":
            self.row, self.column = self.row + 1, 0
            self.rows += [""] * (self.row + 1 - len(self.rows))
        elif code == "\x1b[2K":
            self.rows[self.row] = ""
        elif code in ("\x1b[1A", "\x1b[A"):
            self.row -= 1
        elif code in ("\x1b[?25l", "\x1b[?25h"):
            self.cursor_is_visible = code.endswith("h")
        elif not code.startswith("\x1b"):
            self._put(code)
        else:
            assert code.endswith("m"), f"a code this terminal does not know: {code!r}"

    def _put(self, character: str) -> None:
        if self.column == self.columns:
            self.wrapped = True
            self._obey("\n")
        row = self.rows[self.row].ljust(self.column)
        self.rows[self.row] = row[: self.column] + character + row[self.column + 1 :]
        self.column += 1

    @property
    def lines(self) -> list[str]:
        return [row.rstrip() for row in self.rows if row.strip()]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Screen]:
    """Make standard error a terminal of some width."""
    for variable in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")

    def make(columns: int) -> Screen:
        screen = Screen(columns)
        monkeypatch.setattr("os.get_terminal_size", lambda *_: os.terminal_size((screen.columns, 24)))
        monkeypatch.setattr("sys.stderr", screen)
        return screen

    return make


def fit(
    clock: Clock, seconds_a_batch: float, epochs: int, look: Callable[[gn.Run], None] | None = None, **options: Any
) -> gn.History:
    """Train on ten samples in batches of 4, 4 and 2, each of which takes some seconds by the clock."""

    class Work(gn.Callback):
        def on_batch_end(self, run: gn.Run) -> None:
            clock.now += seconds_a_batch

    class Look(gn.Callback):
        def on_batch_end(self, run: gn.Run) -> None:
            if look is not None:
                look(run)

    return gn.Network(["dense(1)"]).fit(
        X,
        Y,
        loss="mse",
        optimizer="sgd(lr=0.01)",
        epochs=epochs,
        batch_size=4,
        callbacks=[Work(), "progress", Look()],
        progress=False,
        **options,
    )


def at_step(step: int, error: BaseException) -> Callable[[gn.Run], None]:
    def look(run: gn.Run) -> None:
        if run.step == step:
            raise error

    return look


# --- lines, where there is no terminal ---------------------------------------------------------------------------


def test_a_line_has_all_figures_the_speed_and_the_time(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    history = fit(clock, 0.5, epochs=2, metrics=["mae"], validation=(X, Y))
    expected = [
        f"epoch {number + 1}/2  loss {epoch['loss']:.4f}  mean_absolute_error {epoch['mean_absolute_error']:.4f}  "
        f"val_loss {epoch['val_loss']:.4f}  val_mean_absolute_error {epoch['val_mean_absolute_error']:.4f}  "
        "7 samples/s  1.5 s"
        for number, epoch in enumerate(history.epochs)
    ]
    written = capsys.readouterr()
    assert written.err.splitlines() == expected
    assert written.out == ""


@pytest.mark.parametrize(
    ("loss", "text"),
    [
        (0.0, "0.0000"),
        (12.34567, "12.3457"),
        (0.00123456, "0.0012"),
        (0.000123456, "0.000123"),
        (1.23456e-8, "1.23e-08"),
        (123456.7, "1.23e+05"),
    ],
)
def test_a_figure_has_about_four_digits_whatever_its_size(
    clock: Clock, capsys: pytest.CaptureFixture[str], loss: float, text: str
) -> None:
    class Script(gn.Callback):
        def train_step(self, run: gn.Run) -> float:
            return loss

    gn.Network(["dense(1)"]).fit(X, Y, loss="mse", optimizer="sgd", callbacks=["progress", Script()], progress=False)
    assert f"epoch 1/1  loss {text}  " in capsys.readouterr().err


def test_short_epochs_have_their_time_in_milliseconds(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    fit(clock, 0.0005, epochs=1)
    assert capsys.readouterr().err.endswith("  6,667 samples/s  1.5 ms\n")


def test_a_clock_too_coarse_to_see_an_epoch_is_no_error(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    fit(clock, 0.0, epochs=1)
    assert capsys.readouterr().err.startswith("epoch 1/1  loss")


def epochs_of(lines: list[str]) -> list[int]:
    return [int(match[1]) for line in lines if (match := re.match(r"epoch +(\d+)/", line))]


def test_twenty_epochs_have_a_line_each_however_short_they_are(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    fit(clock, 0.0001, epochs=20)
    assert epochs_of(capsys.readouterr().err.splitlines()) == list(range(1, 21))


def test_many_short_epochs_have_a_line_a_second_and_the_last_has_one(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    # 0.75 s an epoch (sums of 1/4 are exact): the first is due at once, and then every second one.
    fit(clock, 0.25, epochs=24)
    assert epochs_of(capsys.readouterr().err.splitlines()) == [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 24]


def test_thousands_of_epochs_within_a_second_have_two_lines(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    fit(clock, 1e-5, epochs=3000)
    assert epochs_of(capsys.readouterr().err.splitlines()) == [1, 3000]


def test_the_last_epoch_has_its_line_when_a_callback_stops_the_run(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    class Stop(gn.Callback):
        def should_stop(self, run: gn.Run) -> bool:
            return run.epoch == 7

    gn.Network(["dense(1)"]).fit(
        X, Y, loss="mse", optimizer="sgd", epochs=100, callbacks=["progress", Stop()], progress=False
    )
    assert epochs_of(capsys.readouterr().err.splitlines()) == [1, 7]


def test_the_last_finished_epoch_has_its_line_when_the_run_is_broken_off(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(KeyboardInterrupt):
        fit(clock, 0.001, epochs=100, look=at_step(26, KeyboardInterrupt()))  # the second batch of the ninth epoch
    assert epochs_of(capsys.readouterr().err.splitlines()) == [1, 8]


# In the middle of the third epoch of three steps, and after its last step.
@pytest.mark.parametrize(("step", "speed"), [(7, "6 samples/s  1.0 s"), (9, "0 samples/s  0.0 ms")])
def test_a_run_that_is_continued_goes_on_with_its_epoch(
    clock: Clock, capsys: pytest.CaptureFixture[str], tmp_path: Path, step: int, speed: str
) -> None:
    def look(run: gn.Run) -> None:
        if run.step == step:
            run.save_state()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(clock, 0.5, epochs=4, look=look, folder=tmp_path)
    assert epochs_of(capsys.readouterr().err.splitlines()) == [1, 2]
    history = fit(clock, 0.5, epochs=4, resume_from=tmp_path)
    # What is told of the third epoch is what this program did of it: two batches, of 4 and 2 samples, or none.
    assert capsys.readouterr().err.splitlines() == [
        f"epoch 3/4  loss {history['loss'][2]:.4f}  {speed}",
        f"epoch 4/4  loss {history['loss'][3]:.4f}  7 samples/s  1.5 s",
    ]


def test_a_dumb_terminal_gets_lines(
    clock: Clock, terminal: Callable[[int], Screen], monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = terminal(80)
    monkeypatch.setenv("TERM", "dumb")
    seen: list[list[str]] = []
    fit(clock, 0.5, epochs=2, look=lambda run: seen.append(screen.lines))
    assert seen[:3] == [[], [], []], "no bar"
    assert epochs_of(screen.lines) == [1, 2]


def test_lines_do_without_rich() -> None:
    program = (
        "import sys, glassnet as gn\n"
        "gn.Network('dense(1)').fit([[0.0], [1.0]], [0.0, 1.0], loss='mse', optimizer='sgd', progress=True)\n"
        "print(sorted(name for name in sys.modules if name.partition('.')[0] == 'rich'))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
    assert ran.stderr.startswith("epoch 1/1  loss")


# --- the bar -------------------------------------------------------------------------------------------------------


def frames(clock: Clock, screen: Screen, seconds_a_batch: float, epochs: int, **options: Any) -> list[list[str]]:
    """Return what was on the screen after each batch."""
    seen: list[list[str]] = []
    fit(clock, seconds_a_batch, epochs, look=lambda run: seen.append(screen.lines), **options)
    return seen


def test_the_bar_tells_epoch_part_figures_speed_and_time_left(clock: Clock, terminal: Callable[[int], Screen]) -> None:
    screen = terminal(200)
    logs: list[dict[str, float]] = []
    seen: list[str] = []

    def look(run: gn.Run) -> None:
        logs.append(run.logs)
        seen.append(screen.lines[-1])

    fit(clock, 10.0, epochs=4, look=look, metrics=["mae"])
    # The second batch of the second epoch: two of three batches, 5 of 12 steps in 50 s, 8 samples in 20 s.
    figures = f"loss {logs[4]['loss']:.4f}  mean_absolute_error {logs[4]['mean_absolute_error']:.4f}"
    # Forty columns of bar: two thirds are 26 whole ones and a half.
    assert seen[4] == f"epoch 2/4  {'━' * 26}╸{'━' * 13}  {figures}  0 samples/s  1:10 left"
    assert seen[11].endswith("  0:00 left")


def test_batches_that_nobody_has_counted_are_counted(clock: Clock, terminal: Callable[[int], Screen]) -> None:
    screen = terminal(200)
    seen: list[str] = []

    class Look(gn.Callback):
        def on_batch_end(self, run: gn.Run) -> None:
            clock.now += 10.0
            seen.append((screen.lines or [""])[-1])

    def batches(epoch: int) -> Any:
        return ((X[rows], Y[rows]) for rows in (slice(4), slice(4, 8), slice(8, 10)))

    options = {"loss": "mse", "optimizer": "sgd(lr=1e-9)", "epochs": 2, "progress": False}
    history = gn.Network(["dense(1)"]).fit(batches, callbacks=[Look(), "progress"], **options)
    # What is seen after a batch was drawn after the one before: 8 samples in 20 s, in the second epoch.
    assert re.fullmatch(r"epoch 2/2  ━{40}  loss [\d.]+  0 samples/s  2 batches", seen[5])
    assert len(history["loss"]) == 2
    assert epochs_of(screen.lines) == [1, 2]


def test_the_speed_is_that_of_this_epoch(clock: Clock, terminal: Callable[[int], Screen]) -> None:
    screen = terminal(200)
    seen = [lines[-1] for lines in frames(clock, screen, 0.5, epochs=2)]
    # 4 samples in 0.5 s, 8 in 1 s, 10 in 1.5 s; and the same in the second epoch.
    speeds = [re.search(r"(\S+) samples/s", line)[1] for line in seen]  # type: ignore[index]
    assert speeds == ["8", "8", "7"] * 2


def test_hours_left_are_written_as_hours(clock: Clock, terminal: Callable[[int], Screen]) -> None:
    screen = terminal(200)
    seen = [lines[-1] for lines in frames(clock, screen, 2000.0, epochs=2)]
    assert [line.rpartition("  ")[2] for line in seen] == [
        "2:46:40 left",
        "2:13:20 left",
        "1:40:00 left",
        "1:06:40 left",
        "33:20 left",
        "0:00 left",
    ]


LOSS, LEFT, ERROR, SPEED = "  loss ", " left", "  mean_absolute_error ", " samples/s"


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        (20, []),
        (30, [LOSS]),
        (40, [LOSS, LEFT]),
        (60, [LOSS, LEFT, SPEED]),  # the error is too long, and what comes after it is tried
        (80, [LOSS, LEFT, ERROR]),
        (120, [LOSS, LEFT, ERROR, SPEED]),
        (200, [LOSS, LEFT, ERROR, SPEED]),
    ],
)
def test_at_every_width_the_bar_is_one_line_with_what_fits(
    clock: Clock, terminal: Callable[[int], Screen], columns: int, shown: list[str]
) -> None:
    screen = terminal(columns)
    bars = [lines[-1] for lines in frames(clock, screen, 0.5, epochs=2, metrics=["mae"])]
    assert len(bars) == 6
    for bar in bars:
        assert re.match(r"epoch [12]/2  ━+", bar)
        # Room for the ^C that a terminal shows at the cursor.
        assert len(bar) <= columns - 2
        assert [part for part in (LOSS, LEFT, ERROR, SPEED) if part in bar] == shown
        assert "…" not in bar


def test_a_terminal_that_changes_its_width_is_followed(clock: Clock, terminal: Callable[[int], Screen]) -> None:
    screen = terminal(120)
    widths = [120, 120, 120, 50, 50, 50, 90, 90, 90, 25, 25, 25]
    seen: list[int] = []

    def look(run: gn.Run) -> None:
        seen.append(len(screen.lines[-1]))
        screen.columns = widths[min(run.step, 11)]

    fit(clock, 0.5, epochs=4, look=look)
    # Nothing else than the label, the bar, the loss, the speed and the time left: 88 with the longest bar.
    assert seen == [88] * 3 + [48] * 3 + [88] * 3 + [23] * 3
    assert not screen.wrapped
    assert screen.cursor_is_visible


def test_finished_epochs_stay_above_the_bar_and_the_bar_goes(clock: Clock, terminal: Callable[[int], Screen]) -> None:
    screen = terminal(100)
    seen: list[list[str]] = []
    history = fit(clock, 0.5, epochs=3, look=lambda run: seen.append(screen.lines), validation=(X, Y))
    lines = [
        f"epoch {number}/3  loss {epoch['loss']:.4f}  val_loss {epoch['val_loss']:.4f}  7 samples/s  1.5 s"
        for number, epoch in enumerate(history.epochs, start=1)
    ]
    assert seen[8][:2] == lines[:2]
    assert seen[8][2].startswith("epoch 3/3  ━━━")
    assert len(seen[8]) == 3
    assert screen.lines == lines
    assert screen.cursor_is_visible
    assert screen.column == 0


def test_on_a_narrow_terminal_a_finished_epoch_breaks_between_its_figures(
    clock: Clock, terminal: Callable[[int], Screen]
) -> None:
    screen = terminal(40)
    history = fit(clock, 0.5, epochs=1, validation=(X, Y), metrics=["mae"])
    (epoch,) = history.epochs
    assert screen.lines == [
        f"epoch 1/1  loss {epoch['loss']:.4f}",
        f"  mean_absolute_error {epoch['mean_absolute_error']:.4f}",
        f"  val_loss {epoch['val_loss']:.4f}",
        f"  val_mean_absolute_error {epoch['val_mean_absolute_error']:.4f}  1.5 s",
    ]
    assert not screen.wrapped


def test_short_epochs_share_one_bar_over_the_run(clock: Clock, terminal: Callable[[int], Screen]) -> None:
    screen = terminal(200)
    seen: list[str] = []
    # Three batches of 1/16 s an epoch, 40 epochs, 120 steps, 7.5 s; a frame every second step.
    history = fit(clock, 1 / 16, epochs=40, look=lambda run: seen.append((screen.lines or [""])[-1]))
    # After 60 steps half is done, 3.75 s of 7.5 s are left, and the twentieth epoch is about to end.
    loss = history["loss"][18]
    assert seen[59] == f"epoch 19/40  {'━' * 20}╺{'━' * 19}  loss {loss:.4f}  53 samples/s  0:04 left"
    # An epoch ends every 3/16 s: the seventh is the first that ends a second after the first one, and so on.
    assert epochs_of(screen.lines) == [1, 7, 13, 19, 25, 31, 37, 40]


def test_no_more_than_ten_frames_a_second_are_drawn(clock: Clock, terminal: Callable[[int], Screen]) -> None:
    screen = terminal(200)
    drawn: list[str] = []

    def look(run: gn.Run) -> None:
        if screen.lines and (not drawn or screen.lines[-1] != drawn[-1]):
            drawn.append(screen.lines[-1])

    # 30 steps of 1/64 s: under half a second, so four frames at most, and the lines of ten epochs.
    fit(clock, 1 / 64, epochs=10, look=look)
    assert 1 <= len([line for line in drawn if "left" in line]) <= 4


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("on purpose")], ids=["ctrl_c", "error"])
@pytest.mark.parametrize("columns", [40, 80])
def test_a_run_that_is_broken_off_leaves_a_clean_terminal(
    clock: Clock, terminal: Callable[[int], Screen], error: BaseException, columns: int
) -> None:
    screen = terminal(columns)
    hidden: list[bool] = []

    def look(run: gn.Run) -> None:
        if run.step == 5:
            hidden.append(not screen.cursor_is_visible)
            if isinstance(error, KeyboardInterrupt):
                screen.write("^C")  # as the terminal itself does
            raise error

    with pytest.raises(type(error)):
        fit(clock, 0.5, epochs=4, look=look)
    assert hidden == [True]
    assert screen.cursor_is_visible
    assert screen.column == 0
    assert epochs_of(screen.lines) == [1]
    assert not any("left" in line or "^C" in line for line in screen.lines)
    assert sys.stderr is screen


def test_the_terminal_is_clean_even_if_another_callback_fails_at_the_end(
    clock: Clock, terminal: Callable[[int], Screen]
) -> None:
    screen = terminal(80)

    class Fails(gn.Callback):
        def on_batch_end(self, run: gn.Run) -> None:
            clock.now += 0.5
            if run.step == 2:
                raise KeyboardInterrupt

        def on_run_end(self, run: gn.Run) -> None:
            raise ValueError("on purpose")

    # What broke the run off is what is raised; the other failure is a note on it.
    with pytest.raises(KeyboardInterrupt) as raised:
        gn.Network(["dense(1)"]).fit(
            X, Y, loss="mse", optimizer="sgd", batch_size=4, callbacks=[Fails(), "progress"], progress=False
        )
    assert "then, in on_run_end: on purpose" in raised.value.__notes__
    assert screen.cursor_is_visible
    assert screen.lines == []


def test_a_figures_name_is_shown_as_it_is(clock: Clock, terminal: Callable[[int], Screen]) -> None:
    screen = terminal(100)

    class Adds(gn.Callback):
        def on_batch_end(self, run: gn.Run) -> None:
            clock.now += 0.5
            run.logs["[b]f:ok:"] = 1.0

    class Look(gn.Callback):
        def on_batch_end(self, run: gn.Run) -> None:
            assert "  [b]f:ok: 1.0000  " in screen.lines[-1]

        def on_validation_end(self, run: gn.Run) -> None:
            run.logs["[b]g:ok:"] = 2.0

    gn.Network(["dense(1)"]).fit(
        X,
        Y,
        loss="mse",
        optimizer="sgd",
        validation=(X, Y),
        callbacks=[Adds(), "progress", Look()],
        progress=False,
    )
    assert "  [b]g:ok: 2.0000  " in screen.lines[-1]


def test_what_the_program_prints_into_a_file_stays_out_of_the_terminal(
    clock: Clock, terminal: Callable[[int], Screen], capsys: pytest.CaptureFixture[str]
) -> None:
    screen = terminal(80)
    fit(clock, 0.5, epochs=1, look=lambda run: print("step", run.step))
    assert capsys.readouterr().out == "step 1\nstep 2\nstep 3\n"
    assert not any(line.startswith("step") for line in screen.lines)


def test_what_is_printed_on_the_terminal_appears_above_the_bar(clock: Clock, terminal: Callable[[int], Screen]) -> None:
    screen = terminal(80)
    seen: list[list[str]] = []

    def look(run: gn.Run) -> None:
        print("note", run.step, file=sys.stderr)
        seen.append(screen.lines)

    fit(clock, 0.5, epochs=1, look=look)
    assert seen[2][:3] == ["note 1", "note 2", "note 3"]
    assert seen[2][3].startswith("epoch 1/1")
    assert screen.lines[:3] == ["note 1", "note 2", "note 3"]
    assert epochs_of(screen.lines) == [1]


def test_the_screen_is_no_part_of_the_run(clock: Clock, terminal: Callable[[int], Screen]) -> None:
    # What is in a run's memory is saved with it, and a terminal cannot be.
    terminal(80)
    progress = gn.callbacks.progress()
    memories: list[dict[str, Any]] = []

    class Look(gn.Callback):
        def on_epoch_end(self, run: gn.Run) -> None:
            memories.append(vars(run.state_of(progress)).copy())

    for _ in range(2):
        gn.Network(["dense(1)"]).fit(X, Y, loss="mse", optimizer="sgd", callbacks=[progress, Look()], progress=False)
    assert memories == [{}, {}]
    assert vars(progress) == {}


# --- where nothing can be written ----------------------------------------------------------------------------------


class Broken(io.StringIO):
    """A stream that fails after some writes: a pipe without a reader, or a full disk."""

    def __init__(self, error: Exception, writes: int, terminal: bool) -> None:
        super().__init__()
        self.error, self.writes, self.terminal = error, writes, terminal

    def isatty(self) -> bool:
        return self.terminal

    def write(self, text: str) -> int:
        self.writes -= 1
        if self.writes < 0:
            raise self.error
        return super().write(text)

    def flush(self) -> None:
        if self.writes < 0:
            raise self.error


class Half:
    """The object by which some programs replace standard error."""

    def write(self, text: str) -> None:
        pass


@pytest.mark.parametrize("writes", [0, 1, 3])
@pytest.mark.parametrize("is_terminal", [False, True])
@pytest.mark.parametrize("error", [BrokenPipeError(), OSError(28, "No space left on device"), ValueError("closed")])
def test_a_stream_that_fails_does_not_end_the_training(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, error: Exception, is_terminal: bool, writes: int
) -> None:
    monkeypatch.setattr("sys.stderr", Broken(error, writes, is_terminal))
    assert len(fit(clock, 0.5, epochs=3).epochs) == 3


@pytest.mark.parametrize("wanted", [None, True, False])
@pytest.mark.parametrize("stream", [None, Half(), "closed"], ids=["none", "half", "closed"])
def test_a_program_without_standard_error_trains(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], stream: Any, wanted: bool | None
) -> None:
    if stream == "closed":
        stream = io.StringIO()
        stream.close()
    monkeypatch.setattr("sys.stderr", stream)
    history = gn.Network("dense(1)").fit(
        X, Y, loss="mse", optimizer="sgd", epochs=2, batch_size=2, progress=wanted, callbacks="lr_finder profile"
    )
    assert len(history.epochs) == 2
    assert capsys.readouterr().out == "", "remarks do not belong to standard output"
