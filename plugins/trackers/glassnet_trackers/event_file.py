"""Event files of TensorBoard: records of protocol buffers, one after the other."""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn

_PATTERN = "events.out.tfevents.*.glassnet"
_STATUS = {"finished": "STATUS_SUCCESS", "interrupted": "STATUS_UNKNOWN", "failed": "STATUS_FAILURE"}


def check_library() -> None:
    """Raise `MissingExtraError` if tensorboardX is not installed."""
    with gn.needs_extra("the callback tensorboard needs the package tensorboardX", "tensorboard"):
        import tensorboardX
    _ = tensorboardX


def event_files(folder: Path) -> list[Path]:
    """Return the event files in a folder that glassnet has written."""
    return sorted(folder.glob(_PATTERN))


class EventFile:
    """A new event file.

    tensorboardX makes the records and the summaries. Its own writers start a thread and a queue between processes,
    which a file that is written once an epoch does not need.

    Parameters
    ----------
    folder
        Where to write. TensorBoard shows all event files in a folder as one run.
    purged_from
        The epoch from which TensorBoard forgets what earlier files of the folder say, if a run is continued.
    """

    def __init__(self, folder: Path, purged_from: int | None = None) -> None:
        from tensorboardX.proto import event_pb2
        from tensorboardX.record_writer import RecordWriter

        self._events = event_pb2
        now = time.time_ns()
        name = f"events.out.tfevents.{now // 10**9}.{socket.gethostname()}.{now}.glassnet"
        self._writer = RecordWriter(str(folder / name))
        self._write(file_version="brain.Event:2")
        if purged_from is not None:
            start = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
            self._write(session_log=start, step=purged_from)

    def _write(self, seconds: float | None = None, **content: Any) -> None:
        event = self._events.Event(wall_time=time.time() if seconds is None else seconds, **content)
        self._writer.write(event.SerializeToString())

    def flush(self) -> None:
        """See to it that readers find what was added."""
        self._writer.flush()

    def close(self) -> None:
        """Write the rest."""
        self._writer.flush()
        self._writer.close()

    def add_scalar(self, name: str, value: float, epoch: int, seconds: float | None = None) -> None:
        """Add a figure of an epoch."""
        from tensorboardX.proto.summary_pb2 import Summary

        # As in history.csv: tensorboardX itself would change some characters of the name.
        summary = Summary(value=[Summary.Value(tag=name, simple_value=float(value))])
        self._write(seconds, summary=summary, step=epoch)

    def add_histogram(self, name: str, values: gn.Array, epoch: int) -> None:
        """Add the distribution of an array; numbers that are not finite are left out."""
        from tensorboardX.summary import histogram

        finite = np.asarray(values)[np.isfinite(values)]
        if finite.size:
            self._write(summary=histogram(name, finite, bins="auto" if finite.size < 64 else 64), step=epoch)

    def add_image(self, name: str, pixels: gn.Array, epoch: int) -> None:
        """Add pixels, ``(height, width, 3)`` uint8; small images are enlarged."""
        from PIL import Image

        image = Image.fromarray(pixels)
        times = max(1, 256 // max(image.size))
        content = io.BytesIO()
        image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST).save(content, "PNG")
        self.add_png(name, content.getvalue(), epoch)

    def add_png(self, name: str, content: bytes, epoch: int) -> None:
        """Add an image as the content of a PNG file."""
        from PIL import Image
        from tensorboardX.proto.summary_pb2 import Summary

        with Image.open(io.BytesIO(content)) as opened:
            width, height = opened.size
        image = Summary.Image(height=height, width=width, colorspace=3, encoded_image_string=content)
        self._write(summary=Summary(value=[Summary.Value(tag=name, image=image)]), step=epoch)

    def add_text(self, name: str, text: str, epoch: int) -> None:
        """Add text in Markdown."""
        from tensorboardX.summary import text as text_summary

        self._write(summary=text_summary(name, text), step=epoch)

    def add_graph(self, graph: Any) -> None:
        """Add a ``GraphDef``."""
        self._write(graph_def=graph.SerializeToString())

    def begin_parameters(self, parameters: Mapping[str, Any], figures: Sequence[str]) -> None:
        """Add the options of the run, and the names of the figures that runs are compared by."""
        from tensorboardX.summary import hparams

        experiment, start, _ = hparams(dict(parameters), dict.fromkeys(figures, 0.0))
        for summary in (experiment, start):
            self._write(summary=summary)

    def end_parameters(self, status: str) -> None:
        """Add how the run ended."""
        from tensorboardX.proto.api_pb2 import Status
        from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData, SessionEndInfo
        from tensorboardX.proto.summary_pb2 import Summary, SummaryMetadata

        ended = SessionEndInfo(status=Status.Value(_STATUS[status]), end_time_secs=time.time())
        content = HParamsPluginData(session_end_info=ended, version=0).SerializeToString()
        metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="hparams", content=content))
        self._write(summary=Summary(value=[Summary.Value(tag="_hparams_/session_end_info", metadata=metadata)]))
