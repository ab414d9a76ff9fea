"""A trained network on disk: a run folder or a model file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import glassnet as gn
from glassnet_commands.data_files import as_found
from glassnet_divergence.finite import first_not_finite
from glassnet_persistence.experiment import load_experiment
from glassnet_persistence.file_schema import Schema, entry, read_json, structured
from glassnet_persistence.run_files import EXPERIMENT, MODEL, SUMMARY
from glassnet_tables.table_source import load_data

_ADVICE = "restore it, or remove it to do without"


class _Inputs(Schema):
    """What a summary says about the inputs of the training."""

    pixels: bool = entry(False)
    mean: float | None = entry(None)


class _Summary(Schema):
    """What ``summary.json`` says about a run."""

    run: str | None = entry(None)
    dataset: str | None = entry(None)
    task: str | None = entry(None)
    classes: tuple[str, ...] = entry(())
    inputs: dict[str, Any] | None = entry(None)
    parameters: int | None = entry(None, ge=0)
    seed: int | None = entry(None, ge=0)
    epochs: int = entry(0, ge=0)
    train_seconds: float | None = entry(None, ge=0)
    interrupted: bool | None = entry(None)
    test: dict[str, float | tuple[tuple[float, ...], ...] | None] | None = entry(None)
    columns: tuple[dict[str, Any], ...] | None = entry(None)
    diverged: dict[str, Any] | None = entry(None)
    findings: tuple[dict[str, Any], ...] | None = entry(None)


class _Finding(Schema):
    """What it says of something that the doctor has found."""

    rule: str = entry()
    problem: str = entry()
    where: str = entry()
    remedy: str = entry()


@dataclass(frozen=True)
class Saved:
    """A network, and what its run folder tells about it.

    Attributes
    ----------
    path
        As it was given.
    summary
        Contents of ``summary.json``; empty for a model file.
    """

    path: Path
    network: gn.Network
    summary: dict[str, Any] = field(default_factory=dict)

    @property
    def classes(self) -> list[str]:
        """Names of the classes; none where they are not known."""
        named = getattr(self.network.preprocessing, "classes", ())
        known: Sequence[str] = self.summary.get("classes", ()) or named
        return list(known)

    def check_classes(self, data: gn.Dataset, source: gn.DataSource) -> None:
        """Raise `DataError` if the classes of a dataset are not those of the training, so that labels differ."""
        # The network itself says what is wrong with samples of another shape.
        is_for_this = data.test.x.shape[1:] == self.network.input_shape
        if is_for_this and self.classes and data.classes and self.classes != list(data.classes):
            raise gn.DataError(
                f"{source!r} has the classes {', '.join(data.classes)}, and the run was trained on "
                f"{', '.join(self.classes)}; give data with the same classes"
            )

    @property
    def dataset(self) -> gn.DataSource:
        """The data that the network was trained on."""
        if not self.path.is_dir():
            raise gn.FileError(f"{self.path} is a model file, which does not say what data it is for; name a dataset")
        if not (self.path / EXPERIMENT).exists():
            raise gn.FileError(
                f"{self.path} has no {EXPERIMENT}, as of a run that was started from Python, and does not name its "
                "data; name a dataset on the command line"
            )
        experiment = load_experiment(self.path / EXPERIMENT)
        if "dataset" not in experiment:
            raise gn.FileError(f"{self.path / EXPERIMENT} names no dataset; name one on the command line")
        source: gn.DataSource = gn.create("dataset", experiment["dataset"])
        return as_found(source, self.path)

    def load_data(self) -> gn.Dataset:
        """Return the data that the network was trained on, in the same parts."""
        source = self.dataset
        return load_data(source, load_experiment(self.path / EXPERIMENT).get("validation"))


def open_saved(path: Path) -> Saved:
    """Read a run folder or a model file.

    Raises
    ------
    FileError, ModelFileError
        When there is none, or it cannot be used.
    NonFiniteError
        If its network has diverged.
    """
    saved = _read(path)
    bad = first_not_finite(saved.network)
    if bad is not None:
        raise gn.NonFiniteError(f"{bad} in {path}: the network has diverged; train it again, or take another model")
    return saved


def _read(path: Path) -> Saved:
    if not path.is_dir():
        return Saved(path, gn.load(path))
    if not (path / MODEL).is_file():
        raise gn.FileError(f"{path} is not a run: it has no {MODEL}; give the folder of a run, or a model file")
    return Saved(path, gn.load(path / MODEL), read_summary(path / SUMMARY))


def read_summary(path: Path) -> dict[str, Any]:
    """Read a summary; a run that was killed has none."""
    try:
        text = gn.read_whole(path)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise gn.FileError(f"cannot read {path} ({error}); {_ADVICE}") from None
    content = read_json(text, str(path), gn.FileError, _ADVICE)
    checked = structured(_Summary, content, str(path), gn.FileError, _ADVICE)
    if checked.inputs is not None:
        structured(_Inputs, checked.inputs, f"{path}, inputs,", gn.FileError, _ADVICE)
    for finding in checked.findings or ():
        structured(_Finding, finding, f"{path}, findings,", gn.FileError, _ADVICE)
    return content
