"""A network as a model of MLflow, which is code that loads a model file: nothing is pickled."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn

_CODE = Path(__file__).with_name("mlflow_code.py")
_TYPES = {"number": "double", "boolean": "boolean"}


def save_model(network: gn.Network, path: Path) -> None:
    """Write a network as a folder that ``mlflow.pyfunc.load_model`` reads.

    Its input is an array of samples, or for a network that was trained on a table a data frame; the signature says
    which, with shapes, types and names.
    """
    import mlflow.pyfunc

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(record=True):
        # Recorded and dropped: MLflow advises on the types of code that is ours, and undoes filters.
        file = Path(folder, "model.safetensors")
        network.save(file)
        mlflow.pyfunc.save_model(
            str(path),
            python_model=str(_CODE),
            artifacts={"model": str(file)},
            signature=signature_of(network),
            pip_requirements=[f"glassnet=={gn.__version__}"],
        )


def signature_of(network: gn.Network) -> Any:
    """Return what a network takes and gives, as MLflow says it."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema, TensorSpec

    outputs = Schema([TensorSpec(np.dtype(network.dtype), (-1, *network.output_shape))])
    table = network.preprocessing
    if hasattr(table, "features"):
        columns: list[Any] = [
            ColSpec(_TYPES.get(each.format.type, "string"), each.name, required=False) for each in table.features
        ]
        classes = len(table.classes)
        answers = TensorSpec(
            np.dtype(np.float64 if not classes else network.dtype), (-1, classes) if classes else (-1,)
        )
        return ModelSignature(Schema(columns), Schema([answers]))
    given = np.dtype(network.inputs.dtype if network.inputs is not None else network.dtype)
    return ModelSignature(Schema([TensorSpec(given, (-1, *network.input_shape))]), outputs)
