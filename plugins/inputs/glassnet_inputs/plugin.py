"""The plugin: splits, and what samples have to be like. Its modules are imported when there are data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import glassnet as gn

if TYPE_CHECKING:
    from glassnet.data.preparation import InputRules


@gn.hookimpl
def glassnet_input_rules() -> InputRules:
    """Return the rules: finite numbers, on the scale and in the columns of the training; bytes of images are pixels."""
    from glassnet_inputs.rules import SampleRules

    return SampleRules()


@gn.hookimpl(trylast=True)
def glassnet_data_loader(x: Any, y: Any, sample_weight: Any) -> gn.DataLoader:
    """Return a loader of a split, or of arrays in memory, if no other plugin draws from the data."""
    from glassnet_inputs.loaders import array_loader

    return array_loader(x, y, sample_weight)


@gn.hookimpl
def glassnet_validation_loader(given: Any, epochs: int) -> gn.DataLoader:
    """Return a loader of validation data."""
    from glassnet_inputs.loaders import validation_loader

    return validation_loader(given, epochs)
