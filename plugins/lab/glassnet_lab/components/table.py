"""All components of the laboratory."""

from __future__ import annotations

import glassnet as gn
from glassnet_lab.components.lab_adam import LabAdam
from glassnet_lab.components.lab_data import LabData
from glassnet_lab.components.lab_dense import LabDense
from glassnet_lab.components.lab_dropout import LabDropout
from glassnet_lab.components.lab_momentum import LabMomentum
from glassnet_lab.components.lab_relu import LabRelu
from glassnet_lab.components.lab_softmax import LabSoftmax
from glassnet_lab.components.lab_squared_error import LabSquaredError

COMPONENTS = (
    ("dataset", "lab_data", LabData),
    ("layer", "lab_dense", LabDense),
    ("layer", "lab_dropout", LabDropout),
    ("activation", "lab_relu", LabRelu),
    ("activation", "lab_softmax", LabSoftmax),
    ("loss", "lab_squared_error", LabSquaredError),
    ("optimizer", "lab_adam", LabAdam),
    ("optimizer", "lab_momentum", LabMomentum),
)


def register_components() -> None:
    """Give the components their names, for this process."""
    for kind, name, component in COMPONENTS:
        gn.register(kind, name, component)
