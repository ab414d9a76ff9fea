"""The public names of the package: `glassnet.__init__` reads here which module has each of them.

A name of a module outside of the kernel is given by a plugin, under the entry-point group ``glassnet.names``; here it
is for type checkers alone.
"""

from glassnet.components.activation import Activation as Activation
from glassnet.components.callback import Callback as Callback
from glassnet.components.checks import Checks as Checks
from glassnet.components.component import Component as Component
from glassnet.components.constraint import Constraint as Constraint
from glassnet.components.context import Context as Context
from glassnet.components.dataset import Dataset as Dataset, DataSource as DataSource, Split as Split
from glassnet.components.declaration import option as option
from glassnet.components.initializer import Initializer as Initializer
from glassnet.components.layer import Arrays as Arrays, Layer as Layer
from glassnet.components.loss import Loss as Loss
from glassnet.components.loss_wrapper import LossWrapper as LossWrapper
from glassnet.components.metric import Metric as Metric
from glassnet.components.optimizer import Optimizer as Optimizer
from glassnet.components.optimizer_wrapper import OptimizerWrapper as OptimizerWrapper
from glassnet.components.parameter import Parameter as Parameter, ParameterTree as ParameterTree
from glassnet.components.recipe import Recipe as Recipe
from glassnet.components.regularizer import Regularizer as Regularizer
from glassnet.components.schedule import Schedule as Schedule
from glassnet.components.wrappers import LayerWrapper as LayerWrapper, layers_held_by as layers_held_by
from glassnet.data.array_loader import ArrayLoader as ArrayLoader
from glassnet.data.finite import first_not_finite as first_not_finite
from glassnet.data.loader import DataLoader as DataLoader
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
    did_you_mean as did_you_mean,
    warn as warn,
)
from glassnet.model.mask import compute_mask as compute_mask, merge_masks as merge_masks
from glassnet.model.outputs import outputs_of as outputs_of
from glassnet.model.sequential import LayerSequence as LayerSequence
from glassnet.namespaces import Namespace as Namespace
from glassnet.network import Network as Network
from glassnet.registry.hookspecs import hookimpl as hookimpl, hookspec as hookspec, run_hookimpl as run_hookimpl
from glassnet.registry.kinds import Kind as Kind
from glassnet.registry.plugins import executor as executor, plugin_hooks as plugin_hooks
from glassnet.registry.registry import create as create, register as register, registered as registered
from glassnet.shown_text import escaped as escaped
from glassnet.support.files import (
    atomic_write as atomic_write,
    check_regular as check_regular,
    ensure_directory as ensure_directory,
    read_whole as read_whole,
)
from glassnet.support.memory_limit import check_memory as check_memory
from glassnet.support.reductions import row_max as row_max
from glassnet.training.history import History as History, csv_path as csv_path
from glassnet.training.run import Run as Run
from glassnet.types import Array as Array, Shape as Shape
from glassnet_accelerators.accelerator import Accelerator as Accelerator
from glassnet_accelerators.switch import use_accelerators as use_accelerators
from glassnet_accelerators.workload import Workload as Workload
from glassnet_autodiff.gradient_check import check_gradients as check_gradients
from glassnet_dataloaders.batches import Batches as Batches
from glassnet_persistence.experiment import Experiment as Experiment
from glassnet_persistence.format import Format as Format, load as load
from glassnet_reports.report import Report as Report
from glassnet_tables.transform import Transform as Transform

__version__: str
accelerators: Namespace
activations: Namespace
callbacks: Namespace
commands: Namespace
constraints: Namespace
datasets: Namespace
formats: Namespace
initializers: Namespace
layers: Namespace
losses: Namespace
metrics: Namespace
optimizers: Namespace
regularizers: Namespace
reports: Namespace
schedules: Namespace
transforms: Namespace
