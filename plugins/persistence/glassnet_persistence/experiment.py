"""Experiment files: a network, its data and how to train it, in one TOML file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glassnet.errors import FileError, SpecError
from glassnet.options.declaration import option
from glassnet.run.config import TrainingConfig
from glassnet_files.files import atomic_write, check_ending, read_whole
from glassnet_persistence.plain_options import as_plain
from glassnet_persistence.provenance import check_loadable
from glassnet_sharing.shared_layers import shared_layers

if TYPE_CHECKING:
    from glassnet.components.layer import Layer
    from glassnet_datasets.dataset import DataSource


class Experiment(TrainingConfig):
    """A network, its data and how to train it: everything that has to be said to repeat a run."""

    layers: tuple[Layer, ...] = option(kind="layer", many=True, kw_only=True, help="the network")
    dataset: DataSource = option(kind="dataset", kw_only=True, help="the data")
    dtype: str = option("float32", choices=("float32", "float64"), kw_only=True, help="precision")
    class_weight: str | None = option(
        None, kw_only=True, help="balanced: the rows of each class count alike in the loss"
    )

    @classmethod
    def title(cls) -> str:
        """Return the name by which messages speak of this class."""
        return "experiment"

    def training(self) -> dict[str, Any]:
        """Return the options that `Network.fit` takes."""
        return {name: value for name, value in self.options.items() if name not in ("layers", "dtype", "dataset")}

    def to_toml(self) -> str:
        """Return the text of an experiment file.

        Raises
        ------
        SpecError
            If a layer is used in several places: specs would make a new layer for each.
        ModelFileError
            If a component could not be loaded again, since its class is not registered.
        """
        import tomli_w

        check_loadable(self)

        if shared := shared_layers(self.layers):
            raise SpecError(
                f"{shared[0]}, and an experiment file cannot say that; list a second instance, "
                "or train from Python and keep the network: net.save(path)"
            )

        return tomli_w.dumps({"format": 1, **as_plain(self)}, multiline_strings=False)

    def save(self, path: Path) -> None:
        """Write an experiment file."""
        atomic_write(check_ending(path, [".toml"], "experiments are written as TOML"), self.to_toml().encode())


def load_experiment(path: Path) -> dict[str, Any]:
    """Read an experiment file; its values are checked when an `Experiment` is made of them.

    Raises
    ------
    FileError
        When the file cannot be read.
    SpecError
        If it is not TOML, or of a newer format.
    """
    try:
        content = tomllib.loads(read_whole(path).decode("utf-8"))
    except OSError as error:
        raise FileError(f"cannot read the experiment {path}: {error.strerror}; check the path") from None
    except (ValueError, RecursionError) as error:  # TOML that is damaged, text that is not UTF-8, numbers too long
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else error
        raise SpecError(
            f"{path} is not an experiment file: {reason}; give one in TOML, such as the experiment.toml of a run"
        ) from None
    if not content:
        raise SpecError(f"{path} is empty; give an experiment file, such as the experiment.toml of a run")
    version = content.pop("format", 1)
    if type(version) is int and version > 1:
        raise SpecError(f"{path} has a format newer than this glassnet reads; upgrade glassnet")
    if type(version) is not int or version != 1:
        raise SpecError(f"{path} has format {version!r}; write format = 1")
    return content
