"""What is fuzzed, one kind a file."""

from tests.attack.inputs import Target
from tests.attack.targets.checkpoints import Checkpoints
from tests.attack.targets.entry_points import EntryPoints
from tests.attack.targets.experiments import Experiments
from tests.attack.targets.idx import Idx
from tests.attack.targets.images import Images
from tests.attack.targets.journals import Laboratories, Sweeps
from tests.attack.targets.models import Models
from tests.attack.targets.npy import Npy
from tests.attack.targets.onnx_files import OnnxFiles
from tests.attack.targets.paths import Paths
from tests.attack.targets.project_settings import ProjectSettings
from tests.attack.targets.recordings import Recordings
from tests.attack.targets.requests import Requests
from tests.attack.targets.run_folders import RunFolders
from tests.attack.targets.sizes import Sizes
from tests.attack.targets.specs import Specs
from tests.attack.targets.summaries import Summaries
from tests.attack.targets.tables import Tables
from tests.attack.targets.texts import Texts

TARGETS: dict[str, type[Target]] = {
    "specs": Specs,
    "models": Models,
    "checkpoints": Checkpoints,
    "experiments": Experiments,
    "paths in experiments": Paths,
    "sizes in experiments": Sizes,
    "summaries": Summaries,
    "npy and npz": Npy,
    "IDX": Idx,
    "CSV": Tables,
    "texts": Texts,
    "images": Images,
    "entry points": EntryPoints,
    "recordings": Recordings,
    "files of runs": RunFolders,
    "journals of sweeps": Sweeps,
    "laboratories": Laboratories,
    "ONNX": OnnxFiles,
    "settings of projects": ProjectSettings,
    "requests": Requests,
}
