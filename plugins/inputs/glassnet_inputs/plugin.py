"""The plugin: samples are finite, on the scale of the training, and in its columns; bytes of images are pixels."""

from __future__ import annotations

import glassnet as gn
from glassnet_inputs.rules import SampleRules


@gn.hookimpl
def glassnet_input_rules() -> SampleRules:
    """Return the rules."""
    return SampleRules()
