"""The plugin: which data it reads. Its modules are imported when there is something to read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import glassnet as gn

if TYPE_CHECKING:
    from glassnet.data.arrays import ClassWeights
    from glassnet.data.loader import DataLoader


@gn.hookimpl
def glassnet_array(values: Any, name: str, sample_shape: gn.Shape | None) -> tuple[Any, tuple[str, ...] | None]:
    """Read tensors, data frames, masked arrays, objects and arrays on disk."""
    from glassnet_dataloaders.conversion import array_and_columns
    from glassnet_dataloaders.samples_alone import samples_alone
    from glassnet_dataloaders.wrong_data import check_is_samples

    if sample_shape is not None:
        values = samples_alone(values, name)
        check_is_samples(values, name, sample_shape)
    return array_and_columns(values, name)


@gn.hookimpl
def glassnet_row_blocks(array: Any, multiple_of: int) -> Iterable[slice] | None:
    """Return the blocks of an array on disk."""
    from glassnet_dataloaders.memmap import is_on_disk, row_blocks

    return row_blocks(array, multiple_of) if is_on_disk(array) else None


@gn.hookimpl
def glassnet_data_loader(x: Any, y: Any, sample_weight: Any, epochs: int, batch_size: int | None) -> DataLoader | None:
    """Return what draws from batches or from arrays on disk."""
    from glassnet_dataloaders.choice import data_loader

    return data_loader(x, y, sample_weight, epochs, batch_size)


@gn.hookimpl
def glassnet_class_weights(class_weight: Any, data: DataLoader, output_shape: gn.Shape) -> ClassWeights:
    """Return the weight of each class: by label, in the order of the labels, or balanced."""
    from glassnet_dataloaders.class_weight import class_weights

    return class_weights(class_weight, data, output_shape)
