"""glassnet: a neural-network framework in which every part can be seen and replaced.

::

    import glassnet as gn

    data = gn.datasets.mnist().load()
    net = gn.Network(["flatten", "dense(128)", "relu", "dense(10)", "softmax"])
    net.fit(data.train, loss="categorical_crossentropy", optimizer="adam", epochs=5)

A name is imported when it is first used, so ``import glassnet`` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glassnet.acceleration import use_accelerators as use_accelerators
    from glassnet.accelerator import Accelerator as Accelerator
    from glassnet.activation import Activation as Activation
    from glassnet.arrays import Array as Array, Shape as Shape
    from glassnet.batches import Batches as Batches
    from glassnet.callback import Callback as Callback
    from glassnet.checks import Checks as Checks
    from glassnet.constraint import Constraint as Constraint
    from glassnet.context import Context as Context
    from glassnet.dataset import Dataset as Dataset, DataSource as DataSource, Split as Split
    from glassnet.declaration import option as option
    from glassnet.errors import (
        AmbiguousComponentError as AmbiguousComponentError,
        CallbackError as CallbackError,
        DataError as DataError,
        FileError as FileError,
        FixedError as FixedError,
        GlassnetError as GlassnetError,
        GlassnetWarning as GlassnetWarning,
        InUseError as InUseError,
        ModelFileError as ModelFileError,
        NonFiniteError as NonFiniteError,
        NotBuiltError as NotBuiltError,
        OptionError as OptionError,
        OutOfMemoryError as OutOfMemoryError,
        PluginLoadError as PluginLoadError,
        ResumeError as ResumeError,
        ShapeError as ShapeError,
        SpecError as SpecError,
        TracingError as TracingError,
        UnknownAttributeError as UnknownAttributeError,
        UnknownComponentError as UnknownComponentError,
        WrongKindError as WrongKindError,
    )
    from glassnet.experiment import Experiment as Experiment, Recipe as Recipe
    from glassnet.files import (
        check_regular as check_regular,
        make_folder as make_folder,
        read_whole as read_whole,
        write_whole as write_whole,
    )
    from glassnet.gradient_check import check_gradients as check_gradients
    from glassnet.history import History as History
    from glassnet.hookspecs import hookimpl as hookimpl, run_hookimpl as run_hookimpl
    from glassnet.initializer import Initializer as Initializer
    from glassnet.layer import Arrays as Arrays, Layer as Layer
    from glassnet.loss import Loss as Loss
    from glassnet.memory_limit import check_memory as check_memory
    from glassnet.metric import Metric as Metric
    from glassnet.model_file import load as load
    from glassnet.namespaces import (
        accelerators as accelerators,
        activations as activations,
        callbacks as callbacks,
        commands as commands,
        constraints as constraints,
        datasets as datasets,
        initializers as initializers,
        layers as layers,
        losses as losses,
        metrics as metrics,
        optimizers as optimizers,
        regularizers as regularizers,
        schedules as schedules,
    )
    from glassnet.network import Network as Network
    from glassnet.optimizer import Optimizer as Optimizer
    from glassnet.outputs import outputs_of as outputs_of
    from glassnet.parameter import Parameter as Parameter, ParameterTree as ParameterTree
    from glassnet.registry import create as create, register as register, registered as registered
    from glassnet.regularizer import Regularizer as Regularizer
    from glassnet.run import Run as Run
    from glassnet.schedule import Schedule as Schedule
    from glassnet.sequence import Sequence as Sequence

    __version__: str

_NAMES_BY_MODULE = {
    "acceleration": ["use_accelerators"],
    "accelerator": ["Accelerator"],
    "activation": ["Activation"],
    "arrays": ["Array", "Shape"],
    "batches": ["Batches"],
    "callback": ["Callback"],
    "constraint": ["Constraint"],
    "context": ["Context"],
    "dataset": ["Dataset", "DataSource", "Split"],
    "errors": [
        "AmbiguousComponentError",
        "CallbackError",
        "DataError",
        "FileError",
        "FixedError",
        "GlassnetError",
        "GlassnetWarning",
        "InUseError",
        "ModelFileError",
        "NonFiniteError",
        "NotBuiltError",
        "OptionError",
        "OutOfMemoryError",
        "PluginLoadError",
        "ResumeError",
        "ShapeError",
        "SpecError",
        "TracingError",
        "UnknownAttributeError",
        "UnknownComponentError",
        "WrongKindError",
    ],
    "experiment": ["Experiment", "Recipe"],
    "files": ["check_regular", "make_folder", "read_whole", "write_whole"],
    "gradient_check": ["check_gradients"],
    "history": ["History"],
    "hookspecs": ["hookimpl", "run_hookimpl"],
    "initializer": ["Initializer"],
    "layer": ["Arrays", "Layer"],
    "loss": ["Loss"],
    "memory_limit": ["check_memory"],
    "metric": ["Metric"],
    "model_file": ["load"],
    "namespaces": [
        "accelerators",
        "activations",
        "callbacks",
        "commands",
        "constraints",
        "datasets",
        "initializers",
        "layers",
        "losses",
        "metrics",
        "optimizers",
        "regularizers",
        "schedules",
    ],
    "network": ["Network"],
    "optimizer": ["Optimizer"],
    "checks": ["Checks"],
    "declaration": ["option"],
    "outputs": ["outputs_of"],
    "parameter": ["Parameter", "ParameterTree"],
    "registry": ["create", "register", "registered"],
    "regularizer": ["Regularizer"],
    "run": ["Run"],
    "schedule": ["Schedule"],
    "sequence": ["Sequence"],
}
_MODULE_OF = {name: module for module, names in _NAMES_BY_MODULE.items() for name in names}

__all__ = sorted([*_MODULE_OF, "__version__"])


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("glassnet")
    if name not in _MODULE_OF:
        from importlib.util import find_spec

        # ``from glassnet import registry`` asks here before it imports the module.
        if name.startswith("_") or find_spec(f"glassnet.{name}") is not None:
            raise AttributeError(f"module 'glassnet' has no attribute {name!r}")
        from glassnet.wrong_calls import wrong_name

        raise wrong_name(name, __all__)
    value = getattr(importlib.import_module(f"glassnet.{_MODULE_OF[name]}"), name)
    # Kept, so that the next use is an ordinary one.
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
