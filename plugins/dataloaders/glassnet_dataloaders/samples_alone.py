"""Datasets and loaders of PyTorch for `predict`, which needs their samples alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import DataError, warn
from glassnet_dataloaders.conversion import array_and_columns
from glassnet_dataloaders.lazy_rows import DatasetSamples, is_torch_dataset


def samples_alone(values: Any, name: str) -> Any:
    """Return the samples of a dataset or a loader of PyTorch, and all other values as they are.

    A batch, or an element of a dataset, is the samples, or a pair with the samples first.

    Raises
    ------
    DataError
        If there is no batch.

    Warns
    -----
    GlassnetWarning
        If a loader shuffles the samples.
    """
    if is_torch_dataset(values):
        tensors = getattr(values, "tensors", None)
        return tensors[0] if tensors else DatasetSamples(values)
    if not any(cls.__module__.startswith("torch.utils.data.dataloader") for cls in type(values).__mro__):
        return values
    if type(getattr(values, "sampler", None)).__name__ == "RandomSampler":
        warn(f"{name} is a DataLoader that shuffles, so the outputs are in a random order; give one with shuffle=False")
    batches = [batch[0] if isinstance(batch, tuple | list) else batch for batch in values]
    if not batches:
        raise DataError(f"{name} is a DataLoader without batches; give at least one sample")
    return np.concatenate([array_and_columns(batch, name)[0] for batch in batches])
