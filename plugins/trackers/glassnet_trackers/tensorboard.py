"""TensorBoard: a run as event files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import glassnet as gn
from glassnet_trackers.event_file import EventFile, check_library, event_files
from glassnet_trackers.findings_text import findings_text
from glassnet_trackers.graph import graph_of
from glassnet_trackers.tracker import Tracker
from glassnet_trackers.weight_images import first_weights, image_of


class TensorBoard(Tracker):
    """Writes event files for TensorBoard: ``tensorboard --logdir runs`` shows all runs in a folder.

    It writes the figures of each epoch, histograms of the weights and of the last gradients of each layer, the weights
    of the first layer as an image, the options of the run for the page HPARAMS, and the layers as a graph. After
    ``glassnet train``, the figures of the test data, the pictures, and what the doctor finds.

    Needs ``pip install "glassnet[tensorboard]"``; the package tensorboard itself shows the files.

    Raises
    ------
    OptionError
        If neither a folder nor a folder for the run is given.
    FileError
        If the folder has the events of another run already.
    """

    folder: str | None = gn.option(None, written=True, help="where to write; by default the folder of the run")
    histograms: bool = gn.option(True, help="write histograms of weights and gradients, and images of weights")

    def begin(self, run: gn.Run) -> None:
        check_library()
        folder, memory = self._folder_of(run), run.state_of(self)
        if run.saved is None:
            self._clear(folder)
        memory._file = EventFile(gn.ensure_directory(folder), purged_from=memory.sent + 1 if run.saved else None)
        if run.saved is None:
            memory._file.add_graph(graph_of(run.network))

    def log(self, run: gn.Run, epoch: int, figures: Mapping[str, float], seconds: float) -> None:
        file = run.state_of(self)._file
        if epoch == 1:
            file.begin_parameters(self.parameters(run), list(figures))
        for name, value in figures.items():
            file.add_scalar(name, value, epoch, seconds)
        file.flush()

    def look(self, run: gn.Run, epoch: int) -> None:
        if not self.histograms:
            return
        file = run.state_of(self)._file
        for name, values in run.network.parameters.items():
            file.add_histogram(f"weights/{name}", values, epoch)
        for name, values in run.network.layout.named(run.network.gradients).items():
            file.add_histogram(f"gradients/{name}", values, epoch)
        first = first_weights(run.network)
        if first is not None:
            name, weights = first
            file.add_image(f"first_layer/{name}", image_of(weights, run.network.input_shape), epoch)
        file.flush()

    def finish(self, run: gn.Run, status: str) -> None:
        file = run.state_of(self)._file
        file.end_parameters(status)
        file.close()

    def record(self, folder: Path, summary: Mapping[str, Any]) -> None:
        check_library()
        epoch = int(summary.get("epochs") or 0)
        file = EventFile(Path(self.folder) if self.folder is not None else folder)
        for name, value in (summary.get("test") or {}).items():
            if isinstance(value, (int, float)):
                file.add_scalar(f"test_{name}", value, epoch)
        file.add_text("findings", findings_text(summary.get("findings") or []), epoch)
        for picture in sorted(folder.glob("*.png")):
            file.add_png(f"pictures/{picture.stem}", gn.read_whole(picture), epoch)
        file.close()

    def _folder_of(self, run: gn.Run) -> Path:
        if self.folder is not None:
            return Path(self.folder)
        if run.folder is None:
            raise gn.OptionError(
                "tensorboard has no folder to write to; give one with tensorboard(folder='runs/first'), "
                "or give the run a folder"
            )
        return Path(run.folder)

    def _clear(self, folder: Path) -> None:
        """Remove the events of a run that is overwritten; raise `FileError` if they are of another run."""
        files = event_files(folder)
        if files and self.folder is not None:
            raise gn.FileError(f"{folder} has the events of another run ({files[0].name}); choose another folder")
        for file in files:
            file.unlink()
