"""What it takes to train: options that Python, the command line and experiment files share."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glassnet.components.component import literal
from glassnet.components.declaration import option
from glassnet.components.options import Options
from glassnet.errors import FileError, SpecError
from glassnet.support.files import check_ending, read_whole, write_whole

if TYPE_CHECKING:
    from glassnet.components.callback import Callback
    from glassnet.components.dataset import DataSource
    from glassnet.components.layer import Layer
    from glassnet.components.loss import Loss
    from glassnet.components.metric import Metric
    from glassnet.components.optimizer import Optimizer
    from glassnet.components.regularizer import Regularizer
    from glassnet.components.schedule import Schedule


class Measures(Options):
    """What a network is measured by: all that evaluating it takes."""

    loss: Loss = option(kind="loss", keyword=True, help="what to minimise")
    metrics: tuple[Metric, ...] = option(
        (), kind="metric", several=True, keyword=True, help="figures to report besides the loss"
    )
    regularizer: Regularizer | None = option(None, kind="regularizer", keyword=True, help="penalty on all weights")


class Training(Measures):
    """How a network is trained; the options of `Network.fit`."""

    optimizer: Optimizer = option(kind="optimizer", keyword=True, help="how to step")
    epochs: int = option(1, ge=1, keyword=True, help="passes over the training data")
    batch_size: int = option(32, ge=1, keyword=True, help="samples a step")
    validation: float | None = option(None, gt=0, lt=1, keyword=True, help="fraction of the training data held out")
    callbacks: tuple[Callback, ...] = option(
        (), kind="callback", several=True, keyword=True, help="what takes part in the run"
    )
    schedule: Schedule | None = option(None, kind="schedule", keyword=True, help="step size over the run")
    seed: int = option(0, ge=0, keyword=True, help="where all random numbers come from")
    on_divergence: str = option(
        "raise", choices=("raise", "continue"), keyword=True, help="whether training stops at NaN or infinity"
    )


class Experiment(Training):
    """A network, its data and how to train it: everything that has to be said to repeat a run."""

    layers: tuple[Layer, ...] = option(kind="layer", several=True, keyword=True, help="the network")
    dataset: DataSource = option(kind="dataset", keyword=True, help="the data")
    dtype: str = option("float32", choices=("float32", "float64"), keyword=True, help="precision")

    def training(self) -> dict[str, Any]:
        """Return the options that `Network.fit` takes."""
        return {name: value for name, value in self.options.items() if name not in ("layers", "dtype", "dataset")}

    def to_toml(self) -> str:
        """Return the text of an experiment file.

        Raises
        ------
        SpecError
            If a layer stands in several places: specs make a layer of its own in each.
        ModelFileError
            If a component could not be loaded again, since its class is not registered.
        """
        import tomli_w

        from glassnet.model.sharing import shared_layers
        from glassnet_persistence.provenance import check_loadable

        check_loadable(self)

        if shared := shared_layers(self.layers):
            raise SpecError(
                f"{shared[0]}, and an experiment file cannot say that; list a second instance, "
                "or train from Python and keep the network: net.save(path)"
            )

        return tomli_w.dumps({"format": 1, **as_plain(self)}, multiline_strings=False)

    def save(self, path: Path) -> None:
        """Write an experiment file."""
        write_whole(check_ending(path, [".toml"], "experiments are written as TOML"), self.to_toml().encode())


def as_plain(options: Options) -> dict[str, Any]:
    """Return options as TOML holds them: components as specs, unset ones left out."""
    plain: dict[str, Any] = {}
    for name, value in options.options.items():
        if isinstance(value, tuple):
            plain[name] = [each if isinstance(each, (int, float)) else literal(each) for each in value]
        elif value is not None:
            plain[name] = value if isinstance(value, (int, float, str)) else literal(value)
    return plain


def load_experiment(path: Path) -> dict[str, Any]:
    """Read an experiment file; its values are checked when an `Experiment` is made of them.

    Raises
    ------
    FileError
        When the file cannot be read.
    SpecError
        When it is no TOML, or of a newer format.
    """
    try:
        content = tomllib.loads(read_whole(path).decode("utf-8"))
    except OSError as error:
        raise FileError(f"cannot read the experiment {path}: {error.strerror}; check the path") from None
    except (ValueError, RecursionError) as error:  # TOML that is damaged, text that is not UTF-8, numbers too long
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else error
        raise SpecError(
            f"{path} is no experiment file: {reason}; give one in TOML, such as the experiment.toml of a run"
        ) from None
    if not content:
        raise SpecError(f"{path} is empty; give an experiment file, such as the experiment.toml of a run")
    version = content.pop("format", 1)
    if type(version) is int and version > 1:
        raise SpecError(f"{path} has a format newer than this glassnet reads; upgrade glassnet")
    if type(version) is not int or version != 1:
        raise SpecError(f"{path} has format {version!r}; write format = 1")
    return content
