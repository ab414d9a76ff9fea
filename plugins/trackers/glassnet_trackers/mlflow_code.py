"""The code of a model of MLflow. MLflow keeps a copy of this file, and runs it to load the model."""

from __future__ import annotations

from typing import Any

import mlflow.models
import mlflow.pyfunc

import glassnet as gn


class Model(mlflow.pyfunc.PythonModel):  # type: ignore[misc, name-defined]
    """A network whose predictions are those of `Network.predict`."""

    def load_context(self, context: Any) -> None:
        """Load the model file."""
        self._network = gn.load(context.artifacts["model"])

    # MLflow would take types in this line for a schema of the data.
    def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
        """Return the outputs for samples, or the answers for rows."""
        return self._network.predict(model_input)


mlflow.models.set_model(Model())
