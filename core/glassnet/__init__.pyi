"""The public names of the package: `glassnet.__init__` reads here which module has each of them.

A name of a module outside of the kernel is given by a plugin, under the entry-point group ``glassnet.names``; here it
is for type checkers alone.
"""

import typing

from glassnet.components.activation import Activation as Activation
from glassnet.components.attributes import ExplainsAttributes as ExplainsAttributes
from glassnet.components.component import Checks as Checks, Component as Component
from glassnet.components.context import Context as Context
from glassnet.components.layer import (
    Arrays as Arrays,
    Layer as Layer,
    layers_held_by as layers_held_by,
)
from glassnet.components.loss import Loss as Loss
from glassnet.components.metric import Metric as Metric, outputs_of as outputs_of
from glassnet.components.optimizer import Optimizer as Optimizer, Schedule as Schedule
from glassnet.components.parameter import (
    Constraint as Constraint,
    Initializer as Initializer,
    Parameter as Parameter,
    ParameterTree as ParameterTree,
    Regularizer as Regularizer,
)
from glassnet.components.services import (
    check_memory as check_memory,
    create as create,
    executor as executor,
    explained as explained,
    register as register,
)
from glassnet.data.array_loader import ArrayLoader as ArrayLoader
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
    MissingExtraError as MissingExtraError,
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
    escaped as escaped,
    warn as warn,
)
from glassnet.model.mask import compute_mask as compute_mask
from glassnet.model.sequential import LayerSequence as LayerSequence
from glassnet.network import Network as Network
from glassnet.options.declaration import option as option
from glassnet.options.options import ReadOnly as ReadOnly
from glassnet.registry.hookspecs import hookimpl as hookimpl, run_hookimpl as run_hookimpl
from glassnet.registry.kinds import Kind as Kind
from glassnet.registry.message_hooks import hookspec as hookspec
from glassnet.registry.plugins import plugin_hooks as plugin_hooks
from glassnet.run.run_figures import History as History
from glassnet.run.run_hooks import Callback as Callback
from glassnet.training.run import Run as Run
from glassnet.types import Array as Array, Shape as Shape
from glassnet_accelerators.accelerator import Accelerator as Accelerator
from glassnet_accelerators.switch import use_accelerators as use_accelerators
from glassnet_accelerators.workload import Workload as Workload
from glassnet_augmentations.augmentation import Augmentation as Augmentation
from glassnet_autodiff.gradient_check import check_gradients as check_gradients
from glassnet_callbacks.monitor import monitor_sign as monitor_sign
from glassnet_comparison.compare import compare as compare
from glassnet_comparison.verify import verify as verify
from glassnet_dataloaders.batches import Batches as Batches
from glassnet_datasets.dataset import Dataset as Dataset, DataSource as DataSource
from glassnet_datasets.recipe import Recipe as Recipe
from glassnet_distributed import distributed as distributed
from glassnet_distributed.compression import Compression as Compression
from glassnet_divergence.finite import first_not_finite as first_not_finite
from glassnet_doctor.diagnose import diagnose as diagnose
from glassnet_doctor.finding import Finding as Finding
from glassnet_doctor.flight.explain import explain_fault as explain_fault
from glassnet_doctor.rule import Rule as Rule
from glassnet_explanations.explain import explain as explain
from glassnet_files.files import (
    atomic_write as atomic_write,
    check_regular as check_regular,
    ensure_directory as ensure_directory,
    read_whole as read_whole,
)
from glassnet_files.history_csv import csv_path as csv_path
from glassnet_frameworks.from_keras import from_keras as from_keras
from glassnet_frameworks.from_torch import from_torch as from_torch
from glassnet_lab import lab as lab
from glassnet_layers.layer_wrapper import LayerWrapper as LayerWrapper
from glassnet_layers.merge_masks import merge_masks as merge_masks
from glassnet_losses.loss_wrapper import LossWrapper as LossWrapper
from glassnet_names.extras import needs_extra as needs_extra
from glassnet_names.for_a_while import registered as registered
from glassnet_names.namespace import Namespace as Namespace
from glassnet_names.nearest import did_you_mean as did_you_mean
from glassnet_optimizers.optimizer_wrapper import OptimizerWrapper as OptimizerWrapper
from glassnet_persistence.experiment import Experiment as Experiment
from glassnet_persistence.format import Format as Format, load as load
from glassnet_plots.plot import Plot as Plot
from glassnet_plots.plotted import plot as plot
from glassnet_reports.report import Report as Report
from glassnet_splits.split import Split as Split
from glassnet_stepwise.replay import replay as replay
from glassnet_sweeps.strategy import Strategy as Strategy
from glassnet_sweeps.sweep import sweep as sweep
from glassnet_tables.transform import Transform as Transform
from glassnet_trackers.tracker import Tracker as Tracker

if typing.TYPE_CHECKING:  # they need an extra, so ``from glassnet import *`` leaves them out
    from glassnet_sklearn.classifier import Classifier as Classifier
    from glassnet_sklearn.regressor import Regressor as Regressor

__version__: str
accelerators: Namespace
activations: Namespace
augmentations: Namespace
callbacks: Namespace
commands: Namespace
compressions: Namespace
constraints: Namespace
datasets: Namespace
formats: Namespace
initializers: Namespace
layers: Namespace
losses: Namespace
metrics: Namespace
optimizers: Namespace
plots: Namespace
regularizers: Namespace
reports: Namespace
rules: Namespace
schedules: Namespace
strategies: Namespace
transforms: Namespace
