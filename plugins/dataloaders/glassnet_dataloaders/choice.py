"""Which loader draws from what `fit` and `evaluate` were given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glassnet.data.loader import DataLoader, make_loader
from glassnet.errors import DataError
from glassnet_dataloaders.batches import Batches
from glassnet_dataloaders.block_shuffle_loader import BlockShuffleLoader
from glassnet_dataloaders.frames import is_frame
from glassnet_dataloaders.lazy_rows import is_torch_dataset, lazily_read, samples_and_targets
from glassnet_dataloaders.memmap import is_on_disk
from glassnet_dataloaders.stream_loader import StreamLoader
from glassnet_dataloaders.wrong_data import check_is_loaded, check_is_one_array, check_is_read_as_numbers, check_pair
from glassnet_splits.split import Split, as_split, weighted


def data_loader(x: Any, y: Any, sample_weight: Any, epochs: int, batch_size: int | None) -> DataLoader | None:
    """Return a loader of batches or of arrays on disk; None for arrays in memory.

    Raises
    ------
    DataError, ShapeError, OptionError
        If the data have no targets, are of another form, or cannot be drawn in this way.
    """
    check_is_loaded(x, "x")
    if y is None and is_torch_dataset(x):
        x, y = samples_and_targets(x)
        return make_loader(x, y, sample_weight=sample_weight, epochs=epochs, batch_size=batch_size)
    if y is None:
        check_is_read_as_numbers(x)
        check_pair(x)
        if _gives_batches(x):
            batches = x if isinstance(x, Batches) else Batches(x)
            return StreamLoader.of(batches, sample_weight, epochs, batch_size)
    elif isinstance(x, Batches):
        raise DataError("got batches and also y; their targets come with them, so leave y out")
    else:
        check_is_one_array(x, "x", len_of=y)
        check_is_one_array(y, "y", len_of=x)
    x, y = lazily_read(x), lazily_read(y)
    if any(map(is_on_disk, (x.x, x.y) if isinstance(x, Split) else (x, y))):
        return BlockShuffleLoader(weighted(as_split(x, y), sample_weight))
    return None


def _gives_batches(given: Any) -> bool:
    """Return whether `given` gives batches. Arrays and tables are iterable too, but have a shape."""
    if isinstance(given, (Split, str, bytes, Mapping)) or hasattr(given, "shape") or is_frame(given):
        return False
    return isinstance(given, Batches) or hasattr(given, "__iter__") or callable(given)
