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
    from glassnet.components.activation import Activation as Activation
    from glassnet.components.callback import Callback as Callback
    from glassnet.components.checks import Checks as Checks
    from glassnet.components.constraint import Constraint as Constraint
    from glassnet.components.context import Context as Context
    from glassnet.components.dataset import Dataset as Dataset, DataSource as DataSource, Split as Split
    from glassnet.components.declaration import option as option
    from glassnet.components.initializer import Initializer as Initializer
    from glassnet.components.layer import Arrays as Arrays, Layer as Layer
    from glassnet.components.loss import Loss as Loss
    from glassnet.components.metric import Metric as Metric
    from glassnet.components.optimizer import Optimizer as Optimizer
    from glassnet.components.parameter import Parameter as Parameter, ParameterTree as ParameterTree
    from glassnet.components.recipe import Recipe as Recipe
    from glassnet.components.regularizer import Regularizer as Regularizer
    from glassnet.components.schedule import Schedule as Schedule
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
    from glassnet.model.outputs import outputs_of as outputs_of
    from glassnet.model.sequential import Sequence as Sequence
    from glassnet.network import Network as Network
    from glassnet.registry.hookspecs import hookimpl as hookimpl, run_hookimpl as run_hookimpl
    from glassnet.registry.namespaces import (
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
    from glassnet.registry.registry import create as create, register as register, registered as registered
    from glassnet.support.files import (
        check_regular as check_regular,
        make_folder as make_folder,
        read_whole as read_whole,
        write_whole as write_whole,
    )
    from glassnet.support.memory_limit import check_memory as check_memory
    from glassnet.training.history import History as History
    from glassnet.training.run import Run as Run
    from glassnet.types import Array as Array, Shape as Shape
    from glassnet_accelerators.accelerator import Accelerator as Accelerator
    from glassnet_accelerators.choice import use_accelerators as use_accelerators
    from glassnet_autodiff.gradient_check import check_gradients as check_gradients
    from glassnet_dataloaders.batches import Batches as Batches
    from glassnet_persistence.experiment import Experiment as Experiment
    from glassnet_persistence.model_file import load as load

    __version__: str

_NAMES_BY_MODULE = {
    "glassnet_accelerators.choice": ["use_accelerators"],
    "glassnet_accelerators.accelerator": ["Accelerator"],
    "glassnet.components.activation": ["Activation"],
    "glassnet.types": ["Array", "Shape"],
    "glassnet_dataloaders.batches": ["Batches"],
    "glassnet.components.callback": ["Callback"],
    "glassnet.components.constraint": ["Constraint"],
    "glassnet.components.context": ["Context"],
    "glassnet.components.dataset": ["Dataset", "DataSource", "Split"],
    "glassnet.errors": [
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
    "glassnet.components.recipe": ["Recipe"],
    "glassnet_persistence.experiment": ["Experiment"],
    "glassnet.support.files": ["check_regular", "make_folder", "read_whole", "write_whole"],
    "glassnet.support.memory_limit": ["check_memory"],
    "glassnet_autodiff.gradient_check": ["check_gradients"],
    "glassnet.training.history": ["History"],
    "glassnet.registry.hookspecs": ["hookimpl", "run_hookimpl"],
    "glassnet.components.initializer": ["Initializer"],
    "glassnet.components.layer": ["Arrays", "Layer"],
    "glassnet.components.loss": ["Loss"],
    "glassnet.components.metric": ["Metric"],
    "glassnet_persistence.model_file": ["load"],
    "glassnet.registry.namespaces": [
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
    "glassnet.network": ["Network"],
    "glassnet.components.optimizer": ["Optimizer"],
    "glassnet.components.checks": ["Checks"],
    "glassnet.components.declaration": ["option"],
    "glassnet.model.outputs": ["outputs_of"],
    "glassnet.components.parameter": ["Parameter", "ParameterTree"],
    "glassnet.registry.registry": ["create", "register", "registered"],
    "glassnet.components.regularizer": ["Regularizer"],
    "glassnet.training.run": ["Run"],
    "glassnet.components.schedule": ["Schedule"],
    "glassnet.model.sequential": ["Sequence"],
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
        from glassnet_hints.wrong_calls import wrong_name

        raise wrong_name(name, __all__)
    value = getattr(importlib.import_module(_MODULE_OF[name]), name)
    # Kept, so that the next use is an ordinary one.
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
